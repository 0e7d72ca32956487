// Ends the session if the user is not active for `idleTimeoutSeconds`. Timers of hidden pages are late, and stop while the device
// sleeps. So the time is also checked before each use of the session, and when the page becomes active.

import type { Failure } from '../error/failure.js';
import { IDLE } from '../error/immediate-errors.js';
import type { ClientContext } from './client-context.js';
import type { EngineContext } from './engine-context.js';
import type { SignOutOutcome } from './jobs.js';
import { createLastActivity } from './last-activity.js';
import type { SessionRecord } from './session-record.js';
import type { SmartExpiring } from './smart-events.js';
import type { SmartSession } from './smart-session.js';

/** `expiring` is emitted this many milliseconds before the end, but at most a quarter of the timeout before it. */
const MARGIN = 60_000;
const QUARTER = 4;
/** Longest time in milliseconds between two checks. A longer timer would be late after the device was asleep. */
const INTERVAL = 10_000;

export interface IdleTimeout {
  /** Ends the current session if the user was idle for too long. */
  check(): void;
  /** Checks a session before it becomes the client's. Ends the session, and returns `true`, if the user was idle for too long. */
  hasEnded(record: SessionRecord, isSignIn: boolean): boolean;
}

interface Dependencies {
  readonly client: ClientContext;
  readonly engine: EngineContext;
  /** The option `idleTimeoutSeconds`, which the WebAssembly module has checked, except for `NaN`. */
  readonly seconds: number;
  /** Reports the result of a sign-out. */
  signedOut(outcome: SignOutOutcome): Promise<unknown>;
}

export function createIdleTimeout({ client, engine, seconds, signedOut }: Dependencies): IdleTimeout {
  if (!globalThis.document) throw { code: 'config_invalid', about: 'setting `idleTimeoutSeconds` needs a page' } satisfies Failure;
  if (!(seconds > 0)) throw { code: 'config_invalid', about: '`idleTimeoutSeconds` is not valid' } satisfies Failure;
  const { getState, set, emit } = client;
  const timeout = seconds * 1_000;
  const margin = Math.min(MARGIN, timeout / QUARTER);
  let isListening = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let warning: SmartExpiring | undefined;

  const activity = createLastActivity(timeout, {
    active() {
      // Input after the end does not extend the session.
      check();
      if (!client.record) return;
      activity.mark();
      if (warning) check();
    },
    changed: check,
  });

  function check() {
    clearTimeout(timer);
    const { record } = client;
    if (!record) return;
    const remaining = timeout - activity.idleFor();
    if (remaining <= 0) return end(record, remaining);
    if (remaining > margin) set({ expiring: (warning = undefined) });
    else if (!warning) warn(remaining);
    timer = setTimeout(check, Math.min(INTERVAL, Math.ceil(warning ? remaining : remaining - margin)));
    // In Node a timer is an object, and would keep the process running.
    (timer as { unref?(): void }).unref?.();
  }

  function warn(remaining: number) {
    // There is a session while there is a record.
    const session = getState().session as SmartSession;
    warning = Object.freeze({ reason: 'idle', expiresAt: Date.now() + remaining, session });
    set({ expiring: warning });
    // A listener may have ended the session.
    if (warning) emit('expiring', warning);
  }

  function end(record: SessionRecord, remaining: number) {
    const { key, state: family } = record;
    // Another session may have begun after the timeout. Only the session of `record` is ended.
    const hasSuccessor = remaining === -Infinity;
    const signOutJob = hasSuccessor ? engine.run('end', { key, family }) : engine.wipe({ present: JSON.stringify(record) });
    client.unmark();
    client.signOuts += 1;
    const error = new client.errors.SmartError(IDLE);
    // After `idle` an app may sign out at the server, which would sign out the new user.
    client.end(hasSuccessor ? 'replaced' : 'idle', error);
    // A later logout() still needs the members for the logout URL. The tokens are being revoked.
    const withoutTokens = { access_token: 'revoked', refresh_token: '', revocationEndpoint: '' };
    client.lost = { ...record, ...withoutTokens };
    emit('error', error);
    signOutJob.then((outcome) => outcome && signedOut(outcome)).catch((failure) => emit('error', failure));
  }

  /** Called after each change of the client's state. */
  function onChange() {
    const { session } = getState();
    // A refresh or another sign-in has replaced the session in the warning.
    if (warning && session && warning.session !== session) set({ expiring: (warning = Object.freeze({ ...warning, session })) });
    if (isListening === Boolean(client.record)) return;
    isListening = !isListening;
    warning = undefined;
    if (isListening) activity.listen();
    else activity.stop();
    check();
  }

  client.subscribe(onChange);
  client.closing.add(onChange);

  return {
    check,
    hasEnded(record, isSignIn) {
      // In a page that has a session, a sign-in may be silent, and a silent sign-in is no activity.
      if (!client.record) activity.begin(record.issued, isSignIn && !record.generation);
      const remaining = timeout - activity.idleFor();
      if (remaining <= 0) end(record, remaining);
      return remaining <= 0;
    },
  };
}
