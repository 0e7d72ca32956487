// The authorization response, as an app passes it to `ready({ callback })`.

import type { Failure } from '../error/failure.js';

/** Longest callback in characters; the engine has the same limit. */
const MAX_LENGTH = 1_310_720;

/**
 * An authorization response: the URL at which the response arrived, a part of that URL (query or fragment), or the fields of a
 * POST, with the URL that the fields were posted to if that is known.
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
export function callbackOf(callback: unknown): Callback {
  const { Request, FormData } = globalThis;
  if (Request && callback instanceof Request) {
    if (callback.method === 'GET') return callbackOf(callback.url);
    const about = 'a POST request has to be read first: pass `await request.formData()`';
    throw { code: 'config_invalid', about } satisfies Failure;
  }
  // Only the URL and body of a POST have these members; in any other value both are `undefined`.
  const { url, body } = (callback ?? {}) as { url?: unknown; body?: unknown };
  if (body !== undefined) {
    const posted = { body: postedText(body) };
    return url === undefined || url === null ? posted : { url: String(url), ...posted };
  }
  const isForm = FormData && callback instanceof FormData;
  const text = isForm ? postedText(callback) : String(callback).trim();
  if (text.length > MAX_LENGTH) return { part: '' };
  if (isForm) return { body: text };
  // A URL begins with a scheme. In a query or fragment `=` comes before any colon.
  return /^[a-z][\w+.-]*:/i.test(text) ? { url: text } : { part: text };
}

/** The body of a POST as text. */
function postedText(body: unknown): string {
  const isForm = globalThis.FormData && body instanceof FormData;
  // URLSearchParams takes a FormData, which TypeScript does not know.
  return String(isForm ? new URLSearchParams(body as unknown as URLSearchParams) : body).slice(0, MAX_LENGTH + 1);
}
