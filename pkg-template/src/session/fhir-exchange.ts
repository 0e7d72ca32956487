// Requests with FHIR JSON, and the JSON of their responses.

import { secondsFrom } from '../../../src/web/env.js';
import type { SmartError } from '../error/smart-error.js';
import { defined } from '../values/defined.js';
import type { Fetch } from './fhir-fetch.js';
import type { SmartFetchInit, SmartRequestInit } from './fhir-request-options.js';
import { invalid, missingResponse, requestMembers } from './request-errors.js';
import type { MakeError } from './request-errors.js';
import { FHIR_HEADERS } from './request-parts.js';

type OperationOutcome = NonNullable<SmartError['operationOutcome']>;

/** Sends a request with FHIR JSON, and reads the JSON of its response; `json` is `null` if the response has no body. */
export type Exchange = (
  url: string | URL,
  init?: SmartRequestInit,
) => Promise<{ readonly json: unknown; readonly response: Response }>;

/** `request` of a client. Only the app knows the type of a resource. */
export const requestOf =
  (exchange: Exchange) =>
  async <T = unknown>(...args: Parameters<Exchange>): Promise<T> =>
    (await exchange(...args)).json as T;

/**
 * `fetch` that reads and writes FHIR JSON.
 *
 * @param mask removes tokens from texts of the server
 */
export function createExchange(
  smartFetch: Fetch,
  smartError: MakeError,
  mask: (text: string, response: Response) => Promise<string> | string = (text) => text,
): Exchange {
  return async function exchange(url, init = {}) {
    const fetchInit = await jsonOf(url, init).catch(async (cause) => {
      throw await invalid(cause, smartError);
    });
    const response = await smartFetch(url, fetchInit);
    const text = await response.text().catch(async (cause) => {
      throw await smartError({ ...missingResponse(cause, init), ...requestMembers(response.url) });
    });
    const { status } = response;
    if (!response.ok) {
      const retryable = status === 408 || status === 429 || status >= 500;
      const masked = await mask(text, response);
      const body = parseJson(masked) ?? masked;
      const isOutcome = (body as Partial<OperationOutcome> | undefined)?.resourceType === 'OperationOutcome';
      const operationOutcome = isOutcome ? body : undefined;
      const retryAfterSeconds = secondsFrom(response.headers.get('retry-after')) ?? undefined;
      const failure = { code: 'http_status', status, retryable, ...requestMembers(response.url), body };
      throw await smartError(defined({ ...failure, operationOutcome, retryAfterSeconds }));
    }
    if (text === '') return { json: null, response };
    const json = parseJson(text);
    if (json === undefined) {
      const problem = notJson(await mask(response.headers.get('content-type') ?? '', response));
      throw await smartError({ code: 'json_invalid', status, ...requestMembers(response.url), ...problem });
    }
    return { json, response };
  };
}

/** `init` with an object body converted to JSON text. An array with PATCH is a JSON Patch (FHIR R4, "patch"; RFC 6902). */
async function jsonOf(url: string | URL | Request, init: SmartRequestInit): Promise<SmartFetchInit> {
  // `fetch` refuses such an `init`.
  if (typeof init !== 'object' || init === null) return init;
  // A string and a URL have no member `headers`.
  const initHeaders = init.headers === undefined ? (url as Partial<Request> | undefined)?.headers : init.headers;
  if (initHeaders === undefined && !isPlain(init.body)) return { ...init, headers: FHIR_HEADERS } as SmartFetchInit;
  const headers = new Headers(initHeaders);
  if (!headers.has('accept')) headers.set('accept', FHIR_HEADERS.accept);
  // `fetch` accepts or refuses any other value of `body`.
  if (!isPlain(init.body)) return { ...init, headers } as SmartFetchInit;
  const patches = Array.isArray(init.body) && String(init.method).toUpperCase() === 'PATCH';
  const type = patches ? 'application/json-patch+json' : FHIR_HEADERS.accept;
  if (!headers.has('content-type')) headers.set('content-type', type);
  return { ...init, headers, body: JSON.stringify(init.body) };
}

/** The texts of the error for a response that is not JSON; the default ones if its content type is JSON. */
function notJson(contentType: string) {
  if (/json/i.test(contentType)) return {};
  const [type] = /^[\w.+-]{1,60}\/[\w.+-]{1,60}/.exec(contentType) ?? [];
  return { about: `the response is not JSON${type ? `, but ${type}` : ''}`, hint: 'Use `fetch` for responses that are not JSON.' };
}

/** Whether a body is data rather than something that fetch sends as it is. */
const isPlain = (body: unknown) => /^.object (Object|Array)]/.test({}.toString.call(body));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
