// A proxy in front of the sandbox's token endpoint: it counts requests, and delays, drops or truncates them.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * @typedef {object} Passed one token request
 * @property {string | null} grantType
 * @property {string} [token] fingerprint of the refresh token
 * @property {number} at milliseconds since 1970
 * @property {number} [status] the sandbox's response; absent if the request was not forwarded
 * @property {string} [error] the OAuth error in that response
 * @property {boolean} [isUnprocessed] the response said that the request was not processed
 *
 * @typedef {(exchange: Exchange) => unknown} Interference
 *
 * @typedef {object} Held a token request that is held back
 * @property {Promise<void>} arrived
 * @property {() => void} release
 *
 * @typedef {object} Exchange
 * @property {Passed} passed
 * @property {() => Promise<Answer>} forward forwards the request to the sandbox
 * @property {(answer: Answer) => Promise<void>} respond
 * @property {import('node:http').IncomingMessage} request
 * @property {import('node:http').ServerResponse} response
 *
 * @typedef {{ status: number, headers: Record<string, string>, body: Buffer }} Answer
 */

/** @param {string} origin the sandbox's */
export async function startTokenProxy(origin) {
  /** @type {Passed[]} */
  const passed = [];
  /**
   * The issued tokens. These test tokens need no protection, but none may remain stored in a tab that is signed out.
   *
   * @type {Set<string>}
   */
  const issued = new Set();
  /** @type {Interference | undefined} */
  let interference;

  const server = createServer(async (request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const fields = new URLSearchParams(body.toString());
    /** @type {Passed} */
    const entry = { grantType: fields.get('grant_type'), at: Date.now() };
    const refreshToken = fields.get('refresh_token');
    if (refreshToken !== null) entry.token = fingerprint(refreshToken);
    const isToken = request.url === '/token' && request.method === 'POST';
    if (isToken) passed.push(entry);

    const forward = async () => {
      const { origin: from, 'content-type': type } = request.headers;
      const answer = await fetch(`${origin}${request.url}`, {
        method: String(request.method),
        headers: { ...(from && { origin: from }), ...(type && { 'content-type': type }) },
        body: body.length > 0 ? body : undefined,
      });
      const text = Buffer.from(await answer.arrayBuffer());
      if (isToken) note(entry, answer.status, text);
      const headers = Object.fromEntries([...answer.headers].filter(([name]) => KEPT.test(name)));
      return { status: answer.status, headers, body: text };
    };
    /** @param {Answer} answer @returns {Promise<void>} */
    const respond = ({ status, headers, body }) => {
      // Each connection is used once, because browsers repeat a request by themselves if a reused connection breaks.
      response.writeHead(status, { ...headers, connection: 'close', 'content-length': body.length });
      return new Promise((resolve) => response.end(body, () => resolve()));
    };
    if (isToken && interference) return interference({ passed: entry, request, response, forward, respond });
    return respond(await forward());
  });

  /** @param {Passed} entry @param {number} status @param {Buffer} text */
  function note(entry, status, text) {
    entry.status = status;
    const answer = JSON.parse(text.toString());
    if (answer.error) entry.error = answer.error;
    for (const name of ['access_token', 'refresh_token']) if (answer[name]) issued.add(answer[name]);
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    passed,
    issued,

    /** @param {Interference} [next] [next] interferes with token requests from here on; none if absent */
    interfere(next) {
      interference = next;
    },

    /**
     * Holds the next token request at `point`: `request` before the sandbox receives it, `answer` after the sandbox has
     * responded, `half` when half of the response has been sent.
     *
     * @param {'request' | 'answer' | 'half'} point
     * @returns {Held}
     */
    hold(point) {
      let release = () => {};
      /** @type {Promise<void>} */
      const released = new Promise((resolve) => (release = resolve));
      /** @type {Promise<void>} */
      const arrived = new Promise((resolve) => {
        interference = async ({ forward, respond, response }) => {
          interference = undefined;
          const answer = point === 'request' ? undefined : await forward();
          const body = point === 'half' ? answer?.body : undefined;
          if (answer && body) {
            response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
            response.write(body.subarray(0, body.length / 2));
          }
          resolve();
          await released;
          if (response.destroyed) return;
          if (body) response.end(body.subarray(body.length / 2));
          else await respond(answer ?? (await forward()));
        };
      });
      return { arrived, release };
    },

    /** Counts the token requests since an index: refreshes, refreshes with a used token, and code exchanges. */
    count(since = 0) {
      const refreshes = passed.slice(since).filter(({ grantType }) => grantType === 'refresh_token');
      return {
        refreshes: refreshes.length,
        refused: refreshes.filter(({ error }) => error === 'invalid_grant').length,
        exchanges: passed.slice(since).filter(({ grantType }) => grantType === 'authorization_code').length,
      };
    },

    /** The largest number of times that one refresh token was sent, not counting responses that it was not processed. */
    mostSent() {
      const times = new Map();
      for (const { token, isUnprocessed } of passed) if (token && !isUnprocessed) times.set(token, (times.get(token) ?? 0) + 1);
      return Math.max(0, ...times.values());
    },

    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const KEPT = /^(access-control-.*|content-type|cache-control|pragma|date|vary)$/;

/** @param {string} token */
const fingerprint = (token) => createHash('sha256').update(token).digest('base64url').slice(0, 12);
