// Forwards FHIR requests of pages: the session determines the server and the token. Only the listed headers are passed on, in both
// directions.

import { SESSION_PARAMETER } from '../values/session-names.js';
import { restOf } from '../values/url-rest.js';
import type { Failure } from '../error/failure.js';
import type { Incoming } from './incoming.js';
import { rewriteLinks } from './bundle-links.js';
import type { ServerSession } from './server-session.js';
import type { ProxyOptions } from './server-options.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';

const REQUEST_HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-exist',
  'if-none-match',
  'prefer',
];
const RESPONSE_HEADERS = [
  'content-disposition',
  'content-language',
  'content-type',
  'etag',
  'last-modified',
  'preference-applied',
  'retry-after',
];
/** Response headers with a URL of the FHIR server. */
const URL_HEADERS = ['content-location', 'location'];
const BODILESS = ['GET', 'HEAD'];
/** Default of the option `methods`. */
export const METHODS: readonly string[] = BODILESS;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Permitted FHIR paths. Segments have no characters that can be read as a separator or an encoded character. */
const PATH = /^(?:[\w$.\-~]+(?:\/[\w$.\-~]+)*\/?)?$/;

/** Destinations of requests whose response would be executed in the app (Fetch standard, "request destination"). */
const EXECUTED = /^(?:script|style|xslt|(?:service|shared)?worker|(?:audio|paint)worklet)$/;

/** The reason to refuse a page's request, whose method is permitted; `undefined` if the request is permitted. */
export function refusalOf({ header }: Incoming, path: string, { paths }: ProxyOptions): string | undefined {
  if (EXECUTED.test(header('sec-fetch-dest') ?? '')) return 'resources are not served as scripts or styles';
  const parts = path.split('/');
  if (!PATH.test(path) || parts.some((part) => part === '.' || part === '..')) return 'the path is not permitted';
  if (paths && !paths.includes(parts[0] as string)) return 'the path is not permitted';
  return undefined;
}

/**
 * Sends a request of a page to the FHIR server, and returns the response.
 *
 * @param path after the FHIR base URL
 * @param base URL of the proxy
 */
export async function forward(
  session: ServerSession,
  request: Request,
  incoming: Incoming,
  path: string,
  base: string,
): Promise<Response> {
  const { method, url } = incoming;
  const headers = new Headers();
  for (const name of REQUEST_HEADERS) {
    const value = incoming.header(name);
    if (value !== null) headers.set(name, value);
  }
  if (!headers.has('accept')) headers.set('accept', 'application/fhir+json');
  const search = searchWithoutId(url.search);
  const fhirBase = session.serverUrl.replace(/\/$/, '');
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal: request.signal, redirect: 'manual' };
  if (!BODILESS.includes(method) && request.body) {
    init.body = request.body;
    init.duplex = 'half';
  }
  // Without a path the URL is the base without a slash at its end: servers use the base with a query for page links.
  const response = await session.fetch(fhirBase + (path && `/${path}`) + search, init as SmartFetchInit);
  if (REDIRECTS.includes(response.status)) throw await redirected(response, fhirBase);
  const idInUrl = url.searchParams.get(SESSION_PARAMETER);
  const rewrite = (text: string) => proxied(text, fhirBase, base, idInUrl);
  return new Response(bodyOf(response, rewrite), { status: response.status, headers: headersOf(response, rewrite) });
}

/** The error for a redirect. Redirects are not followed, because the token would be sent to the target. */
async function redirected(response: Response, fhirBase: string): Promise<Failure> {
  await response.body?.cancel().catch(() => {});
  const location = response.headers.get('location') ?? '';
  const isInside = URL.canParse(location, response.url) && restOf(new URL(location, response.url), fhirBase) !== undefined;
  const where = isInside ? 'under' : 'outside of';
  return {
    code: 'redirected',
    about: `the FHIR server redirected the request to a URL ${where} the FHIR base, and redirects are not followed`,
    hint: 'If the target is under the FHIR base, request it directly.',
    status: response.status,
  };
}

function bodyOf(response: Response, rewrite: (url: string) => string) {
  // Responses with these statuses have no body, and cannot be created with one.
  if ([204, 205, 304].includes(response.status) || !response.body) return null;
  const isJson = /\bjson\b/i.test(response.headers.get('content-type') ?? '');
  return isJson ? response.body.pipeThrough(rewriteLinks(rewrite)) : response.body;
}

function headersOf(response: Response, rewrite: (url: string) => string): Headers {
  const headers = new Headers({
    'cache-control': 'no-store',
    // Narratives and Binary resources may be HTML or SVG, which must not run as pages of the app.
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  for (const name of [...RESPONSE_HEADERS, ...URL_HEADERS]) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, URL_HEADERS.includes(name) ? rewrite(value) : value);
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/octet-stream');
  return headers;
}

/**
 * Replaces the FHIR base of a URL by that of the proxy; URLs outside the FHIR base stay as they are.
 *
 * @param idInUrl the session's id, if the page sent it in the URL: it is then added to the URL
 */
function proxied(text: string, fhirBase: string, base: string, idInUrl: string | null): string {
  if (!URL.canParse(text)) return text;
  const rest = restOf(new URL(text), fhirBase);
  if (rest === undefined) return text;
  if (idInUrl === null) return base + rest;
  const [before = '', ...fragment] = rest.split('#');
  const id = `${before.includes('?') ? '&' : '?'}${SESSION_PARAMETER}=${idInUrl}`;
  return base + before + id + (fragment.length > 0 ? `#${fragment.join('#')}` : '');
}

/** A query without the session's id, and without empty parts, such as that between the two `&` of `a=1&&b=2`. */
function searchWithoutId(search: string): string {
  const rest = search.slice(1).split('&').filter((pair) => pair !== '' && !new URLSearchParams(pair).has(SESSION_PARAMETER));
  return rest.length > 0 ? `?${rest.join('&')}` : '';
}
