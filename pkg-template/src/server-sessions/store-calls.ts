// Calls of the session store, and the errors of a store and its locks.

import { within } from '../../../src/web/env.js';
import { smartError } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { SmartError } from '../error/smart-error.js';
import { UNAVAILABLE } from '../error/user-messages.js';
import type { SessionStore, StoreLock } from './session-store.js';

/** Milliseconds in which the store has to respond. */
const DEADLINE = 5_000;

const LOST = {
  code: 'lock_timeout',
  retryable: true,
  about: 'the lock of the session was lost, because the session store or this process was too slow',
  hint: 'Try again.',
  // The usual text of this code is about other tabs.
  userMessage: UNAVAILABLE,
  fault: 'app',
} satisfies Failure;

/** The error of a flow that has lost its lock. */
export const lost = (): Promise<SmartError> => smartError(LOST);

/** The error of a flow: `lock_timeout` is about other instances of the app, and not about tabs as in a page. */
export function errorOnServer(error: unknown): unknown {
  if (!SmartError.is(error) || error.code !== 'lock_timeout' || error.fault === LOST.fault) return error;
  return smartError({ ...LOST, about: 'another instance of the app has the lock of the session', cause: error.cause });
}

/** Whether a record was not stored because another instance may have changed it. */
export const isReplaced = (error: unknown) => SmartError.is(error) && error.code === 'lock_timeout';

/** Waits for a lock of the store. A lock that is granted after the deadline is released. */
export async function lockOf(store: SessionStore, key: string, seconds: number): Promise<StoreLock | undefined> {
  let pending: ReturnType<SessionStore['lock']> | undefined;
  try {
    return (await withStoreDeadline(() => (pending = store.lock(key, seconds)), seconds * 1000 + DEADLINE)) ?? undefined;
  } catch (error) {
    pending?.then((late) => late?.release()).catch(() => {});
    throw error;
  }
}

/** Calls `replace` of a store that has it. */
export function replaceStored(store: SessionStore, ...values: Parameters<NonNullable<SessionStore['replace']>>): Promise<boolean> {
  return withStoreDeadline(async () => {
    const isDone: unknown = await store.replace?.(...values);
    // Apps in JavaScript have no type checks: without a result, each record would count as changed by another instance.
    if (typeof isDone !== 'boolean') throw new TypeError('`replace` of the session store does not return a boolean');
    return isDone;
  });
}

/** Makes a call of the store, with a deadline. */
export async function withStoreDeadline<T>(call: () => Promise<T>, milliseconds = DEADLINE): Promise<T> {
  try {
    return await within(milliseconds, call);
  } catch (cause) {
    throw await smartError({
      code: 'storage_unavailable',
      about: 'the session store does not work, or does not respond in time',
      hint: 'The error of the store is the `cause`.',
      userMessage: UNAVAILABLE,
      fault: 'app',
      retryable: true,
      cause,
    });
  }
}
