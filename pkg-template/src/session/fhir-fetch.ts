// Calls to the FHIR API. The engine decides the URL, the token, and what to do after a 401.

import { secondsFrom } from '../../../src/web/env.js';
import { isLate } from '../error/abort.js';
import type * as DpopEngine from '../engine/dpop-engine.js';
import type { smartError } from '../error/create-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { SmartError } from '../error/smart-error.js';
import type { Located } from './current-session.js';
import type { SmartFetchInit, SmartRequestInit } from './fhir-request-options.js';
import type { SmartRequestEvent } from './smart-events.js';

type MakeError = typeof smartError;
type OperationOutcome = NonNullable<SmartError['operationOutcome']>;
type Fetch = (input: string | URL | Request, init?: SmartFetchInit) => Promise<Response>;

/** Sends a request with a proof, for a session whose tokens are bound to a key: see engine/dpop-engine.ts. */
export type SendProved = (typeof DpopEngine)['sendProved'];

interface Session {
  /** Returns the URL under the FHIR base, and the access token if it is valid now. */
  locate(url: string): Promise<Located>;
  /** Returns a valid token of this family, other than one that was refused. Rejects only with a SmartError. */
  token(family?: string, refused?: string): Promise<string>;
  readonly sendProved?: SendProved;
  observe(event: SmartRequestEvent): void;
  /** Records the token of a request that has a response. */
  carried(response: Response, token: string): void;
  readonly smartError: MakeError;
}

/** The parts of a request. */
export interface RequestParts {
  readonly address: string;
  readonly request: Request | undefined;
  /** Everything of the request except a body that is still in `request`. */
  readonly init: WholeInit;
  readonly replay: boolean | undefined;
}

interface WholeInit extends RequestInit {
  method: string;
  headers: Headers;
}

const FHIR_JSON = 'application/fhir+json';
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
const BODILESS = ['GET', 'HEAD'];
/** The first argument of `fetch`. */
const KINDS = ['String', 'URL', 'Location', 'Request'];
/** Members of a Request that `init` has too. `body` is left out, because Firefox does not expose it. */
const OF_REQUEST = [
  'method',
  'headers',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
  'signal',
] as const;

export function createFetch({ locate, token, sendProved, observe, carried, smartError }: Session): Fetch {
  return async function smartFetch(input, init = {}) {
    const { address, request, init: rest, replay } = await partsOf(input, init, smartError);
    const { method, signal } = rest;
    const { url, family, boundTo, accessToken: found } = await locate(address);
    const repeatable = (replay || IDEMPOTENT.includes(method)) && !isStream(rest.body);
    const unread = request && rest.body === undefined && !BODILESS.includes(request.method);
    // The Request itself is sent if possible, because some of its state cannot be read: `priority`, and in Firefox the body. But
    // its body can be sent only once, and its URL may differ in spelling from the one that was checked.
    let target: string | Request = url;
    // The platform treats an `undefined` body as none, but its types do not permit it.
    const reads = unread && (repeatable || boundTo !== undefined || request.url !== url);
    if (reads) rest.body = (await bodyOf(request, smartError)) as ArrayBuffer;
    else if (globalThis.Request && request instanceof Request && request.url === url && !request.bodyUsed) target = request;

    // Reading a body may take a while, in which the token may expire, or the user may sign in elsewhere: the token of another
    // session must not be sent to this URL.
    const accessToken = reads || found === undefined ? await token(family) : found;
    // Not sent if the call was aborted meanwhile.
    if (signal?.aborted) throw await smartError(unanswered(signal.reason, rest));
    const { response, isRefused } = await attempt(rest, accessToken);
    if (response.status !== 401 || isRefused) return checked(response, rest);
    let renewed;
    try {
      renewed = await token(family, accessToken);
    } catch (error) {
      // Without a refresh token the app gets the server's 401.
      // Other errors do not mean that there is no new token.
      if (['session_expired', 'refresh_rejected', 'signed_out'].includes((error as SmartError).code)) return response;
      throw error;
    }
    // A second 401 means that the server refuses the request, not the token.
    if (!repeatable || renewed === accessToken) return response;
    return checked((await attempt(rest, renewed)).response, rest);

    async function attempt(init: WholeInit, accessToken: string) {
      const sendWith = (proof?: string) => send(url, target, { ...init, headers: new Headers(init.headers) }, accessToken, proof);
      if (boundTo === undefined) return { response: await sendWith(), isRefused: false };
      // The server has not processed a request whose proof it refuses. A client that has such sessions has the function.
      return (sendProved as SendProved)(boundTo, sendWith, { method, url, accessToken }, !isStream(rest.body));
    }
  };

  async function send(url: string, target: string | Request, init: WholeInit, accessToken: string, proof?: string) {
    const { method, headers } = init;
    headers.set('authorization', `${proof ? 'DPoP' : 'Bearer'} ${accessToken}`);
    if (proof) headers.set('dpop', proof);
    const started = Date.now();
    let status = null;
    try {
      const response = await fetch(target, { ...init, redirect: 'manual' });
      status = response.status || null;
      carried(response, accessToken);
      return response;
    } catch (cause) {
      throw await smartError({ ...unanswered(cause, init), ...from(url) });
    } finally {
      observe({ ...from(url), method, status, milliseconds: Date.now() - started });
    }
  }

  /** Redirects are not followed, because the browser would send the token along. With `redirect: 'manual'` the app handles them. */
  async function checked(response: Response, { redirect }: RequestInit) {
    const redirected =
      response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400 && response.status !== 304);
    if (!redirected || redirect === 'manual') return response;
    const location = response.headers.get('location');
    // If the platform exposes `Location`, a redirect outside the FHIR base is `origin_not_allowed`. A relative one resolves
    // against the base.
    if (location) await locate(location);
    throw await smartError({ code: 'redirected', ...from(response.url) });
  }
}

/**
 * Reads the arguments of `fetch` as the platform does: members of `init` that are not `undefined` override those of a Request.
 * Arguments that the platform would refuse are `config_invalid`, because trying again does not help.
 */
export async function partsOf(input: unknown, init: SmartFetchInit, smartError: MakeError): Promise<RequestParts> {
  try {
    const kind = {}.toString.call(input).slice(8, -1);
    if (!(KINDS.includes(kind) || input instanceof URL)) throw new TypeError('it takes a URL or a Request');
    if (typeof init !== 'object' || init === null) throw new TypeError('`init` is not an object');
    // A Request of another iframe is not `instanceof` this page's Request.
    const request = kind === 'Request' ? (input as Request) : undefined;
    const own: RequestInit | undefined = request && Object.fromEntries(OF_REQUEST.map((name) => [name, request[name]]));
    // The platform creates a new Request if `init` changes anything.
    if (own?.mode === 'navigate') own.mode = 'same-origin';
    const { replay, ...rest } = { ...defined(own), ...defined(init) };
    rest.method = String(rest.method ?? 'GET').toUpperCase();
    rest.headers = new Headers(rest.headers);
    // For a Request this is its own body.
    if (rest.body === null) delete rest.body;
    if (request?.bodyUsed && rest.body === undefined) throw new TypeError('the body of the Request was used before');
    // Only streams have `getReader`.
    const locked = (rest.body as Partial<ReadableStream> | undefined)?.locked;
    if (locked) throw new TypeError('the body is locked by another reader');
    if (!isSimple(rest)) validate(rest);
    if (request && rest.body === undefined && BODILESS.includes(rest.method) && !BODILESS.includes(request.method)) {
      // Firefox does not expose whether there is a body.
      await request.arrayBuffer();
      if (request.bodyUsed) throw new TypeError(`${rest.method} has no body`);
    }
    const address = wellFormed(String(request ? request.url : input));
    // Method and headers were set above.
    return { address, request, init: rest as WholeInit, replay };
  } catch (cause) {
    throw await invalid(cause, smartError);
  }
}

/** Whether there is nothing in it that the platform might refuse. */
const isSimple = (init: RequestInit) => init.method === 'GET' && Object.keys(init).length === 2;

/** Has the platform check a request before a token is requested, since fetch reports invalid requests like network errors. */
function validate({ signal, body, ...init }: RequestInit) {
  if (!globalThis.Request) return;
  // A Request locks its stream, so an empty stream is used for the check. A Response shows whether a stream was used before.
  const streams = isStream(body) && globalThis.ReadableStream;
  if (streams && body instanceof ReadableStream) new Response(body);
  const sent = streams ? new ReadableStream() : body;
  new Request('https://localhost/', { ...init, ...defined({ body: sent }) });
}

/** The body of a Request, so that it can be sent again or to another URL; `undefined` if it has none. */
export async function bodyOf(
  request: Body & Pick<RequestInit, 'signal'>,
  smartError: MakeError,
): Promise<ArrayBuffer | undefined> {
  let bytes;
  try {
    bytes = await request.arrayBuffer();
  } catch (cause) {
    throw await smartError(request.signal?.aborted ? unanswered(cause, request) : refusal(cause));
  }
  return request.bodyUsed ? bytes : undefined;
}

/** Adds the body of a Request to what is sent to another URL, unless it has one of its own. */
export async function addBody(init: RequestInit, request: Request | undefined, smartError: MakeError): Promise<void> {
  if (!request || init.body !== undefined || BODILESS.includes(request.method)) return;
  const body = await bodyOf(request, smartError);
  if (body) init.body = body;
}

const refusal = (cause: unknown) => ({
  code: 'config_invalid',
  // Any value may be thrown.
  about: `not a request: ${(cause as Partial<Error> | undefined)?.message ?? 'it was refused'}`,
  cause,
});

const invalid = (cause: unknown, smartError: MakeError) => smartError(refusal(cause));

const isStream = (body: unknown) =>
  typeof body === 'object' &&
  body !== null &&
  (Symbol.asyncIterator in body || Boolean(globalThis.ReadableStream && body instanceof ReadableStream));

/** Converts to text as the platform does: an unpaired surrogate becomes U+FFFD. */
const wellFormed = (text: string) =>
  SURROGATE.test(text) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)) : text;

const SURROGATE = /[\ud800-\udfff]/;

const defined = <T extends object>(members: T | undefined): Partial<T> =>
  // Some of their members.
  Object.fromEntries(Object.entries({ ...members }).filter(([, value]) => value !== undefined)) as Partial<T>;

/** Sends a request with FHIR JSON, and reads the JSON of its response; `null` if that has no body. */
export type Exchange = (
  url: string | URL,
  init?: SmartRequestInit,
) => Promise<{ readonly json: unknown; readonly response: Response }>;

/** `request` of a client. Only the app knows the type of a resource. */
export const requestOf =
  (exchange: Exchange) =>
  async <T = unknown>(...given: Parameters<Exchange>): Promise<T> =>
    (await exchange(...given)).json as T;

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
    const sent = await jsonOf(url, init).catch(async (cause) => {
      throw await invalid(cause, smartError);
    });
    const response = await smartFetch(url, sent);
    const text = await response.text().catch(async (cause) => {
      throw await smartError({ ...unanswered(cause, init), ...from(response.url) });
    });
    const { status, headers } = response;
    if (!response.ok) {
      const retryable = status === 408 || status === 429 || status >= 500;
      const said = await mask(text, response);
      const body = parsed(said) ?? said;
      const isOutcome = (body as Partial<OperationOutcome> | undefined)?.resourceType === 'OperationOutcome';
      const operationOutcome = isOutcome ? body : undefined;
      const retryAfterSeconds = secondsFrom(headers.get('retry-after')) ?? undefined;
      const failure = { code: 'http_status', status, retryable, ...from(response.url), body };
      throw await smartError(defined({ ...failure, operationOutcome, retryAfterSeconds }));
    }
    if (text === '') return { json: null, response };
    const json = parsed(text);
    if (json === undefined) {
      const what = notJson(await mask(headers.get('content-type') ?? '', response));
      throw await smartError({ code: 'json_invalid', status, ...from(response.url), ...what });
    }
    return { json, response };
  };
}

/** `init` with an object body converted to JSON text. An array with PATCH is a JSON Patch (FHIR R4, "patch"; RFC 6902). */
async function jsonOf(url: string | URL | Request, init: SmartRequestInit): Promise<SmartFetchInit> {
  // `fetch` refuses it.
  if (typeof init !== 'object' || init === null) return init;
  // A string and a URL have no such member.
  const given = init.headers === undefined ? (url as Partial<Request> | undefined)?.headers : init.headers;
  if (given === undefined && !isPlain(init.body)) return { ...init, headers: { accept: FHIR_JSON } } as SmartFetchInit;
  const headers = new Headers(given);
  if (!headers.has('accept')) headers.set('accept', FHIR_JSON);
  // `fetch` accepts or refuses any other value.
  if (!isPlain(init.body)) return { ...init, headers } as SmartFetchInit;
  const patches = Array.isArray(init.body) && String(init.method).toUpperCase() === 'PATCH';
  const type = patches ? 'application/json-patch+json' : FHIR_JSON;
  if (!headers.has('content-type')) headers.set('content-type', type);
  return { ...init, headers, body: JSON.stringify(init.body) };
}

/** The error of a response whose content type is not JSON. */
function notJson(declared: string) {
  if (/json/i.test(declared)) return {};
  const [type] = /^[\w.+-]{1,60}\/[\w.+-]{1,60}/.exec(declared) ?? [];
  return { about: `the response is not JSON${type ? `, but ${type}` : ''}`, hint: 'Use `fetch` for responses that are not JSON.' };
}
/** The request that an error names. A mock of fetch may not set `url`. */
const from = (url: string) => ({ purpose: 'fhir', url: url.split(/[?#]/)[0] as string }) as const;

/** The error of a missing or incomplete response. */
export function unanswered(cause: unknown, { signal }: { readonly signal?: AbortSignal | null | undefined }) {
  const reason = signal?.aborted ? signal.reason : cause;
  const code: SmartErrorCode = isLate(reason) ? 'timeout' : signal?.aborted ? 'aborted' : 'network';
  return { code, retryable: code !== 'aborted', cause };
}

/** Whether a body is data rather than something that fetch sends as it is. */
const isPlain = (body: unknown) => /^.object (Object|Array)]/.test({}.toString.call(body));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
