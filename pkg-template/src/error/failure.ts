// @ts-nocheck
// How errors are made.

import { SmartError } from './smart-error.js';

/**
 * Makes the error of a code. Its texts are a chunk of their own, fetched when the first error needs them: a sign-in that
 * works does not pay for them. Where they cannot be had, the code stands for itself.
 *
 * @param {{ code: string, about?: string, cause?: unknown }} failure `about` is the sentence, where there is a better
 *   one than the code's
 */
export async function smartError(failure) {
  if (SmartError.is(failure)) return failure;
  // What is thrown by the platform, or by a value of the app, is no description.
  const { about, cause, ...members } = isDescription(failure) ? failure : { code: 'internal', cause: failure };
  const described = (await texts())?.describe({ about, ...members }) ?? { message: about || members.code };
  return new SmartError({ ...described, ...members }, cause);
}

/** A call that rejects with nothing but a SmartError, whatever it was given. */
export const careful =
  (call) =>
  async (...given) => {
    try {
      return await call(...given);
    } catch (cause) {
      throw await smartError(isDescription(cause) ? cause : { code: 'config_invalid', about: UNUSABLE, cause });
    }
  };

function isDescription(value) {
  try {
    return SmartError.is(value) || (typeof value?.code === 'string' && !(value instanceof Error));
  } catch {
    return false;
  }
}

const UNUSABLE = 'an argument of the call cannot be used';

/** Loads a chunk and calls it: what it rejects with describes an error, and a chunk that cannot be had is one. */
export async function withChunk(chunk, call) {
  let loaded;
  try {
    loaded = await chunk;
  } catch (cause) {
    throw await smartError({ code: 'wasm_unavailable', retryable: true, cause });
  }
  try {
    return await call(loaded);
  } catch (failure) {
    throw await smartError(failure);
  }
}

/** The messages of warning codes. */
export async function warnings(codes = []) {
  const messages = codes.length > 0 ? (await texts())?.WARNINGS : undefined;
  return Object.freeze(codes.map((code) => Object.freeze({ code, message: messages?.[code] ?? code })));
}

const texts = () => import('./texts.js').catch(() => undefined);
