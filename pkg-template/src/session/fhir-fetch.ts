// Calls to the FHIR API. The engine determines the URL and the token, also the token after a 401.

import type * as DpopEngine from '../engine/dpop-engine.js';
import type { SmartError } from '../error/smart-error.js';
import { discard } from '../values/discard.js';
import type { Located } from './current-session.js';
import type { SmartFetchInit } from './fhir-request-options.js';
import { missingResponse, requestMembers } from './request-errors.js';
import type { MakeError } from './request-errors.js';
import { BODILESS, bodyOf, isStream, partsOf } from './request-parts.js';
import type { WholeInit } from './request-parts.js';
import type { SmartRequestEvent } from './smart-events.js';

/** `fetch` of a client. */
export type Fetch = (input: string | URL | Request, init?: SmartFetchInit) => Promise<Response>;

/** Sends a request with a proof, for a session whose tokens are bound to a key: see engine/dpop-engine.ts. */
export type SendProved = (typeof DpopEngine)['sendProved'];

interface Session {
  /** Returns the absolute URL of the request, and the access token if it is valid now. */
  locate(url: string): Promise<Located>;
  /**
   * Returns a valid token of this family. `refused` is a token that the server refused (401): then the result is another token,
   * or `refused` itself if another token would be refused as well. Rejects only with a SmartError.
   */
  token(family?: string, refused?: string): Promise<string>;
  readonly sendProved?: SendProved;
  observe(event: SmartRequestEvent): void;
  /** The token family of the current session; `undefined` if there is no session. Absent if `locate` returns no token family. */
  readonly currentFamily?: () => string | undefined;
  /** Records the token with which the request of a response was sent. */
  carried(response: Response, token: string): void;
  readonly smartError: MakeError;
}

const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];

export function createFetch({ locate, token, sendProved, currentFamily, observe, carried, smartError }: Session): Fetch {
  return async function smartFetch(input, init = {}) {
    const { address, request, init: requestInit, replay } = await partsOf(input, init, smartError);
    const { method, signal } = requestInit;
    const { url, family, boundTo, accessToken: locatedToken } = await locate(address);
    const repeatable = (replay || IDEMPOTENT.includes(method)) && !isStream(requestInit.body);
    const unread = request && requestInit.body === undefined && !BODILESS.includes(request.method);
    // The Request itself is sent if possible, because some of its state cannot be read: `priority`, and in Firefox the body. But
    // its body can be sent only once, and its URL may differ in spelling from the one that was checked.
    let target: string | Request = url;
    // The platform treats an `undefined` body as none, but its types do not permit it.
    const isSendable = request && isPlatformRequest(request) && request.url === url;
    const readsBody = unread && (repeatable || boundTo !== undefined || !isSendable);
    if (readsBody) requestInit.body = (await bodyOf(request, smartError)) as ArrayBuffer;
    else if (isSendable && !request.bodyUsed) target = request;

    // Reading a body may take a while, in which the token may expire, or the user may sign in elsewhere: the token of another
    // session must not be sent to this URL.
    const accessToken = readsBody || locatedToken === undefined ? await token(family) : locatedToken;
    // The request is not sent if the call was aborted meanwhile.
    if (signal?.aborted) throw await smartError(missingResponse(signal.reason, requestInit));
    const { response, isRefused } = await attempt(accessToken);
    if (response.status !== 401 || isRefused) return checkRedirect(response, requestInit);
    let newToken;
    try {
      newToken = await token(family, accessToken);
    } catch (error) {
      // If the session cannot be refreshed, the app gets the server's 401, unless there is another session by now. Other errors
      // are thrown.
      const isEnd = ['session_expired', 'refresh_rejected'].includes((error as SmartError).code);
      if (isEnd && [undefined, family].includes(currentFamily?.())) return response;
      discard(response.body);
      throw error;
    }
    if (!repeatable || newToken === accessToken) return response;
    // A second 401 means that the server refuses the request, not the token.
    return checkRedirect((await attempt(newToken)).response, requestInit);

    async function attempt(accessToken: string) {
      const result = await sendOnce(accessToken);
      // The response is not for the user, or the patient, that the page shows now.
      if (currentFamily?.() === family) return result;
      discard(result.response.body);
      // With the status the app knows whether a write was successful.
      throw await smartError({ code: 'signed_out', status: result.response.status });
    }

    async function sendOnce(accessToken: string) {
      const sendWith = (proof?: string) => send(url, target, requestInit, accessToken, proof);
      if (boundTo === undefined) return { response: await sendWith(), isRefused: false };
      // A server does not process a request whose proof it refuses, so any request except one with a stream may be repeated. A
      // client that has sessions with a key has `sendProved`.
      return (sendProved as SendProved)(boundTo, sendWith, { method, url, accessToken }, !isStream(requestInit.body));
    }
  };

  async function send(url: string, target: string | Request, init: WholeInit, accessToken: string, proof?: string) {
    const { method } = init;
    const authorization = `${proof ? 'DPoP' : 'Bearer'} ${accessToken}`;
    // A copy, because a replaced `fetch` may change the headers.
    const headers = { ...init.headers, authorization, ...(proof && { dpop: proof }) };
    const startTime = Date.now();
    let status = null;
    try {
      const response = await fetch(target, { ...init, headers, redirect: 'manual' });
      status = response.status || null;
      carried(response, accessToken);
      return response;
    } catch (cause) {
      throw await smartError({ ...missingResponse(cause, init), ...requestMembers(url) });
    } finally {
      observe({ ...requestMembers(url), method, status, milliseconds: Date.now() - startTime });
    }
  }

  /** Redirects are not followed, because the browser would send the token along. With `redirect: 'manual'` the app handles them. */
  async function checkRedirect(response: Response, { redirect }: RequestInit) {
    const isRedirect =
      response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400 && response.status !== 304);
    if (!isRedirect || redirect === 'manual') return response;
    const location = response.headers.get('location');
    // If the platform exposes `Location`, a redirect outside the FHIR base is `origin_not_allowed`. A relative `Location` resolves
    // against the base.
    if (location) await locate(location);
    throw await smartError({ code: 'redirected', ...requestMembers(response.url) });
  }
}

/**
 * Whether `url` of a Request is the URL to which the platform sends it: a subclass, or a member of the object, may return another
 * one. A Request of another iframe is not sent itself either.
 */
const isPlatformRequest = (request: Request) =>
  Boolean(globalThis.Request) && Object.getPrototypeOf(request) === Request.prototype && !Object.hasOwn(request, 'url');
