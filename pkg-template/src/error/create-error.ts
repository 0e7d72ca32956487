// Creates errors from failures.

import type { Failure } from './failure.js';
import { NOT_LOADED, TIMED_OUT } from './immediate-errors.js';
import { SmartError } from './smart-error.js';
import type { SmartWarning, SmartWarningCode } from './smart-warning.js';

/**
 * Creates the error of a failure. The texts are in a separate chunk, which is loaded with the first error, so that a successful
 * sign-in does not load them. If the chunk cannot be loaded, the message is `about` of the failure, else the code, and only errors
 * of the network have a hint and their own message for users.
 *
 * @param failure the thrown value: a {@link Failure}, an error, or anything
 */
export async function smartError(failure: unknown): Promise<SmartError> {
  if (SmartError.is(failure)) return failure;
  // Only this library throws plain objects that describe a failure; anything else is an unexpected exception.
  const description: Failure = isFailure(failure) ? failure : { code: 'internal', cause: failure };
  const { about, cause, ...members } = description;
  const texts = (await loadTexts())?.describe(description) ?? {
    ...(['network', 'timeout'].includes(members.code) && TIMED_OUT),
    message: about || members.code,
  };
  return new SmartError({ ...texts, ...members }, cause);
}

/** Wraps a call so that it rejects only with a SmartError. */
export const withSmartErrors =
  <Args extends unknown[], Result>(call: (...args: Args) => Result | Promise<Result>) =>
  async (...args: Args): Promise<Result> => {
    try {
      return await call(...args);
    } catch (cause) {
      const isKnown = SmartError.is(cause) || isFailure(cause);
      throw await smartError(isKnown ? cause : { code: 'config_invalid', about: UNUSABLE, cause });
    }
  };

function isFailure(value: unknown): value is Failure {
  try {
    // Any value may be thrown, and its members may be anything.
    return typeof (value as Partial<Failure> | null | undefined)?.code === 'string' && !(value instanceof Error);
  } catch {
    return false;
  }
}

const UNUSABLE = 'an argument of the call cannot be used';

/** Loads a chunk and calls it. A rejection of the call, or a chunk that cannot be loaded, becomes an error. */
export async function withChunk<Chunk, Result>(
  chunk: Promise<Chunk>,
  call: (chunk: Chunk) => Result | Promise<Result>,
): Promise<Result> {
  let loaded;
  try {
    loaded = await chunk;
  } catch (cause) {
    throw new SmartError(NOT_LOADED, cause);
  }
  try {
    return await call(loaded);
  } catch (failure) {
    throw await smartError(failure);
  }
}

/** The messages of warning codes. */
export async function warnings(codes: readonly SmartWarningCode[] = []): Promise<readonly SmartWarning[]> {
  const messages = codes.length > 0 ? (await loadTexts())?.WARNINGS : undefined;
  return Object.freeze(codes.map((code) => Object.freeze({ code, message: messages?.[code] ?? code })));
}

const loadTexts = () => import('./texts.js').catch(() => undefined);
