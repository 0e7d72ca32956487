// Group E: headers and connections, mostly with the routes in Node's `http` server.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { statusOf } from './play.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

/** Headers of a page that the proxy must not pass on. */
const HIDDEN = {
  authorization: 'Bearer of-the-page',
  'proxy-authorization': 'Basic x',
  forwarded: 'for=10.0.0.1',
  'x-forwarded-for': '10.0.0.1',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-real-ip': '10.0.0.1',
  'x-original-url': '/token',
  'x-http-method-override': 'DELETE',
  'x-request-id': 'x',
  range: 'bytes=0-3',
  'if-range': 'x',
  te: 'trailers',
  via: '1.1 evil',
  'max-forwards': '0',
  'content-encoding': 'gzip',
  dpop: 'x',
  'sec-fetch-user': '?1',
  referer: 'https://app.example/page',
  'user-agent': 'evil',
  'x-requested-with': 'x',
  traceparent: 'x',
};

/** Requests whose end two parsers may find at different bytes. @type {Record<string, string>} */
const SMUGGLED = {
  'Content-Length, then chunked': 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'chunked, then Content-Length': 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  'two lengths': 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
  'a list of lengths': 'Content-Length: 5, 6\r\n\r\nhello!',
  'a negative length': 'Content-Length: -1\r\n\r\n',
  'a length with a sign': 'Content-Length: +5\r\n\r\nhello',
  'a hexadecimal length': 'Content-Length: 0x5\r\n\r\nhello',
  'chunked is not the last encoding': 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'a tab in the name': 'Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n',
  'a space in the name': 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  'an invalid chunk': 'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n',
  'a folded value': 'X-A: a\r\n Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
};

const SECOND_REQUEST = 'GET /auth/fhir/Smuggled HTTP/1.1\r\nHost: app.example\r\n\r\n';

/** @param {Play} play @param {Record<string, string>} heads @param {string} method */
async function sendRaw({ listen, ehr }, heads, method) {
  const { raw, lines } = await listen();
  const before = ehr.requests.length;
  /** @type {Record<string, Outcome>} */
  const outcomes = {};
  for (const [title, head] of Object.entries(heads)) {
    const origin = 'Origin: https://app.example\r\n';
    outcomes[title] = statusOf(await raw(`${method} /auth/fhir/Patient HTTP/1.1\r\n${lines}${origin}${head}`));
  }
  assert.equal(ehr.requests.length, before, 'nothing is sent');
  return outcomes;
}

/** Waits until a condition is true; if it never is, the test fails at its deadline. @param {() => boolean} condition */
async function until(condition) {
  while (!condition()) await eventLoopTurn();
}

/** @type {Record<string, Variant[]>} */
export const CONNECTIONS = {
  S050: [
    {
      title: 'through toNode',
      async run({ listen, ehr, fhir, browser, id }) {
        const { port, headers } = await listen();
        ehr.answer('/fhir/Patient/zoe', { json: {} });
        const hidden = { ...HIDDEN, ...headers, 'accept-encoding': 'x-evil', connection: 'close, authorization, x-evil', 'x-evil': '1' };
        const request = httpRequest({ port, path: '/auth/fhir/Patient/zoe', headers: { ...hidden, accept: 'application/fhir+json' } });
        request.end();
        const [response] = await once(request, 'response');
        response.resume();
        assert.equal(response.statusCode, 200);
        const [forwarded] = fhir();
        const { authorization, host, accept, ...otherHeaders } = forwarded?.headers ?? {};
        assert.deepEqual([authorization, host, accept], [`Bearer ${ehr.issued[0]?.access_token}`, new URL(ehr.origin).host, 'application/fhir+json']);
        const text = JSON.stringify(otherHeaders);
        for (const [name, value] of Object.entries(HIDDEN)) assert.notEqual(otherHeaders[name], value, name);
        for (const secret of [browser.cookie(), id, 'evil']) assert.ok(!text.includes(secret), text);
        // Node's `fetch` adds these headers.
        const addedByNode = ['accept-encoding', 'accept-language', 'connection', 'sec-fetch-mode', 'user-agent'];
        assert.deepEqual(Object.keys(otherHeaders).filter((name) => !addedByNode.includes(name)), []);
        return { FHIR: 'ok' };
      },
    },
  ],

  S051: [
    {
      title: 'POST, followed by a second request',
      run(play) {
        const heads = Object.entries(SMUGGLED).map(([title, head]) => [title, head + SECOND_REQUEST]);
        return sendRaw(play, Object.fromEntries(heads), 'POST');
      },
    },
  ],

  S052: [
    {
      title: 'through toNode',
      run: (play) =>
        sendRaw(
          play,
          {
            CR: 'Accept: a\rX-Evil: 1\r\n\r\n',
            NUL: 'Accept: a\u0000b\r\n\r\n',
            'CR in a name': 'X\r-Evil: 1\r\n\r\n',
            'a name with a space': 'X Evil: 1\r\n\r\n',
            'no colon': 'Evil\r\n\r\n',
            'DEL': 'Accept: a\u007fb\r\n\r\n',
          },
          'GET',
        ),
    },
  ],

  S053: [
    {
      title: 'through toNode',
      async run({ listen, ehr, fhir }) {
        const { raw, lines } = await listen();
        ehr.answer('/fhir/Patient/zoe', { json: {} });
        const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
        for (const path of ['fhir/Patient/zoe', 'session']) {
          const received = await raw(`GET /auth/${path} HTTP/1.1\r\n${lines}${upgrade}\r\n`);
          assert.match(received, /^HTTP\/1\.1 200 /, path);
          assert.doesNotMatch(received, /^upgrade:/im);
        }
        const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
        assert.match(await raw(`GET /auth/fhir/Patient/zoe HTTP/1.1\r\n${lines}${h2c}\r\n`), /^HTTP\/1\.1 200 /);
        const names = fhir().flatMap(({ headers }) => Object.keys(headers));
        assert.deepEqual(names.filter((name) => /upgrade|websocket|http2/.test(name)), []);
        return { upgrade: 'ok' };
      },
    },
  ],

  S054: [
    {
      title: 'through toNode',
      async run({ listen }) {
        const { raw, lines, origin, headers } = await listen();
        const manyHeaders = Array.from({ length: 3_000 }, (_, number) => `X-${number}: 1\r\n`).join('');
        const outcomes = {
          'one header': statusOf(await raw(`GET /auth/session HTTP/1.1\r\n${lines}X-A: ${'a'.repeat(100_000)}\r\n\r\n`)),
          'many headers': statusOf(await raw(`GET /auth/session HTTP/1.1\r\n${lines}${manyHeaders}\r\n`)),
          'a long target': statusOf(await raw(`GET /auth/session?${'a'.repeat(100_000)} HTTP/1.1\r\n${lines}\r\n`)),
        };
        assert.equal((await fetch(`${origin}/auth/session`, { headers })).status, 200);
        return outcomes;
      },
    },
  ],

  S055: [
    {
      title: 'during an endless response',
      async run({ listen, ehr }) {
        const { port, headers, origin } = await listen();
        const connectionEnds = ehr.watch('/fhir/Binary/endless');
        ehr.answer('/fhir/Binary/endless', { endless: true, headers: { 'content-type': 'application/octet-stream' } });
        const clientRequest = httpRequest({ port, path: '/auth/fhir/Binary/endless', headers });
        clientRequest.on('error', () => {});
        clientRequest.end();
        const [response] = await once(clientRequest, 'response');
        await once(response, 'data');
        clientRequest.destroy();
        await connectionEnds;
        return { 'the next request': await fetch(`${origin}/auth/session`, { headers }) };
      },
    },
    {
      title: 'before the response',
      async run({ listen, ehr, fhir }) {
        const { port, headers, origin } = await listen();
        const connectionEnds = ehr.watch('/fhir/Patient/slow');
        ehr.answer('/fhir/Patient/slow', { silent: true });
        const clientRequest = httpRequest({ port, path: '/auth/fhir/Patient/slow', headers });
        clientRequest.on('error', () => {});
        clientRequest.end();
        await until(() => fhir().length === 1);
        clientRequest.destroy();
        await connectionEnds;
        return { 'the next request': await fetch(`${origin}/auth/session`, { headers }) };
      },
    },
    {
      title: 'during an upload',
      async run({ listen, ehr }) {
        const { port, headers, origin } = await listen();
        const connectionEnds = ehr.watch('/fhir/Binary');
        ehr.answer('/fhir/Binary', { status: 201 });
        const clientRequest = httpRequest({ port, path: '/auth/fhir/Binary', method: 'POST', headers: { ...headers, 'content-type': 'text/plain', 'content-length': 1_000_000 } });
        clientRequest.on('error', () => {});
        clientRequest.write('x'.repeat(100_000));
        await until(() => ehr.began('/fhir/Binary'));
        clientRequest.destroy();
        await connectionEnds;
        assert.equal(ehr.requestsTo('/fhir/Binary').length, 0, 'the upload is not complete');
        return { 'the next request': await fetch(`${origin}/auth/session`, { headers }) };
      },
    },
  ],

  S056: [
    {
      title: 'every route',
      async run({ send, ehr }) {
        const before = ehr.requests.length;
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const [route, allow] of Object.entries({
          launch: 'GET',
          login: 'GET',
          callback: 'GET, POST',
          'callback/one': 'GET, POST',
          session: 'GET, HEAD',
          logout: 'POST',
          'front-channel-logout': 'GET',
          'jwks.json': 'GET, HEAD',
          'request/x': 'GET',
          'fhir/Patient': 'GET, HEAD, POST, PUT, DELETE',
        })) {
          for (const method of ['PROPFIND', 'PATCH', 'QUERY', 'OPTIONS', 'GETX', 'PUT', 'HEAD']) {
            if (allow.includes(method)) continue;
            const response = await send(route, { method, headers: { origin: 'https://app.example' } });
            assert.deepEqual([response.status, response.headers.get('allow')], [405, allow], `${method} ${route}`);
            outcomes[`${method} ${route}`] = method === 'HEAD' ? 'config_invalid' : response;
          }
        }
        assert.equal(ehr.requests.length, before);
        return outcomes;
      },
    },
    {
      title: 'TRACE and CONNECT, through toNode',
      async run({ listen, ehr }) {
        const { raw, lines } = await listen();
        const before = ehr.requests.length;
        const trace = await raw(`TRACE /auth/session HTTP/1.1\r\n${lines}\r\n`);
        assert.match(trace, /^HTTP\/1\.1 4\d\d /);
        assert.doesNotMatch(trace, /smart-launch|cookie/i);
        assert.equal(await raw(`CONNECT evil.example:443 HTTP/1.1\r\n${lines}\r\n`), '', 'the connection ends');
        assert.equal(ehr.requests.length, before);
        return { TRACE: 'config_invalid' };
      },
    },
  ],
};
