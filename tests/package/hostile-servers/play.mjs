// Runs a row of tests/hostile-servers.json: an app with the routes of `createSmartServer`, its signed-in user, and an attacker in
// another browser.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { toNode } from 'smart-launch/server';
import { isRevealing } from '../ehr.mjs';
import { startServer } from '../scripted-server.mjs';
import { createBrowser, ORIGIN, startApp } from '../server-app.mjs';

/**
 * @typedef {Awaited<ReturnType<typeof openPlay>>} Play
 * @typedef {{ id: string, given: string, must: string, code: string }} Row
 * @typedef {Response | string | object | null} Outcome a response, an error code, a session, or `null` for no session
 *
 * @typedef {object} Variant
 * @property {string} title
 * @property {(play: Play) => Promise<Record<string, Outcome>>} run the steps; returns the outcome of each
 * @property {string} [code] the expected code, if the row has several
 * @property {object} [options] changes of the app's options
 * @property {Parameters<typeof startApp>[2]} [ehr]
 */

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

/** @param {import('node:test').TestContext} test @param {Partial<Variant>} variant */
export async function openPlay(test, { options = {}, ehr: ehrOptions = {} }) {
  const otherServer = await startServer(test);
  const app = await startApp(test, { proxy: { methods: METHODS }, ...options }, ehrOptions);
  /** @type {{ path: string, response: Response, text: Promise<string> }[]} */
  const responses = [];
  /** The routes, whose responses are recorded. @type {import('smart-launch/server').SmartServer} */
  const smart = {
    ...app.smart,
    async handle(request) {
      const response = await app.smart.handle(request);
      const { pathname: path } = new URL(request.url, ORIGIN);
      // FHIR resources are not read: they may be endless, and they are the user's data.
      const isRead = !path.startsWith('/auth/fhir/') || response.headers.has('smart-error');
      responses.push({ path, response, text: isRead ? response.clone().text() : Promise.resolve('') });
      return response;
    },
  };
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const attacker = createBrowser(smart);
  return {
    ...app,
    test,
    smart,
    responses,
    otherServer,
    browser,
    id,
    attacker,
    /**
     * Sends a request as the user's page does, with the id of the session.
     *
     * @param {string} path
     * @param {Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }} [init]
     */
    send: (path, { headers = {}, ...init } = {}) =>
      browser.visit(path, { ...init, headers: { 'smart-session': id, ...headers } }),
    /** The FHIR requests that the server has received. */
    fhir: () => app.ehr.requests.filter(({ path }) => path.startsWith('/fhir') && !path.includes('/.well-known/')),
    /** The token requests that the server has received. */
    exchanges: () => app.ehr.requestsTo('/token'),
    /** Serves the routes at a port of this machine, with Node's `http`. */
    async listen() {
      const http = createServer(toNode(smart));
      http.listen(0, '127.0.0.1');
      await once(http, 'listening');
      test.after(() => (http.close(), http.closeAllConnections()));
      const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
      return {
        port,
        origin: `http://127.0.0.1:${port}`,
        headers: { cookie: browser.cookie(), 'smart-session': id, origin: ORIGIN },
        /** The user's headers as lines of a request. */
        lines: `Host: app.example\r\nCookie: ${browser.cookie()}\r\nSmart-Session: ${id}\r\nSec-Fetch-Site: same-origin\r\n`,
        /**
         * Writes bytes to a new connection, and reads until it is closed, or the headers of a response are complete.
         *
         * @param {string} bytes
         */
        raw: (bytes) => sendBytes(port, bytes),
      };
    },
  };
}

/** @param {number} port @param {string} bytes @returns {Promise<string>} */
async function sendBytes(port, bytes) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes);
  let received = '';
  for await (const chunk of socket) {
    received += chunk;
    if (received.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  return received;
}

/** The status of a raw response. @param {string} received */
export const statusOf = (received) => `HTTP ${/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 'none'}`;

/** @param {Outcome} outcome */
async function codeOf(outcome) {
  if (typeof outcome === 'string') return outcome;
  if (outcome === null) return 'signed_out';
  if (!(outcome instanceof Response)) return 'ok';
  const { status, headers } = outcome;
  const code = headers.get('smart-error');
  if (code || status < 400) return code ?? 'ok';
  return /<small>(\w+)<\/small>/.exec(outcome.bodyUsed ? '' : await outcome.clone().text())?.[1] ?? `HTTP ${status}`;
}

/** Whether a code is the expected one; `HTTP 4xx` is any status from 400 to 499. @param {string} code @param {string} expected */
const isExpected = (code, expected) => code === expected || (expected === 'HTTP 4xx' && /^HTTP 4\d\d$/.test(code));

/**
 * Runs a variant, and checks its outcomes and the rules that apply to every row.
 *
 * @param {import('node:test').TestContext} test
 * @param {Row} row
 * @param {Variant} variant
 */
export async function playVariant(test, row, variant) {
  const play = await openPlay(test, variant);
  const outcomes = Object.entries(await variant.run(play));
  assert.ok(outcomes.length > 0);
  const expected = variant.code ?? row.code;
  for (const [title, outcome] of outcomes) {
    const code = await codeOf(outcome);
    assert.ok(isExpected(code, expected), `${title}: ${code}, not ${expected}`);
  }
  const { responses, otherServer, browser, attacker, id } = play;
  for (const { path, response, text } of responses) {
    const { headers } = response;
    const { 'set-cookie': _, ...otherHeaders } = Object.fromEntries(headers);
    assert.ok(!isRevealing(JSON.stringify(otherHeaders)) && !isRevealing(await text), `${path}: the response contains no secret`);
    for (const cookie of headers.getSetCookie()) {
      assert.match(cookie, /^__Host-smart-launch[-.][\w-]+=[\w-]*; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=(?:Lax|None)$/);
    }
    const corsHeaders = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
    assert.deepEqual(corsHeaders, [], path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
  }
  assert.equal(otherServer.requests.length, 0, 'no request is sent to another server');
  const session = await browser.session(id);
  assert.equal(session?.patient, 'zoe', 'the user still has the session');
  assert.equal(await session?.getAccessToken(), play.ehr.issued[0]?.access_token);
  assert.equal(await attacker.session(id), null, 'another browser has no session');
}
