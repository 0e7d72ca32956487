// Sends the requests of an examination, and records their responses.

import { TIMEOUT, corsFlaw } from './exchange.js';
import type { Exchange } from './exchange.js';

interface RequestOptions {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Probe = ReturnType<typeof createProbe>;

/** @param seconds deadline of each request */
export function createProbe(origin: string, seconds: number) {
  // The platform's `fetch`. During an examination, `globalThis.fetch` is `fetchAsPage`, which calls this function.
  const { fetch } = globalThis;
  const exchanges: Exchange[] = [];

  async function send(url: string, { method = 'GET', headers = {}, body, signal }: RequestOptions, isOfPage: boolean) {
    const deadline = AbortSignal.timeout(seconds * 1_000);
    let response: Response | undefined;
    let bytes: BodyInit | null = null;
    let cause: unknown;
    try {
      response = await fetch(url, {
        method,
        headers: isOfPage ? { ...headers, origin } : headers,
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        ...(body !== undefined && { body }),
      });
      bytes = await readBody(response);
    } catch (failure) {
      cause = failure;
    }
    const exchange: Exchange = {
      method,
      url,
      isOfPage,
      at: Date.now(),
      status: cause ? 0 : (response?.status ?? 0),
      headers: response?.headers ?? new Headers(),
      body: bytes ? new TextDecoder().decode(bytes as Uint8Array) : '',
      failure: cause ? failureOf(cause) : undefined,
    };
    exchanges.push(exchange);
    return { exchange, response, bytes, cause };
  }

  return {
    /** All exchanges so far, in order. */
    exchanges,
    /** Sends a request as a browser does for a navigation: without the header `Origin`. */
    navigate: async (url: string): Promise<Exchange> =>
      (await send(url, { headers: { accept: 'text/html' } }, false)).exchange,
    /** Sends a request as a browser sends it for the page. Returns the response even if the page could not read it. */
    sendAsPage: async (url: string, options: RequestOptions = {}): Promise<Exchange> =>
      (await send(url, { ...options, headers: { accept: 'application/json', ...options.headers } }, true)).exchange,
    /** Sends the preflight for a request of the page with this header. */
    preflight: async (url: string, method: string, header: string): Promise<Exchange> => {
      const headers = { 'access-control-request-method': method, 'access-control-request-headers': header };
      return (await send(url, { method: 'OPTIONS', headers }, true)).exchange;
    },
    /** `fetch` as in a page of the origin. The requests of a sign-in need no preflight. */
    fetchAsPage: async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
      const options = init as RequestOptions;
      const { exchange, response, bytes, cause } = await send(String(input), options, true);
      if (!response || cause) throw cause;
      const { status, headers } = response;
      const isRedirect = status >= 300 && status < 400;
      if (!isRedirect && corsFlaw(exchange, origin)) throw new TypeError('the server does not permit the origin');
      return new Response(WITHOUT_BODY.includes(status) ? null : bytes, { status, headers });
    },
  };
}

/** The body up to the limit of the library, and one byte more if it is longer. */
async function readBody(response: Response): Promise<BodyInit> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (reader && length < MAX_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  if (length >= MAX_BYTES) reader?.cancel().catch(() => {});
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes.subarray(0, MAX_BYTES);
}

/** The code of a failed request, which Node states in the `cause` of its exception; the message if there is no code. */
function failureOf(exception: unknown): string {
  const { name, message, cause } = exception as Error & { cause?: { code?: unknown; message?: string } };
  if (name === 'TimeoutError' || name === 'AbortError') return TIMEOUT;
  return typeof cause?.code === 'string' ? cause.code : (cause?.message ?? message);
}

const MAX_BYTES = 1_048_577;
const WITHOUT_BODY = [101, 204, 205, 304];
