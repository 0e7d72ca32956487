// Loads a bundle of brands: SMART App Launch 2.2, "Caching Brand Bundles".

import { unlessAborted } from '../error/abort.js';
import { withSmartErrors } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { discard } from '../values/discard.js';
import type * as platform from '../values/platform.js';
import type { Brands } from './brand.js';
import { isHttps, parseUrl } from './fhir.js';
import { readBrands, type ReadBrandsOptions } from './read-brands.js';

export interface LoadBrandsOptions extends ReadBrandsOptions {
  /** Ends the call. There is no other deadline: `AbortSignal.timeout(60_000)` sets one. */
  signal?: platform.AbortSignal | undefined;
  /** Result of an earlier call with the same URL and `fhirVersions`, or a stored copy of that result. Its `etag` is sent. */
  previous?: LoadedBrands | undefined;
}

/** The result of `loadBrands`. It is plain data, so it can be stored. */
export interface LoadedBrands extends Brands {
  readonly url: string;
  /** Version of the bundle (`ETag`). In a browser it is absent if the server does not expose the header (CORS). */
  readonly etag?: string;
}

/** Maximum size of the decompressed body in bytes. */
const MAX_BYTES = 100_000_000;
const MAX_REDIRECTS = 5;

/**
 * Loads a bundle of brands and reads it as `readBrands` does. No cookies and no credentials are sent. The bundle may be up
 * to 100 MB, and every redirect has to be to https, or with `allowInsecureLoopback` to this machine.
 *
 * @returns `previous` itself if the server responds that the bundle is unchanged
 * @throws {SmartError} `config_invalid` or `endpoint_scheme` for the URL; `network`; `http_status`; `redirected`;
 * `body_too_large`; `json_invalid`; `aborted` or `timeout` of the signal
 * @example
 * const loaded = await loadBrands('https://vendor.example/brands.json', { signal: AbortSignal.timeout(60_000) });
 * const search = createBrandSearch(loaded.brands);
 */
export function loadBrands(url: string | platform.URL, options: LoadBrandsOptions = {}): Promise<LoadedBrands> {
  return withSmartErrors(() => unlessAborted(options.signal, () => load(addressOf(url, options), options)))();
}

async function load(url: string, options: LoadBrandsOptions): Promise<LoadedBrands> {
  const { previous, signal } = options;
  const cached = previous?.url === url ? previous : undefined;
  const response = await send(url, cached?.etag, signal as AbortSignal | undefined, options);
  if (response.status === 304 && cached) return cached;
  if (!response.ok) {
    discard(response.body);
    const retryable = response.status === 429 || response.status >= 500;
    throw failure(url, { code: 'http_status', status: response.status, retryable });
  }
  let bundle: unknown;
  const text = await textOf(response, url);
  try {
    bundle = JSON.parse(text);
  } catch (cause) {
    throw failure(url, { code: 'json_invalid', cause });
  }
  const etag = response.headers.get('etag') ?? undefined;
  return { url, ...(etag === undefined ? {} : { etag }), ...readBrands(bundle, options) };
}

async function send(
  url: string,
  etag: string | undefined,
  signal: AbortSignal | undefined,
  options: ReadBrandsOptions,
): Promise<Response> {
  const init: RequestInit = {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    headers: { accept: 'application/fhir+json, application/json' },
    ...(signal && { signal }),
  };
  const conditional: RequestInit = { ...init, headers: { ...init.headers, 'if-none-match': etag ?? '' } };
  try {
    return await follow(url, etag === undefined ? init : conditional, options);
  } catch (cause) {
    // In a browser, `if-none-match` needs a CORS preflight, which servers need not permit: the second request is without it.
    const mayBeRefused = etag !== undefined && cause instanceof TypeError && !signal?.aborted;
    return mayBeRefused ? follow(url, init, options).catch(throwNetworkError(url)) : throwNetworkError(url)(cause);
  }
}

const throwNetworkError =
  (url: string) =>
  (cause: unknown): never => {
    throw cause instanceof TypeError ? failure(url, { code: 'network', retryable: true, cause }) : cause;
  };

/** Follows redirects itself, because `fetch` would also follow those to http. */
async function follow(url: string, init: RequestInit, options: ReadBrandsOptions): Promise<Response> {
  let address = url;
  for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
    const response = await fetch(address, { ...init, redirect: 'manual' });
    // Browsers hide where a redirect leads, so `fetch` follows it. From a page on https, browsers send nothing over http.
    if (response.type === 'opaqueredirect') return checkRedirected(await fetch(url, init), url, options);
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    discard(response.body);
    address = parseUrl(location, address)?.href ?? '';
    if (!isHttps(address, options.allowInsecureLoopback)) break;
  }
  throw failure(url, { code: 'redirected', about: 'the server redirected the request to a URL without https, or too often' });
}

function checkRedirected(response: Response, url: string, { allowInsecureLoopback }: ReadBrandsOptions): Response {
  if (isHttps(response.url, allowInsecureLoopback)) return response;
  throw failure(url, { code: 'redirected', about: 'the server redirected the request to a URL without https' });
}

/** The body as text; throws if it is too large. */
async function textOf(response: Response, url: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts: string[] = [];
  for (let bytes = 0; reader;) {
    const { done, value } = await reader.read().catch(throwNetworkError(url));
    if (done) break;
    bytes += value.byteLength;
    if (bytes > MAX_BYTES) {
      discard(reader);
      const hint = 'Use a bundle with fewer organizations, such as that of one server.';
      throw failure(url, { code: 'body_too_large', about: 'the bundle is larger than 100 MB', hint });
    }
    parts.push(decode(decoder, value, url));
  }
  return [...parts, decode(decoder, undefined, url)].join('');
}

function decode(decoder: TextDecoder, bytes: Uint8Array | undefined, url: string): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw failure(url, { code: 'json_invalid', cause });
  }
}

function addressOf(url: string | platform.URL, { allowInsecureLoopback }: ReadBrandsOptions): string {
  const href = parseUrl(String(typeof url === 'object' ? url.href : url))?.href;
  if (href === undefined) throw { code: 'config_invalid', about: 'the URL of the bundle is not absolute' } satisfies Failure;
  if (!isHttps(href, allowInsecureLoopback)) {
    const about = 'the URL of the bundle is not https, or has a user';
    throw { code: 'endpoint_scheme', about, hint: 'Use the https URL of the bundle.' } satisfies Failure;
  }
  return href;
}

/** A failure of the request; URLs in errors have no query and no fragment. */
const failure = (url: string, members: Omit<Failure, 'url'>): Failure => ({ ...members, url: url.replace(/[?#].*$/s, '') });
