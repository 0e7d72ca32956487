// Group A: launch and discovery.

import assert from 'node:assert/strict';
import { readSmartConfiguration } from 'smart-launch';
import { required } from '../required.mjs';
import { parametersOf } from '../sign-in.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 */

const OUTSIDE = 'https://ehr.example/fhir';
const ENDPOINTS = { authorizationEndpoint: 'https://as.example/authorize', tokenEndpoint: 'https://as.example/token' };
/** Options of an app at a server that need not exist. */
const outsideOptions = { fhirBaseUrl: OUTSIDE, endpoints: ENDPOINTS };

/** @param {Play} play */
const assertNothingSent = ({ ehr }) => assert.equal(ehr.requests.length, 0);
/**
 * @param {string} title
 * @param {string | Record<string, string>} parameters
 * @param {Partial<Variant>} variant
 * @returns {Variant}
 */
const launchWith = (title, parameters, variant = {}) => ({
  title,
  run: (play) => play.launch(parameters),
  options: outsideOptions,
  check: assertNothingSent,
  ...variant,
});
/** @param {string} title @param {Partial<Variant>} variant @returns {Variant} */
const startSignIn = (title, variant) => ({ title, run: (play) => play.begin(), ...variant });
/**
 * A server that requires pushed requests and responds to them with `json`.
 *
 * @param {string} title
 * @param {object} json
 * @returns {Variant}
 */
const pushedResponse = (title, json) => ({
  title,
  run(play) {
    const { ehr } = play;
    ehr.configure({ pushed_authorization_request_endpoint: `${ehr.origin}/par`, require_pushed_authorization_requests: true });
    ehr.answer('/par', { status: 201, json });
    return play.begin();
  },
});
/**
 * A smart-configuration that is sent as this response.
 *
 * @param {string} title
 * @param {(document: object) => ScriptedResponse} body
 * @param {Partial<Variant>} variant
 * @returns {Variant}
 */
const documentWith = (title, body, variant = {}) => ({
  title,
  run(play) {
    const response = { headers: { 'content-type': 'application/json' }, ...body(play.ehr.document) };
    play.ehr.answer('/fhir/.well-known/smart-configuration', response);
    return play.begin();
  },
  ...variant,
});
/** @param {(text: string) => string} edit @returns {(document: object) => ScriptedResponse} */
const editedText = (edit) => (document) => ({ body: edit(JSON.stringify(document)) });

/** @type {import('./play.mjs').Rows} */
export const LAUNCH = {
  H001: [launchWith('another server', { iss: 'https://evil.example/fhir' })],
  H002: [
    .../** @satisfies {[string, string][]} */ ([
      ['user info', 'https://ehr.example@evil.example/fhir'],
      ['user info before the host', 'https://user:word@ehr.example/fhir'],
      ['@ in the path', 'https://evil.example/@ehr.example/fhir'],
      ['backslash', 'https://evil.example\\@ehr.example/fhir'],
      ['tab', 'https://ehr\t.example/fhir'],
      ['look-alike', 'https://еhr.example/fhir'],
      ['trailing dot', 'https://ehr.example./fhir'],
      ['dot segments', 'https://ehr.example/evil/../fhir'],
      ['encoded dot segments', 'https://ehr.example/evil/%2e%2e/fhir'],
      ['longer path', 'https://ehr.example/fhirevil'],
      ['query', 'https://ehr.example/fhir?x=y'],
      ['other port', 'https://ehr.example:444/fhir'],
    ]).map(([title, iss]) => launchWith(title, { iss })),
    .../** @satisfies {[string, string][]} */ ([
      ['upper-case host', 'https://EHR.example/fhir'],
      ['default port', 'https://ehr.example:443/fhir'],
      ['final slash', 'https://ehr.example/fhir/'],
    ]).map(([title, iss]) =>
      launchWith(
        title,
        { iss },
        {
          code: 'ok',
          left: 'PEND',
          run: async (play) => (play.request = await play.launch({ iss })),
          check: (play) => {
            assert.equal(parametersOf(required(play.request)).aud, iss);
            // The sign-in can be completed only with a token endpoint that exists.
            const [key, record] = required(Object.entries(play.tab.storage)[0]);
            play.tab.storage.setItem(key, record.replace('https://as.example', play.ehr.origin));
          },
          options: { ...outsideOptions, endpoints: ENDPOINTS },
        },
      ),
    ),
  ],
  H003: [
    'http://ehr.example/fhir',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://ehr.example/x',
    'file:///etc/passwd',
  ].map((iss) => launchWith(iss, { iss })),
  H005: [
    launchWith('iss twice', `iss=${encodeURIComponent(OUTSIDE)}&iss=https%3A%2F%2Fevil.example&launch=x`),
    launchWith('launch twice', `iss=${encodeURIComponent(OUTSIDE)}&launch=x&launch=y`),
  ],
  H006: /** @satisfies {[string, string][]} */ ([
    ['64 KiB', 'x'.repeat(65_536)],
    ['line end', 'a%0D%0Ab'],
    ['NUL', 'a%00b'],
    ['lone surrogate', '%ED%A0%80'],
    ['broken encoding', '%zz'],
  ]).map(([title, launch]) => launchWith(title, `iss=${encodeURIComponent(OUTSIDE)}&launch=${launch}`)),
  H007: /** @satisfies {[string, (origin: string) => string][]} */ ([
    ['slash', (origin) => `${origin}/`],
    ['case', (origin) => origin.replace('http', 'HTTP')],
    ['port', (origin) => `${origin}0`],
    ['path', (origin) => `${origin}/realm`],
  ]).map(([title, statedIssuer]) => ({
    title,
    run(play) {
      play.ehr.configure({ issuer: statedIssuer(play.ehr.origin) });
      const client = play.page.createSmartClient({ ...play.settings, issuer: play.ehr.origin });
      return client.authorize({ navigate: false });
    },
  })),
  H009: [
    startSignIn('http', { configuration: { token_endpoint: 'http://as.example/token' } }),
    startSignIn('link-local address', { configuration: { token_endpoint: 'https://169.254.169.254/token' } }),
    {
      title: 'another origin, which is allowed',
      code: 'ok',
      left: 'PEND',
      async run(play) {
        const { port } = new URL(play.ehr.origin);
        play.ehr.configure({ token_endpoint: `http://localhost:${port}/token` });
        return play.begin();
      },
    },
    {
      title: 'loopback without permission',
      run: () => readSmartConfiguration({ fhirBaseUrl: OUTSIDE, body: '{"token_endpoint":"https://127.0.0.1/token"}' }),
    },
  ],
  H010: [
    startSignIn('not stated', { configuration: { code_challenge_methods_supported: undefined }, code: 'pkce_unsupported' }),
    startSignIn('s256', { configuration: { code_challenge_methods_supported: ['s256'] }, code: 'pkce_unsupported' }),
    startSignIn('plain alone', { configuration: { code_challenge_methods_supported: ['plain'] }, code: 'pkce_unsupported' }),
    startSignIn('plain beside S256', {
      configuration: { code_challenge_methods_supported: ['plain', 'S256'] },
      code: 'ok',
      left: 'PEND',
      check: async ({ request, client }) => {
        assert.equal(parametersOf(required(request)).code_challenge_method, 'S256');
        assert.deepEqual(
          (await client.discover()).warnings.map(({ code }) => code),
          ['pkce_plain_advertised'],
        );
      },
    }),
  ],
  H011: [301, 302, 307, 308].map((status) => ({
    title: String(status),
    run(play) {
      play.ehr.answer('/fhir/.well-known/smart-configuration', {
        status,
        redirect: `${play.otherServer.origin}/configuration`,
      });
      return play.begin();
    },
  })),
  H013: [documentWith('64 MiB', () => ({ size: 64 * 1024 * 1024 })), documentWith('endless', () => ({ endless: true }))],
  H014: [
    documentWith(
      '100,000 deep',
      editedText((document) => document.replace('{', `{"deep":${'['.repeat(1e5)}${']'.repeat(1e5)},`)),
    ),
    documentWith(
      '60,000 members',
      editedText((document) => document.replace('{', `{${members(60_000)},`)),
    ),
    documentWith(
      '20,001 values',
      editedText((document) => document.replace('{', `{"long":[0${',0'.repeat(20_000)}],`)),
    ),
    documentWith(
      '10 MB string, which the size cap stops first',
      editedText((document) => document.replace('{', `{"long":"${'x'.repeat(1e7)}",`)),
      {
        code: 'body_too_large',
      },
    ),
  ],
  H015: [
    documentWith(
      'issuer twice',
      editedText((document) => document.replace('{', '{"issuer":"https://evil.example",')),
    ),
  ],
  H017: /** @satisfies {[string, ScriptedResponse][]} */ ([
    ['503', { status: 503 }],
    ['connection that breaks', { cut: true }],
  ]).map(([title, failure]) => ({
    title,
    async run(play) {
      play.ehr.answer('/fhir/.well-known/smart-configuration', failure, { json: play.ehr.document });
      await assert.rejects(play.client.authorize({ navigate: false }));
      return play.begin();
    },
    check: ({ ehr }) => assert.equal(ehr.requests.length, 2),
  })),
  H018: [
    {
      title: '50 starts',
      async run(play) {
        const starts = Array.from({ length: 50 }, () => play.client.authorize({ navigate: false }));
        [play.request] = await Promise.all(starts);
      },
      check: ({ ehr }) => assert.equal(ehr.requests.length, 1),
    },
  ],
  H019: [
    {
      title: 'reserved name',
      run(play) {
        play.ehr.configure({ authorization_endpoint: `${play.ehr.origin}/authorize?tenant=1&response_type=token` });
        return play.begin();
      },
    },
    {
      title: 'reserved name, encoded',
      run(play) {
        play.ehr.configure({ authorization_endpoint: `${play.ehr.origin}/authorize?clien%74_id=evil` });
        return play.begin();
      },
    },
    {
      title: 'the parameter `tenant` alone stays in the URL',
      code: 'ok',
      left: 'PEND',
      run(play) {
        play.ehr.configure({ authorization_endpoint: `${play.ehr.origin}/authorize?tenant=1` });
        return play.begin();
      },
      check({ request }) {
        assert.ok(request?.method === 'GET');
        assert.match(request.url, /\/authorize\?tenant=1&response_type=code&/);
      },
    },
  ],
  H022: [
    pushedResponse('no request_uri', { expires_in: 60 }),
    pushedResponse('expired', { request_uri: 'urn:example:1', expires_in: 0 }),
    pushedResponse('javascript:', { request_uri: 'javascript:alert(1)', expires_in: 60 }),
  ],
  H021: [startSignIn('without an endpoint', { configuration: { require_pushed_authorization_requests: true } })],
};

/** @param {number} count */
const members = (count) => Array.from({ length: count }, (_, index) => `"k${index}":0`).join();
