// Routes for Node's `http`, and for Express and others that are built on it.

import type { NodeRequest } from './node-request.js';
import type { SmartServer } from './smart-server.js';

/** A response of Node's `http`. */
export interface NodeResponse {
  statusCode: number;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  setHeader(name: string, value: string | readonly string[]): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  once(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
  off(event: 'close' | 'drain' | 'error', listener: () => void): unknown;
}

/** A request of Node's `http`, with its body as a stream. */
export interface NodeRequestWithBody extends NodeRequest {
  readonly readableEnded?: boolean | undefined;
  readonly complete?: boolean | undefined;
}

/**
 * Returns a handler for Node's `http` that serves the routes; it is also middleware for Express. Install it before body parsers.
 *
 * @example
 * import { createServer } from 'node:http';
 * import { toNode, type SmartServer } from 'smart-launch/server';
 *
 * declare const smart: SmartServer;
 * createServer(toNode(smart)).listen(3000);
 */
export function toNode(
  smart: SmartServer,
): (request: NodeRequestWithBody, response: NodeResponse, next?: (error?: unknown) => void) => Promise<void> {
  return async function handle(request, response, next) {
    if (!smart.owns(request)) {
      if (next) return next();
      return end(response, 404);
    }
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    let webRequest;
    try {
      webRequest = webRequestOf(smart, request, closed.signal);
    } catch (error) {
      // The body was read before, or a `Request` cannot have the method, such as TRACE.
      if (next) return next(error);
      return end(response, 400);
    }
    await send(await smart.handle(webRequest), response, closed.signal);
  };
}

function end(response: NodeResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

function webRequestOf(smart: SmartServer, request: NodeRequestWithBody, signal: AbortSignal): Request {
  const { method = 'GET', originalUrl, url = '/' } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // Skips the pseudo-headers of HTTP/2.
    if (name.startsWith(':') || value === undefined) continue;
    for (const item of [value].flat()) headers.append(name, item);
  }
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal };
  // Whether a parser has read an empty body, such as that of a logout, does not matter.
  const isEmpty = ['GET', 'HEAD'].includes(method) || request.headers['content-length'] === '0';
  if (!isEmpty) {
    init.body = streamOf(request);
    init.duplex = 'half';
  }
  return new Request(new URL(smart.baseUrl).origin + (originalUrl ?? url), init);
}

function streamOf(request: NodeRequestWithBody): ReadableStream<Uint8Array> {
  if (request.readableEnded) {
    // Without this error the body would be refused as an empty form, which hides the reason.
    throw new TypeError('the body was read before: install `toNode` before parsers of bodies');
  }
  // Streams of Node are iterable.
  const chunks = (request as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

async function send(answer: Response, response: NodeResponse, closed: AbortSignal): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  const reader = answer.body?.getReader();
  try {
    while (reader && !closed.aborted) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!response.write(value)) await drained(response);
    }
    if (!response.destroyed) response.end();
  } catch {
    // Closes the connection, so that the client sees that the body is incomplete.
    response.destroy();
  } finally {
    if (closed.aborted) reader?.cancel().catch(() => {});
  }
}

/** Resolves when more can be written to the response, or when the response is closed. */
function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      for (const event of ['close', 'drain'] as const) response.off(event, finish);
      resolve();
    };
    for (const event of ['close', 'drain'] as const) response.once(event, finish);
  });
}
