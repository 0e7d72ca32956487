// Sends a request and reads the response by its content type.

import { SmartError } from '../error/smart-error.js';
import { masked } from '../values/mask.js';

/** The credentials that were sent with the request of each response. */
const credentials = new WeakMap<Response, readonly (string | undefined)[]>();

/** Sends a request. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** Records the credentials of a request, so that errors do not repeat them. */
export const recordCredentials = (response: Response, secrets: readonly (string | undefined)[]) => credentials.set(response, secrets);

/**
 * Sends a request, and reads its response.
 *
 * @param url absolute
 * @param isFollowed whether this URL is the `Location` of a response
 * @returns `body` is `undefined` if the body is neither JSON nor text; it can then be read from `response`
 * @throws {SmartError} `http_status`, `json_invalid`
 */
export async function exchange(
  send: Send,
  url: string,
  init: RequestInit,
  isFollowed = false,
): Promise<{ response: Response; body: unknown }> {
  const headers = headersOf(init);
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  const response = await send(url, { ...init, headers });
  if (!response.ok) throw await httpError(response);
  const body = await bodyOf(response, init);
  const location = response.status === 201 && !body && response.headers.get('location');
  if (!location || isFollowed) return { response, body };
  // After a 201 without a body, the resource is read from `Location`. Only once: that response may be such a 201 as well.
  return exchange(send, addressOf(location, url), { ...init, method: 'GET', body: null }, true);
}

async function bodyOf(response: Response, init: RequestInit, mask = (text: string) => text): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  const isJson = /\bjson\b/i.test(type);
  if (!isJson && !/^text\//i.test(type)) return undefined;
  const text = mask(await textOf(response, init));
  if (!isJson || text === '') return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { status } = response;
    const hint = 'Tell the operator of the server.';
    throw new SmartError({ code: 'json_invalid', message: 'the response is not valid JSON', hint, status, fault: 'server' }, cause);
  }
}

/** The body as text. An incomplete body is a network error, unless the app has aborted the request. */
export async function textOf(response: Response, { signal }: RequestInit = {}): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const message = 'the response is incomplete';
    throw new SmartError({ code: 'network', message, hint: 'Try again later.', fault: 'network', retryable: true }, cause);
  }
}

/** The headers of an app's options. */
export function headersOf({ headers }: RequestInit): Headers {
  try {
    return new Headers(headers);
  } catch (cause) {
    // Any value may be thrown.
    const message = `the headers cannot be sent: ${(cause as Error | undefined)?.message}`;
    throw new SmartError({ code: 'config_invalid', message, hint: 'Correct `headers`.' }, cause);
  }
}

function addressOf(location: string, base: string): string {
  try {
    return new URL(location, base).href;
  } catch (cause) {
    const message = 'the `Location` of the created resource is not a URL';
    throw new SmartError({ code: 'redirected', message, hint: 'Tell the operator of the server.', fault: 'server' }, cause);
  }
}

async function httpError(response: Response): Promise<SmartError> {
  const mask = (text: string): string => masked(text, credentials.get(response) ?? []);
  const { status } = response;
  const statusText = mask(response.statusText);
  const body = await bodyOf(response, {}, mask).catch(() => undefined);
  return new SmartError({
    code: 'http_status',
    message: `${status} ${statusText}`,
    hint: 'The response of the server is in `body`.',
    retryable: status === 408 || status === 429 || status >= 500,
    fault: 'server',
    status,
    // Errors of `fhirclient` have these members.
    ...{ statusCode: status, statusText, response },
    body,
  });
}

/** An absolute URL is returned unchanged; a relative one, with or without a leading slash, is appended to the FHIR base. */
export function absolute(url: string, base: string): string {
  return /^(https?|urn):/.test(url) ? url : `${withoutFinalSlashes(base)}/${url.replace(/^\/+/, '')}`;
}

/** The text without slashes at its end. A regular expression would take quadratic time for many slashes. */
export function withoutFinalSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
