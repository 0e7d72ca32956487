// Calls to the FHIR API: which URL, with which token, and what to do with a 401, is the engine's to say.

import { secondsFrom } from '../../../src/web/env.js';
import { isLate } from '../error/abort.js';
import type { smartError } from '../error/create-error.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import type { SmartError } from '../error/smart-error.js';
import type { Located } from './current-session.js';
import type { SmartFetchInit, SmartRequestInit } from './fhir-request-options.js';
import type { SmartRequestEvent } from './smart-events.js';

type MakeError = typeof smartError;
type OperationOutcome = NonNullable<SmartError['operationOutcome']>;
type Fetch = (input: string | URL | Request, init?: SmartFetchInit) => Promise<Response>;

interface Session {
  /** Gives the URL under the FHIR base, and the access token if it is valid now. */
  locate(url: string): Promise<Located>;
  /** Gives a good token, instead of one that was refused. Rejects with nothing but a SmartError. */
  token(refused?: string): Promise<string>;
  observe(event: SmartRequestEvent): void;
  /** Notes which token an answered request had. */
  carried(response: Response, token: string): void;
  readonly smartError: MakeError;
}

/** A request in parts. */
export interface RequestParts {
  readonly address: string;
  readonly request: Request | undefined;
  /** The whole of the request, but for a body that is still in `request`. */
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
/** What a request may be given as. */
const KINDS = ['String', 'URL', 'Location', 'Request'];
/** Members of a Request that are members of `init` too. Its body is none of them in Firefox. */
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

export function createFetch({ locate, token, observe, carried, smartError }: Session): Fetch {
  return async function smartFetch(input, init = {}) {
    const { address, request, init: rest, replay } = await partsOf(input, init, smartError);
    const { method, signal } = rest;
    const { url, accessToken: found } = await locate(address);
    const repeatable = (replay || IDEMPOTENT.includes(method)) && !isStream(rest.body);
    const unread = request && rest.body === undefined && !BODILESS.includes(request.method);
    // The Request itself, for it knows more than it shows: `priority` everywhere, in Firefox its body too. But its body can
    // be sent once, and its URL may be written otherwise than the one that was checked.
    let target: string | Request = url;
    // A body that is `undefined` is none for the platform, if not for its types.
    const reads = unread && (repeatable || request.url !== url);
    if (reads) rest.body = (await bodyOf(request, smartError)) as ArrayBuffer;
    else if (globalThis.Request && request instanceof Request && request.url === url && !request.bodyUsed) target = request;

    // A body may take a while.
    const accessToken = reads || found === undefined ? await token() : found;
    // Not sent if the call was given up meanwhile.
    if (signal?.aborted) throw await smartError(unanswered(signal.reason, rest));
    const response = await send(url, target, rest, accessToken);
    if (response.status !== 401) return checked(response, rest);
    let renewed;
    try {
      renewed = await token(accessToken);
    } catch (error) {
      // Nothing to renew with: the server's answer says it all.
      // The token is refused with no other errors.
      if (['session_expired', 'refresh_rejected', 'signed_out'].includes((error as SmartError).code)) return response;
      throw error;
    }
    // The same once more: it is not the token that is refused, but what is done with it.
    if (!repeatable || renewed === accessToken) return response;
    // Whoever has taken the place of `fetch` may still have the headers of before.
    return checked(await send(url, target, { ...rest, headers: new Headers(rest.headers) }, renewed), rest);
  };

  async function send(url: string, target: string | Request, init: WholeInit, accessToken: string) {
    const { method, headers } = init;
    headers.set('authorization', `Bearer ${accessToken}`);
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

  /** A followed redirect would carry the token along, so none is, unless the app looks after them itself. */
  async function checked(response: Response, { redirect }: RequestInit) {
    const redirected =
      response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400 && response.status !== 304);
    if (!redirected || redirect === 'manual') return response;
    const location = response.headers.get('location');
    // Where the platform shows it, an address outside the FHIR base is named for what it is. A relative one is taken
    // from the base, as all are.
    if (location) await locate(location);
    throw await smartError({ code: 'redirected', ...from(response.url) });
  }
}

/**
 * What a call of `fetch` asks for, read as the platform reads it: members of `init` that are not `undefined` win over those
 * of a Request. What the platform would refuse is `config_invalid`, for no try changes it.
 */
export async function partsOf(input: unknown, init: SmartFetchInit, smartError: MakeError): Promise<RequestParts> {
  try {
    const kind = {}.toString.call(input).slice(8, -1);
    if (!(KINDS.includes(kind) || input instanceof URL)) throw new TypeError('it takes a URL or a Request');
    if (typeof init !== 'object' || init === null) throw new TypeError('`init` is not an object');
    // It may be of another frame, where `instanceof` is false.
    const request = kind === 'Request' ? (input as Request) : undefined;
    const own: RequestInit | undefined = request && Object.fromEntries(OF_REQUEST.map((name) => [name, request[name]]));
    // Made anew by the platform where `init` changes anything.
    if (own?.mode === 'navigate') own.mode = 'same-origin';
    const { replay, ...rest } = { ...defined(own), ...defined(init) };
    rest.method = String(rest.method ?? 'GET').toUpperCase();
    rest.headers = new Headers(rest.headers);
    // Of a Request, that is its own body.
    if (rest.body === null) delete rest.body;
    if (request?.bodyUsed && rest.body === undefined) throw new TypeError('the body of the Request was used before');
    // Only streams have this member.
    const locked = (rest.body as Partial<ReadableStream> | undefined)?.locked;
    if (locked) throw new TypeError('the body is being read by somebody else');
    if (!isSimple(rest)) validate(rest);
    if (request && rest.body === undefined && BODILESS.includes(rest.method) && !BODILESS.includes(request.method)) {
      // Firefox does not show whether there is one.
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

/** Has the platform look at a request before a token is asked for: what it refuses then looks like a network failure. */
function validate({ signal, body, ...init }: RequestInit) {
  if (!globalThis.Request) return;
  // A request takes a stream that it gets, so another one stands for it. A Response tells whether it was used before.
  const streams = isStream(body) && globalThis.ReadableStream;
  if (streams && body instanceof ReadableStream) new Response(body);
  const sent = streams ? new ReadableStream() : body;
  new Request('https://localhost/', { ...init, ...defined({ body: sent }) });
}

/** The body of a Request, to be sent more than once or to another address; nothing if it has none. */
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

const refusal = (cause: unknown) => ({
  code: 'config_invalid',
  // What is thrown may be anything.
  about: `not a request: ${(cause as Partial<Error> | undefined)?.message ?? 'it was refused'}`,
  cause,
});

const invalid = (cause: unknown, smartError: MakeError) => smartError(refusal(cause));

const isStream = (body: unknown) =>
  typeof body === 'object' &&
  body !== null &&
  (Symbol.asyncIterator in body || Boolean(globalThis.ReadableStream && body instanceof ReadableStream));

/** As the platform reads text: half a character becomes U+FFFD. */
const wellFormed = (text: string) =>
  SURROGATE.test(text) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)) : text;

const SURROGATE = /[\ud800-\udfff]/;

const defined = <T extends object>(members: T | undefined): Partial<T> =>
  // Some of their members.
  Object.fromEntries(Object.entries({ ...members }).filter(([, value]) => value !== undefined)) as Partial<T>;

/**
 * `fetch` that reads and writes FHIR JSON.
 *
 * @param mask takes tokens out of what a server says
 */
export function createRequest(
  smartFetch: Fetch,
  smartError: MakeError,
  mask: (text: string, response: Response) => Promise<string> | string = (text) => text,
) {
  return async function request<T = unknown>(url: string | URL, init: SmartRequestInit = {}): Promise<T> {
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
    // Only the app knows the type of a resource.
    if (text === '') return null as T;
    const json = parsed(text);
    if (json === undefined) {
      const what = notJson(await mask(headers.get('content-type') ?? '', response));
      throw await smartError({ code: 'json_invalid', status, ...from(response.url), ...what });
    }
    return json as T;
  };
}

/** The same `init` with an object as JSON text: a list that patches is a JSON Patch (FHIR R4, "patch"; RFC 6902). */
async function jsonOf(url: string | URL | Request, init: SmartRequestInit): Promise<SmartFetchInit> {
  // That is for fetch to refuse.
  if (typeof init !== 'object' || init === null) return init;
  // A text and a URL have no such member.
  const given = init.headers === undefined ? (url as Partial<Request> | undefined)?.headers : init.headers;
  if (given === undefined && !isPlain(init.body)) return { ...init, headers: { accept: FHIR_JSON } } as SmartFetchInit;
  const headers = new Headers(given);
  if (!headers.has('accept')) headers.set('accept', FHIR_JSON);
  // `fetch` takes anything else, or refuses it.
  if (!isPlain(init.body)) return { ...init, headers } as SmartFetchInit;
  const patches = Array.isArray(init.body) && String(init.method).toUpperCase() === 'PATCH';
  const type = patches ? 'application/json-patch+json' : FHIR_JSON;
  if (!headers.has('content-type')) headers.set('content-type', type);
  return { ...init, headers, body: JSON.stringify(init.body) };
}

/** What to say of an answer that does not say that it is JSON. */
function notJson(declared: string) {
  if (/json/i.test(declared)) return {};
  const [type] = /^[\w.+-]{1,60}\/[\w.+-]{1,60}/.exec(declared) ?? [];
  return { about: `the answer is not JSON${type ? `, but ${type}` : ''}`, hint: 'Use `fetch` for answers that are not JSON.' };
}
/** Which request it was. A double of fetch may not say the URL. */
const from = (url: string) => ({ purpose: 'fhir', url: url.split(/[?#]/)[0] as string }) as const;

/** Describes the error of an answer that did not come, or not whole. */
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
