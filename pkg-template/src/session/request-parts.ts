// The arguments of `fetch`, read as the platform reads them.

import { defined } from '../values/defined.js';
import type { SmartFetchInit } from './fhir-request-options.js';
import { invalid, missingResponse, refusal } from './request-errors.js';
import type { MakeError } from './request-errors.js';

/** The parts of a request. */
export interface RequestParts {
  readonly address: string;
  readonly request: Request | undefined;
  /** Everything of the request except a body that is still in `request`. */
  readonly init: WholeInit;
  readonly replay: boolean | undefined;
}

/** `init` with everything that this library reads. */
export interface WholeInit extends RequestInit {
  method: string;
  /** The names are in lower case. */
  headers: Readonly<Record<string, string>>;
}

/** The headers of a request whose app has set none. They are valid, so the platform need not read them. */
export const FHIR_HEADERS = Object.freeze({ accept: 'application/fhir+json' });

/** Methods of requests without a body. */
export const BODILESS = ['GET', 'HEAD'];

/** Kinds of values that `fetch` accepts as its first argument. */
const KINDS = ['String', 'URL', 'Location', 'Request'];
/** Members of a Request that `init` has too. `body` is left out, because Firefox does not expose it. */
const REQUEST_MEMBERS = [
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
    const { replay, ...rest } = { ...(request && membersOf(request)), ...defined(init) };
    rest.method = String(rest.method ?? 'GET').toUpperCase();
    rest.headers = rest.headers === FHIR_HEADERS ? FHIR_HEADERS : recordOf(new Headers(rest.headers));
    // With `body: null` a Request is sent with its own body, and any other request without one.
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

/** `set-cookie` is iterated value by value; `get` returns all values of a name, as they are sent. */
const recordOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers.keys()].map((name) => [name, headers.get(name) as string]));

function membersOf(request: Request): RequestInit {
  const members: RequestInit = defined(Object.fromEntries(REQUEST_MEMBERS.map((name) => [name, request[name]])));
  // The platform does the same when it creates a Request from this one and `init`.
  if (members.mode === 'navigate') members.mode = 'same-origin';
  return members;
}

/** Whether `init` is a GET with headers only, so that the platform has nothing to refuse. */
const isSimple = (init: RequestInit) => init.method === 'GET' && Object.keys(init).length === 2;

/** Has the platform check a request before a token is requested, since fetch reports invalid requests like network errors. */
function validate({ signal, body, ...init }: RequestInit) {
  if (!globalThis.Request) return;
  // A Request locks its stream, so an empty stream is used for the check. A Response shows whether a stream was used before.
  const streams = isStream(body) && globalThis.ReadableStream;
  if (streams && body instanceof ReadableStream) new Response(body);
  const checkedBody = streams ? new ReadableStream() : body;
  new Request('https://localhost/', { ...init, ...defined({ body: checkedBody }) });
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
    throw await smartError(request.signal?.aborted ? missingResponse(cause, request) : refusal(cause));
  }
  return request.bodyUsed ? bytes : undefined;
}

/** Adds the body of a Request to the options of the request to another URL, unless they have a body. */
export async function addBody(init: RequestInit, request: Request | undefined, smartError: MakeError): Promise<void> {
  if (!request || init.body !== undefined || BODILESS.includes(request.method)) return;
  const body = await bodyOf(request, smartError);
  if (body) init.body = body;
}

/** Whether a body can be sent only once. */
export const isStream = (body: unknown) =>
  typeof body === 'object' &&
  body !== null &&
  (Symbol.asyncIterator in body || Boolean(globalThis.ReadableStream && body instanceof ReadableStream));

/** Converts to text as the platform does: an unpaired surrogate becomes U+FFFD. */
const wellFormed = (text: string) =>
  SURROGATE.test(text) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text)) : text;

const SURROGATE = /[\ud800-\udfff]/;
