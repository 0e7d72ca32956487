// A local HTTP server that responds by a script and records the requests.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * @typedef {object} ScriptedResponse a response; without members it is an empty 200
 * @property {number} [status]
 * @property {Record<string, string | string[]>} [headers]
 * @property {unknown} [json] body, declared as application/json
 * @property {string | Buffer} [body] the body, without a content type unless `headers` has one
 * @property {number} [size] a body of at least this many bytes, in blocks of 65,536 bytes
 * @property {string} [redirect] the target; 302 unless `status` is set
 * @property {boolean} [silent] no response is ever sent
 * @property {boolean} [stalls] the headers and `body` are sent, but the response does not end
 * @property {number} [drips] milliseconds between the bytes of the body
 * @property {boolean} [cut] the connection is closed before the end that Content-Length states
 * @property {boolean} [garbled] the chunked encoding is invalid
 * @property {boolean} [endless] the body is sent without an end
 * @property {boolean} [closed] the header that permits other origins is left out, even with `cors`
 * @property {string} [raw] the bytes to send in place of a response
 *
 * @typedef {object} ReceivedRequest a received request
 * @property {string} method
 * @property {string} path without query
 * @property {string} url path with query
 * @property {URLSearchParams} query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} body
 * @property {URLSearchParams} fields the body as a form
 *
 * @typedef {ScriptedResponse | ((request: ReceivedRequest) => ScriptedResponse | Promise<ScriptedResponse>)} Script
 */

/** Ports of all servers of this process. @type {Set<number>} */
const usedPorts = new Set();

/**
 * @param {import('node:test').TestContext} test the server is closed when this test ends
 * @param {{ cors?: boolean | undefined }} [options] with `cors` the server permits every origin
 */
export async function startServer(test, { cors = false } = {}) {
  /** @type {Map<string, Script[]>} */
  const scripts = new Map();
  /** @type {ReceivedRequest[]} */
  const requests = [];
  /** Paths of requests whose headers have arrived. @type {Set<string>} */
  const startedPaths = new Set();
  /** Called when the response to a request, or its connection, has ended; by path. @type {Map<string, () => void>} */
  const watchers = new Map();
  const http = createServer(async (request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    const path = String(request.url).split('?')[0] ?? '';
    startedPaths.add(path);
    response.on('close', () => watchers.get(path)?.());
    const received = await receive(request).catch(() => undefined);
    // The client has disconnected before the end of the request.
    if (!received) return;
    requests.push(received);
    const queue = scripts.get(received.path) ?? [{ status: 404 }];
    const isPreflight = received.method === 'OPTIONS' && cors;
    const script = isPreflight ? preflightResponse(queue[0]) : queue.length > 1 ? queue.shift() : queue[0];
    const scripted = typeof script === 'function' ? await script(received) : (script ?? {});
    if (cors && !scripted.closed) response.setHeader('access-control-allow-origin', '*');
    await send(response, scripted);
  });
  // Idle connections stay open, because on a busy machine a request may be sent while its connection is being closed.
  http.keepAliveTimeout = 0;
  let port = 0;
  do {
    if (port) await new Promise((resolve) => http.close(resolve));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    ({ port } = /** @type {import('node:net').AddressInfo} */ (http.address()));
    // The library may have cached documents of an earlier server with the same origin.
  } while (usedPorts.has(port));
  usedPorts.add(port);

  test.after(() => {
    http.close();
    http.closeAllConnections();
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Every request so far, in order. */
    requests,
    /**
     * The requests to a path.
     *
     * @param {string} path
     */
    requestsTo: (path) => requests.filter((request) => request.path === path),
    /**
     * Whether the headers of a request to a path have arrived.
     *
     * @param {string} path
     */
    began: (path) => startedPaths.has(path),
    /**
     * Resolves when the next response for a path, or its connection, has ended.
     *
     * @param {string} path
     */
    watch: (path) => new Promise((/** @type {(value: void) => void} */ resolve) => watchers.set(path, resolve)),
    /**
     * Sets the responses to requests to a path, in turn; the last one is for all further requests.
     *
     * @param {string} path
     * @param {...Script} responses
     */
    answer(path, ...responses) {
      scripts.set(path, responses);
    },
    /**
     * Delays the response to the next request to a path until it is released; later requests get the same response at once.
     *
     * @param {string} path
     * @param {() => ScriptedResponse} respond
     */
    hold(path, respond) {
      let release = () => {};
      /** @type {Promise<void>} */
      const released = new Promise((resolve) => (release = resolve));
      /** @type {Promise<void>} */
      const arrived = new Promise((resolve) => {
        const delayed = async () => {
          resolve();
          await released;
          return respond();
        };
        scripts.set(path, [delayed, respond]);
      });
      return { arrived, release };
    },
  };
}

/** @param {Script | undefined} script @returns {ScriptedResponse} */
const preflightResponse = (script) =>
  typeof script === 'object' && script.closed
    ? script
    : { status: 204, headers: { 'access-control-allow-headers': 'authorization, content-type, dpop' } };

/** @param {import('node:http').IncomingMessage} request @returns {Promise<ReceivedRequest>} */
async function receive(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', headers } = request;
  const { pathname, searchParams } = new URL(url, 'http://any.example');
  const body = Buffer.concat(chunks).toString();
  return {
    method,
    path: pathname,
    url,
    query: searchParams,
    headers,
    body,
    fields: new URLSearchParams(body),
  };
}

/** @param {ServerResponse} response @param {ScriptedResponse} scripted */
async function send(response, scripted) {
  const { status = scripted.redirect ? 302 : 200, headers = {}, json, redirect, size, silent } = scripted;
  if (silent) return;
  const body = Buffer.from(json === undefined ? (scripted.body ?? '') : JSON.stringify(json));
  const contentType = json === undefined ? {} : { 'content-type': 'application/json' };
  const length = scripted.cut ? { 'content-length': body.length + 1_000 } : {};
  const location = redirect ? { location: redirect } : {};
  if (scripted.garbled) return garble(response, body);
  if (scripted.raw) return response.socket?.end(scripted.raw);
  response.writeHead(status, { ...contentType, ...length, ...location, ...headers });
  if (scripted.stalls) return response.write(body.length > 0 ? body : ' ');
  if (scripted.endless || size) return fill(response, size ?? Infinity);
  if (scripted.drips !== undefined) return drip(response, body, scripted.drips);
  if (!scripted.cut) return response.end(body);
  response.write(body, () => response.destroy());
}

/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** @param {ServerResponse} response @param {Buffer} body */
function garble(response, body) {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
  response.socket?.end(`${head}zz\r\n${body}\r\n`);
}

/** @param {ServerResponse} response @param {number} size */
function fill(response, size) {
  const block = Buffer.alloc(65_536, 'x');
  const blocks = function* () {
    for (let sent = 0; sent < size; sent += block.length) yield block;
  };
  pipeline(Readable.from(blocks()), response, () => {});
}

/** @param {ServerResponse} response @param {Buffer} body @param {number} milliseconds */
async function drip(response, body, milliseconds) {
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await wait(milliseconds);
  }
  response.end();
}
