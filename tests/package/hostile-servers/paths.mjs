// Group D: paths, targets and queries.

import assert from 'node:assert/strict';
import { ORIGIN } from '../server-app.mjs';
import { statusOf } from './play.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

/** Paths after `fhir/` that some servers or proxies resolve to another path or host. */
const AMBIGUOUS_PATHS = [
  ...['..', '../token', '%2e%2e/token', '..%2ftoken', '%2e%2e%2ftoken', '.%2e/token', '%2E%2E%2Ftoken', '..;/token', '..;x=1/token'],
  ...['.well-known/../../token', 'Patient/../../token', 'Patient/.../../../../token', '..\\token', '..%5ctoken', 'Patient/..%2f..%2ftoken'],
  ...['Patient/..%5c..%5ctoken', 'Patient%5c..%5c..%5ctoken', 'Patient/%2e%2e/%2e%2e/token', 'Patient/%252e%252e/x', '%252e%252e%252ftoken', '%25252e%25252e/x'],
  ...['%c0%ae%c0%ae/token', '%u002e%u002e/token', 'Patient/%uff0e%uff0e/x', '．．/token', 'Patient/%ef%bc%8e%ef%bc%8e/x'],
  ...['Patient/%2fx', 'Patient//x', '//evil.example/x', '/evil.example', '%2f%2fevil.example', '@evil.example/x', ':80/x', ':80@evil.example/'],
  ...['https://evil.example', 'https:/evil.example', 'https:evil.example', '%68ttps://evil.example', '\\evil.example', '\\\\evil.example'],
  ...['Patient;x=1', 'Patient/1;/../../../token', 'Patient/1;jsessionid=1', 'Patient,Observation', 'Patient/1|2', 'Patient/*', 'Patient/{id}', 'Patient/[1]'],
  ...['Patient/%00', 'Patient/zoe%00.json', 'Patient/a%0d%0ax: y', 'Patient/a%0ax', 'Patient/é', 'Patient/a b', 'Patient/a%20b', 'Patient/a+b'],
  ...['Patient/a%3fx', 'Patient/a%23x', 'Patient/%', 'Patient/%zz', "Patient/'", 'Patient/"', 'Patient/<script>', 'Patient/\u202e', 'Patient/a=b', 'Patient/a&b'],
];

/** @param {Play} play @param {(path: string) => Promise<Outcome>} send */
async function forEachPath({ ehr }, send) {
  const before = ehr.requests.length;
  /** @type {Record<string, Outcome>} */
  const outcomes = {};
  for (const path of AMBIGUOUS_PATHS) outcomes[path] = await send(path);
  assert.equal(ehr.requests.length, before, 'nothing is sent');
  return outcomes;
}

/**
 * A request in the form of Node's `http`: the URL is that of the request line, which no URL parser has resolved.
 *
 * @param {Play} play
 * @param {string} url
 */
const unparsedRequest = ({ browser, id }, url) =>
  /** @type {Request} */ (
    /** @type {unknown} */ ({
      method: 'GET',
      url,
      headers: { cookie: browser.cookie(), 'smart-session': id, 'sec-fetch-site': 'same-origin' },
    })
  );

/** Paths that no route has. */
const UNKNOWN_ROUTES = [
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'constructor/prototype', '__proto__/session'],
  ...['SESSION', 'Session', 'sessio%6e', 'session%2f', 'session%00', 'session;x=1', 'session.json', 'session//', '/session', '%2fsession', 'x/../x'],
  ...['', '/', 'jwks', 'jwks.json/x', 'logout/x', 'login/x', 'launch/x', 'request', 'request/', 'request/x/y', 'front-channel-logout/x', 'fhi', 'fhir%2fPatient', 'FHIR/Patient'],
];

/** @type {Record<string, Variant[]>} */
export const PATHS = {
  S040: [
    {
      title: 'not resolved',
      run: (play) => forEachPath(play, (path) => play.smart.handle(unparsedRequest(play, `/auth/fhir/${path}`))),
    },
    {
      title: 'resolved by the URL parser',
      async run(play) {
        const outcomes = await forEachPath(play, async (path) => {
          // The URL parser resolves some of these paths to other routes, which are refused as well.
          const response = await play.send(`${ORIGIN}/auth/fhir/${path}`);
          assert.ok(response.status === 404 || response.status === 401, `${path}: ${response.status}`);
          return response;
        });
        return Object.fromEntries(Object.entries(outcomes).filter(([, outcome]) => /** @type {Response} */ (outcome).status === 404));
      },
    },
  ],

  S041: [
    {
      title: 'through toNode',
      async run(play) {
        const { raw, lines } = await play.listen();
        return forEachPath(play, async (path) => statusOf(await raw(`GET /auth/fhir/${path} HTTP/1.1\r\n${lines}\r\n`)));
      },
    },
  ],

  S042: [
    {
      title: 'through toNode',
      async run({ listen, ehr }) {
        const { raw, lines } = await listen();
        const before = ehr.requests.length;
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const target of [
          ...['http://evil.example/auth/fhir/Patient', 'https://app.example/auth/fhir/Patient', `${ehr.fhirBaseUrl}/Patient`],
          ...['//evil.example/auth/fhir/Patient', '///auth/fhir/Patient', '*', 'evil.example:443', 'auth/fhir/Patient', '\\auth\\fhir\\Patient'],
          ...['/auth', '/auth?/fhir/Patient', '/auth#/fhir/Patient', '/auth/../fhir/Patient', '/auth%2ffhir/Patient', '/Auth/fhir/Patient'],
        ]) {
          outcomes[target] = statusOf(await raw(`GET ${target} HTTP/1.1\r\n${lines}\r\n`));
        }
        assert.equal(ehr.requests.length, before);
        return outcomes;
      },
    },
  ],

  S043: [
    {
      title: 'not resolved',
      async run(play) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const name of UNKNOWN_ROUTES) {
          const response = await play.smart.handle(unparsedRequest(play, `/auth/${name}`));
          assert.equal(response.status, 404, name);
          outcomes[name] = response;
        }
        return outcomes;
      },
    },
  ],

  S044: [
    {
      title: 'path and query',
      async run(play) {
        const long = 'x'.repeat(70_000);
        return {
          query: await play.send(`session?${long}`),
          FHIR: await play.send(`fhir/Patient?name=${long}`),
          path: await play.send(`fhir/Patient/${long}`),
          unparsed: await play.smart.handle(unparsedRequest(play, `/auth/session?${long}`)),
        };
      },
    },
  ],

  S045: [
    {
      title: 'each spelling of the parameter',
      async run({ send, ehr, id, fhir }) {
        ehr.answer('/fhir/Patient', { json: {} });
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const name of ['smart_session', 'smart%5Fsession', '%73mart_session', '%73%6d%61%72%74%5f%73%65%73%73%69%6f%6e']) {
          for (const query of [`${name}=${id}&a=1`, `a=1&${name}=${id}`, `a=1&${name}=${id}&${name}=${id}`, `${name}=${id}&&a=1&`]) {
            const before = fhir().length;
            outcomes[query] = await send(`fhir/Patient?${query}`);
            const request = fhir().at(-1);
            assert.equal(fhir().length, before + 1);
            assert.match(String(request?.url), /^\/fhir\/Patient\?a=1$/);
            assert.ok(!JSON.stringify(request).includes(id));
          }
        }
        return outcomes;
      },
    },
  ],

  S046: [
    {
      title: 'resource types that are not permitted',
      options: { proxy: { paths: ['Patient'] } },
      async run({ send, fhir }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        const paths = ['Observation', 'metadata', '', 'Patients', 'patient', 'Patient.x', '$export', '_search', '.well-known/smart-configuration'];
        for (const path of paths) outcomes[path] = await send(`fhir/${path}`);
        outcomes['the base'] = await send('fhir');
        assert.equal(fhir().length, 0);
        return outcomes;
      },
    },
    {
      title: 'methods that are not permitted',
      options: { proxy: {} },
      async run({ send, fhir }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'get', 'GETX']) {
          const response = await send('fhir/Patient', { method, headers: { origin: ORIGIN } });
          // The platform changes `get` to `GET`, which is permitted.
          if (method === 'get') continue;
          assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD'], method);
          outcomes[method] = response;
        }
        assert.equal(fhir().filter(({ method }) => method !== 'GET').length, 0);
        return outcomes;
      },
    },
  ],
};
