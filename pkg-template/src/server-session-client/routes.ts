// Requests to the routes of the server, and the checks of their responses.

import { orNothing, within } from '../../../src/web/env.js';
import { smartError } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { SmartError } from '../error/smart-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import { missingResponse } from '../session/request-errors.js';
import type { SmartRequestEvent } from '../session/smart-events.js';
import { ENDS_HEADER, ERROR_HEADER, SESSION_HEADER } from '../values/session-names.js';

/** Milliseconds for a request about the session. */
const DEADLINE = 30_000;
/** Longest message of the server that is used, in characters. */
const MAX_MESSAGE_LENGTH = 300;

let requestCount = 0;

/** A response of the routes about the session of the request. */
export interface RouteResponse {
  readonly response: Response;
  /** The number of the request, in the order in which requests are sent. */
  readonly number: number;
  /** When the session ends if it is not used meanwhile, in milliseconds since 1970; `undefined` if the response does not say so. */
  readonly ends: number | undefined;
}

/**
 * Sends a request for a session.
 *
 * @throws {SmartError} the error of the routes; `network`, `timeout` or `aborted`; `redirected`; `launch_context_invalid` if the
 * response is of another session; `config_invalid` if the response is not from the routes
 */
export async function send(
  url: string,
  id: string,
  { headers: initHeaders, ...init }: RequestInit,
  observe?: (event: SmartRequestEvent) => void,
): Promise<RouteResponse> {
  const headers = new Headers(initHeaders);
  headers.set(SESSION_HEADER, id);
  const requestInfo = { url: url.split('?')[0] as string, ...(observe && { purpose: 'fhir' as const }) };
  const startTime = Date.now();
  const number = ++requestCount;
  let response: Response | undefined;
  try {
    // The id is sent to no other origin, and no response comes from a cache.
    const fixedInit = { mode: 'same-origin', credentials: 'same-origin', cache: 'no-store', redirect: 'manual' } as const;
    response = await fetch(url, { ...init, ...fixedInit, headers });
  } catch (cause) {
    throw await smartError({ ...missingResponse(cause, init), ...requestInfo } satisfies Failure);
  } finally {
    const { method = 'GET' } = init;
    const milliseconds = Date.now() - startTime;
    observe?.({ purpose: 'fhir', url: requestInfo.url, method, status: response?.status || null, milliseconds });
  }
  const { status, type } = response;
  if (type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)) {
    throw await smartError({ code: 'redirected', ...requestInfo } satisfies Failure);
  }
  const code = response.headers.get(ERROR_HEADER);
  if (code !== null) throw await routeError(code as SmartErrorCode, response);
  const responseId = response.headers.get(SESSION_HEADER);
  if (responseId !== null && responseId !== id) throw await smartError({ ...OTHER_SESSION, status } satisfies Failure);
  // Without this header the response may be the error of a proxy in between; a success means that there are no routes here.
  if (responseId === null && response.ok) throw await smartError({ ...NO_ROUTES, status } satisfies Failure);
  const [seconds] = /^\d{1,9}$/.exec(response.headers.get(ENDS_HEADER) ?? '') ?? [];
  return { response, number, ends: seconds === undefined ? undefined : startTime + Number(seconds) * 1000 };
}

export interface RouteData extends Omit<RouteResponse, 'response'> {
  readonly data: Readonly<Record<string, unknown>>;
}

/** Sends a request about the session, and reads the JSON of the response. */
export async function requestJson(url: string, id: string, init: RequestInit = {}): Promise<RouteData> {
  try {
    return await within(DEADLINE, async (signal) => {
      const { response, ...times } = await send(url, id, { ...init, signal });
      const { ok, status } = response;
      if (!ok) {
        const retryable = status === 408 || status === 429 || status >= 500;
        throw await smartError({ code: 'http_status', status, retryable } satisfies Failure);
      }
      const text = await response.text();
      const data: unknown = orNothing(() => JSON.parse(text));
      if (typeof data !== 'object' || data === null) throw await smartError({ ...NO_ROUTES, status } satisfies Failure);
      // The members of the data are checked where they are used.
      return { data: data as Record<string, unknown>, ...times };
    });
  } catch (cause) {
    throw await smartError(SmartError.is(cause) ? cause : missingResponse(cause, {}));
  }
}

/** The error that the routes respond with. */
async function routeError(code: SmartErrorCode, response: Response): Promise<SmartError> {
  const { status } = response;
  // A response to HEAD has no body.
  const { error } = ((await response.json().catch(() => undefined)) ?? {}) as { error?: Record<string, unknown> };
  const { message, userMessage, retryable } = error ?? {};
  const isText = (text: unknown): text is string => typeof text === 'string' && text !== '' && text.length <= MAX_MESSAGE_LENGTH;
  return smartError({
    code,
    status,
    retryable: retryable === true,
    ...(isText(message) && { about: message }),
    ...(isText(userMessage) && { userMessage }),
  } satisfies Failure);
}

const OTHER_SESSION = {
  code: 'launch_context_invalid',
  about: 'the response of the server is of another session',
  hint: 'A cache between the page and the server stores responses with `Cache-Control: no-store`.',
} satisfies Failure;

const NO_ROUTES = {
  code: 'config_invalid',
  about: 'the response is not of the routes of `createSmartServer`',
  hint: 'Compare `baseUrl` with that of `createSmartServer`, and check that requests below it reach `smart.handle`.',
} satisfies Failure;
