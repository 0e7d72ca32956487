// The callback of a sign-in, as an app gives it.

import type { Failure } from '../error/failure.js';

/** Characters of a callback beyond which it is none, as in the engine. */
const MOST = 1_310_720;

/**
 * Where a response is: the URL it came to, the part of it that the app has, or the form that was posted, and to where if that
 * is known.
 */
export interface Callback {
  url?: string | undefined;
  part?: string;
  body?: string;
}

/**
 * Reads a callback.
 *
 * @throws {Failure} for a request whose body was not read
 */
export function callbackOf(given: unknown): Callback {
  const { Request, FormData } = globalThis;
  if (Request && given instanceof Request) {
    if (given.method === 'GET') return callbackOf(given.url);
    const about = 'a posted request has to be read first: give `await request.formData()`';
    throw { code: 'config_invalid', about } satisfies Failure;
  }
  // Of anything else both are `undefined`.
  const { url, body } = (given ?? {}) as { url?: unknown; body?: unknown };
  if (body !== undefined) {
    const posted = { body: postedText(body) };
    return url === undefined || url === null ? posted : { url: String(url), ...posted };
  }
  const isForm = FormData && given instanceof FormData;
  const text = isForm ? postedText(given) : String(given).trim();
  if (text.length > MOST) return { part: '' };
  if (isForm) return { body: text };
  // A fragment or a query may have a colon, but not behind letters alone.
  return /^[a-z][\w+.-]*:/i.test(text) ? { url: text } : { part: text };
}

/** The body of a post as text. */
function postedText(body: unknown): string {
  const isForm = globalThis.FormData && body instanceof FormData;
  // URLSearchParams takes a FormData, which TypeScript does not know.
  return String(isForm ? new URLSearchParams(body as unknown as URLSearchParams) : body).slice(0, MOST + 1);
}
