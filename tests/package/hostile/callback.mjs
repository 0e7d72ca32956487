// Group B: the callback.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';
import { callbackOf } from '../sign-in.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 */

/** @param {Play} play */
const assertNoExchange = ({ exchanges }) => assert.equal(exchanges().length, 0);
/**
 * A changed response. No token request may follow, unless `variant` has another check.
 *
 * @param {string} title
 * @param {Record<string, string>} changes
 * @param {(url: string) => string} [edit]
 * @param {Partial<Variant>} [variant]
 * @returns {Variant}
 */
const changedResponse = (title, changes, edit, variant = {}) => ({
  title,
  run: (play) => play.respond(changes, edit),
  check: assertNoExchange,
  ...variant,
});
/** @param {string} name @returns {(url: string) => string} */
const withoutParameter = (name) => (url) => url.replace(new RegExp(`([?&])${name}=[^&]*&?`), '$1');
/** @param {string} name @param {string} value */
const repeatedParameter = (name, value) =>
  changedResponse(`${name} twice`, {}, (url) => `${url}&${name}=${value}&${name}=${value}`);
const sendsIss = { authorization_response_iss_parameter_supported: true };
/** @param {string} error @param {Record<string, string>} parameters @returns {(url: string) => string} */
const withError =
  (error, parameters = {}) =>
  (url) =>
    `${withoutParameter('code')(url)}&${new URLSearchParams({ error, ...parameters })}`;

/** @type {import('./play.mjs').Rows} */
export const CALLBACK = {
  H023: [
    changedResponse('unknown', { state: 'A'.repeat(43) }),
    changedResponse('malformed', { state: 'short' }),
    {
      title: 'of another tab',
      async run(play) {
        await play.begin();
        const ownStorage = play.tab.storage;
        const { state } = await play.client.authorize({ navigate: false });
        ownStorage.removeItem(`smart-launch:sign-in:${state}`);
        return play.client.ready({ callback: callbackOf(required(play.request), { state }) });
      },
      check: assertNoExchange,
    },
    {
      title: 'older than an hour',
      async run(play) {
        const oldRequest = await play.client.authorize({ navigate: false });
        const now = Date.now();
        play.test.mock.method(Date, 'now', () => now + 3_601_000);
        await play.begin();
        return play.client.ready({ callback: callbackOf(oldRequest) });
      },
      check: assertNoExchange,
    },
  ],
  H025: [
    changedResponse('no state and no code', {}, (url) => String(url.split('?')[0])),
    changedResponse('empty', { state: '' }),
    changedResponse('1 MB', { state: 'x'.repeat(1e6) }),
    changedResponse('malformed encoding', {}, (url) => url.replace('state=', 'state=%zz')),
    changedResponse('bytes that are not UTF-8', {}, (url) => url.replace('code=', 'code=%ff')),
    changedResponse('code and error', {}, (url) => `${url}&error=access_denied`),
  ],
  H026: [changedResponse('code without state', {}, withoutParameter('state'))],
  H027: [
    changedResponse('code twice', {}, (url) => `${url}&code=other`),
    changedResponse('code twice, once encoded', {}, (url) => `${url}&c%6Fde=other`),
    changedResponse('state twice', {}, (url) => `${url}&state=other`),
    repeatedParameter('iss', 'https%3A%2F%2Fehr.example'),
    repeatedParameter('error', 'access_denied'),
  ],
  H029: [
    changedResponse('wrong state', { state: 'A'.repeat(43) }, withError('access_denied', { error_description: 'trust me' }), {
      check: (play, error) => assert.equal(error.oauth, undefined),
    }),
    changedResponse('no state', {}, (url) => withoutParameter('state')(withError('access_denied')(url)), {
      check: (play, error) => assert.equal(error.oauth, undefined),
    }),
  ],
  H030: ['login_required', 'consent_required', 'interaction_required', 'account_selection_required'].map((error) =>
    changedResponse(error, {}, withError(error)),
  ),
  H031: /** @satisfies {[string, string, string][]} */ ([
    ['markup', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['terminal codes', '\u001b[31mred', '[31mred'],
    ['bidi override', 'a\u202eb', 'ab'],
    ['NUL', 'a\u0000b', 'ab'],
    ['quotes and backslash', 'a"b\\c', 'a"b\\c'],
    ['200 kB', 'x'.repeat(200_000), 'x'.repeat(1_024)],
  ]).map(([title, description, expected]) =>
    changedResponse(
      title,
      {},
      withError('access_denied', { error_description: description, error_uri: 'javascript:alert(1)' }),
      {
        check: (play, error) => {
          assert.deepEqual(error.oauth, { error: 'access_denied', description: expected });
          assert.ok(!required(error.message).includes('access_denied'));
        },
      },
    ),
  ),
  H033: [
    changedResponse('missing', {}, undefined, { configuration: sendsIss }),
    changedResponse('empty', { iss: '' }, undefined, { configuration: sendsIss }),
    changedResponse('empty, not advertised', { iss: '' }),
    changedResponse('missing on an error', {}, withError('access_denied'), { configuration: sendsIss }),
  ],
  H034: [
    changedResponse('on an error', { iss: 'https://evil.example' }, withError('access_denied'), {
      check: (play, error) => assert.equal(error.oauth, undefined),
    }),
    changedResponse('with a code', { iss: 'https://evil.example' }),
    {
      title: 'with an additional slash',
      run: (play) => play.respond({ iss: `${play.ehr.origin}/` }),
      check: assertNoExchange,
    },
  ],
  H035: [
    {
      title: 'two servers',
      run(play) {
        const servers = [{ fhirBaseUrl: play.ehr.fhirBaseUrl }, { fhirBaseUrl: 'https://other.example/fhir' }];
        const { fhirBaseUrl, ...shared } = play.settings;
        const client = play.page.createSmartClient({ ...shared, servers });
        return client.authorize({ navigate: false, iss: fhirBaseUrl });
      },
    },
  ],
  H037: ['access_token', 'id_token', 'token', 'response'].map((name) => changedResponse(name, { [name]: 'evil' })),
  H038: [
    changedResponse('other path', {}, (url) => url.replace('/back', '/elsewhere')),
    changedResponse('other host', {}, (url) => url.replace('app.example', 'evil.example')),
    changedResponse('other port', {}, (url) => url.replace('app.example', 'app.example:8443')),
    changedResponse('longer path', {}, (url) => url.replace('/back', '/back/more')),
  ],
  H039: /** @satisfies {[string, string][]} */ ([
    ['more fields', 'a&client_id=evil'],
    ['plus', 'a+b c'],
    ['percent', '100%25%'],
    ['unicode', 'Zoë 👩‍⚕️'],
    ['64 KiB', 'x'.repeat(65_536)],
  ]).map(([title, code]) =>
    changedResponse(title, { code }, undefined, {
      check: ({ exchanges }) => {
        assert.equal(exchanges().length, 1);
        assert.deepEqual(exchanges()[0]?.fields.getAll('code'), [code]);
        assert.deepEqual(exchanges()[0]?.fields.getAll('client_id'), ['growth-chart']);
      },
    }),
  ),
  H041: [
    {
      title: 'the session is restored instead',
      code: 'ok',
      async run(play) {
        await play.signIn();
        await play.open(callbackOf(required(play.request)), { fresh: true });
        return play.client.ready();
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    },
    {
      title: 'the session was in memory only',
      options: { storage: 'memory' },
      left: 'USED',
      async run(play) {
        await play.signIn();
        await play.open(callbackOf(required(play.request)), { fresh: true });
        return play.client.ready();
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    },
  ],
  H045: [
    {
      title: 'the second finished first',
      async run(play) {
        const first = await play.client.authorize({ navigate: false, appState: 'first' });
        const second = await play.client.authorize({ navigate: false, appState: 'second' });
        assert.equal((await play.client.ready({ callback: callbackOf(second) }))?.appState, 'second');
        return play.client.ready({ callback: callbackOf(first) });
      },
      check: ({ client }) => assert.equal(client.getState().session?.appState, 'first'),
    },
  ],
  H046: [
    '//evil.example',
    '/\\\\evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    '/a\r\nb',
    `/${'x'.repeat(9_000)}`,
  ].map((returnTo) => ({
    title: JSON.stringify(returnTo).slice(0, 20),
    async run(play) {
      await play.begin({ returnTo });
      return play.respond();
    },
    check: (play, session) => assert.equal(session.returnTo, '/'),
  })),
};
