// A proxy in front of the sandbox's token endpoint: it counts requests. Tests can delay or drop requests and responses, and
// truncate responses.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * @typedef {object} TokenRequest
 * @property {string | null} grantType
 * @property {string} [token] fingerprint of the refresh token
 * @property {number} at milliseconds since 1970
 * @property {number} [status] the sandbox's response; absent if the request was not forwarded
 * @property {string} [error] the OAuth error in that response
 * @property {boolean} [isUnprocessed] whether a test has refused the request without forwarding it
 *
 * @typedef {(exchange: Exchange) => unknown} Interference
 *
 * @typedef {object} HeldRequest a token request that is held back
 * @property {Promise<void>} arrived
 * @property {() => void} release
 *
 * @typedef {object} Exchange
 * @property {TokenRequest} tokenRequest
 * @property {() => Promise<ServerResponse>} forward forwards the request to the sandbox
 * @property {(serverResponse: ServerResponse) => Promise<void>} respond
 * @property {import('node:http').IncomingMessage} request
 * @property {import('node:http').ServerResponse} response
 *
 * @typedef {{ status: number, headers: Record<string, string>, body: Buffer }} ServerResponse
 */

/** @param {string} origin of the sandbox */
export async function startTokenProxy(origin) {
  /** @type {TokenRequest[]} */
  const tokenRequests = [];
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
    /** @type {TokenRequest} */
    const entry = { grantType: fields.get('grant_type'), at: Date.now() };
    const refreshToken = fields.get('refresh_token');
    if (refreshToken !== null) entry.token = fingerprint(refreshToken);
    const isToken = request.url === '/token' && request.method === 'POST';
    if (isToken) tokenRequests.push(entry);

    const forward = async () => {
      const { origin: appOrigin, 'content-type': type } = request.headers;
      const serverResponse = await fetch(`${origin}${request.url}`, {
        method: String(request.method),
        headers: { ...(appOrigin && { origin: appOrigin }), ...(type && { 'content-type': type }) },
        body: body.length > 0 ? body : undefined,
      });
      const { status } = serverResponse;
      const responseBody = Buffer.from(await serverResponse.arrayBuffer());
      if (isToken) recordResponse(entry, status, responseBody);
      const headers = Object.fromEntries([...serverResponse.headers].filter(([name]) => FORWARDED_HEADERS.test(name)));
      return { status, headers, body: responseBody };
    };
    /** @param {ServerResponse} serverResponse @returns {Promise<void>} */
    const respond = ({ status, headers, body }) => {
      // Each connection is used once, because browsers repeat a request by themselves if a reused connection breaks.
      response.writeHead(status, { ...headers, connection: 'close', 'content-length': body.length });
      return new Promise((resolve) => response.end(body, () => resolve()));
    };
    if (isToken && interference) return interference({ tokenRequest: entry, request, response, forward, respond });
    return respond(await forward());
  });

  /** @param {TokenRequest} entry @param {number} status @param {Buffer} responseBody */
  function recordResponse(entry, status, responseBody) {
    entry.status = status;
    const json = JSON.parse(responseBody.toString());
    if (json.error) entry.error = json.error;
    for (const name of ['access_token', 'refresh_token']) if (json[name]) issued.add(json[name]);
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    tokenRequests,
    issued,

    /** @param {Interference} [next] handles the token requests from here on; without it they are only forwarded */
    interfere(next) {
      interference = next;
    },

    /**
     * Holds the next token request at `point`: `request` before the sandbox receives it, `response` after the sandbox has
     * responded, `half` when half of the response has been sent.
     *
     * @param {'request' | 'response' | 'half'} point
     * @returns {HeldRequest}
     */
    hold(point) {
      let release = () => {};
      /** @type {Promise<void>} */
      const released = new Promise((resolve) => (release = resolve));
      /** @type {Promise<void>} */
      const arrived = new Promise((resolve) => {
        interference = async ({ forward, respond, response }) => {
          interference = undefined;
          const serverResponse = point === 'request' ? undefined : await forward();
          const body = point === 'half' ? serverResponse?.body : undefined;
          if (serverResponse && body) {
            response.writeHead(serverResponse.status, { ...serverResponse.headers, 'content-length': body.length });
            response.write(body.subarray(0, body.length / 2));
          }
          resolve();
          await released;
          if (response.destroyed) return;
          if (body) response.end(body.subarray(body.length / 2));
          else await respond(serverResponse ?? (await forward()));
        };
      });
      return { arrived, release };
    },

    /** Counts the token requests since an index: refreshes, refreshes refused with `invalid_grant`, and code exchanges. */
    count(since = 0) {
      const refreshes = tokenRequests.slice(since).filter(({ grantType }) => grantType === 'refresh_token');
      return {
        refreshes: refreshes.length,
        refused: refreshes.filter(({ error }) => error === 'invalid_grant').length,
        exchanges: tokenRequests.slice(since).filter(({ grantType }) => grantType === 'authorization_code').length,
      };
    },

    /** How often the refresh token that was sent most often was sent, not counting requests that were not processed. */
    mostSent() {
      const times = new Map();
      for (const { token, isUnprocessed } of tokenRequests) {
        if (token && !isUnprocessed) times.set(token, (times.get(token) ?? 0) + 1);
      }
      return Math.max(0, ...times.values());
    },

    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const FORWARDED_HEADERS = /^(access-control-.*|content-type|cache-control|pragma|date|vary)$/;

/** @param {string} token */
const fingerprint = (token) => createHash('sha256').update(token).digest('base64url').slice(0, 12);
