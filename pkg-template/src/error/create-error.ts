// How failures become errors.

import type { Failure } from './failure.js';
import { SmartError } from './smart-error.js';
import type { SmartWarning, SmartWarningCode } from './smart-warning.js';

/**
 * Makes the error of a failure. Its texts are a chunk of their own, fetched when the first error needs them: a sign-in that
 * works does not pay for them. Where they cannot be had, the code stands for itself.
 *
 * @param failure what was thrown: a {@link Failure}, an error, or anything
 */
export async function smartError(failure: unknown): Promise<SmartError> {
  if (SmartError.is(failure)) return failure;
  // What is thrown by the platform, or by a value of the app, is no description.
  const described: Failure = isFailure(failure) ? failure : { code: 'internal', cause: failure };
  const { about, cause, ...members } = described;
  const texts = (await loadTexts())?.describe(described) ?? { message: about || members.code };
  return new SmartError({ ...texts, ...members }, cause);
}

/** A call that rejects with nothing but a SmartError, whatever it was given. */
export const careful =
  <Given extends unknown[], Result>(call: (...given: Given) => Result | Promise<Result>) =>
  async (...given: Given): Promise<Result> => {
    try {
      return await call(...given);
    } catch (cause) {
      const isKnown = SmartError.is(cause) || isFailure(cause);
      throw await smartError(isKnown ? cause : { code: 'config_invalid', about: UNUSABLE, cause });
    }
  };

function isFailure(value: unknown): value is Failure {
  try {
    // What is thrown may be anything, and its members too.
    return typeof (value as Partial<Failure> | null | undefined)?.code === 'string' && !(value instanceof Error);
  } catch {
    return false;
  }
}

const UNUSABLE = 'an argument of the call cannot be used';

/** Loads a chunk and calls it: what it rejects with describes an error, and a chunk that cannot be had is one. */
export async function withChunk<Chunk, Result>(
  chunk: Promise<Chunk>,
  call: (chunk: Chunk) => Result | Promise<Result>,
): Promise<Result> {
  let loaded;
  try {
    loaded = await chunk;
  } catch (cause) {
    throw await smartError({ code: 'wasm_unavailable', retryable: true, cause } satisfies Failure);
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
