// Group D: members of the token response.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

/** @param {string} title @param {object} changes @param {Partial<Variant>} variant @returns {Variant} */
const tokenResponseWith = (title, changes, variant = {}) => ({ title, run: (play) => play.tokens(changes), ...variant });
/** @param {string} name @param {Record<string, unknown>} values */
const refusedValues = (name, values) => Object.entries(values).map(([title, value]) => tokenResponseWith(title, { [name]: value }));
/**
 * A token response that is accepted, with this warning or none.
 *
 * @param {string} title
 * @param {object} changes
 * @param {string} [warning]
 * @param {(session: Outcome, play: Play) => unknown} check
 */
const accepted = (title, changes, warning, check = () => {}) =>
  tokenResponseWith(title, changes, {
    code: 'ok',
    left: 'NEW',
    check: async (play, session) => {
      assert.deepEqual(
        session.warnings?.map(({ code }) => code),
        warning ? [warning] : [],
      );
      await check(session, play);
    },
  });
/** @param {number | null} seconds @returns {(session: Outcome) => void} */
const hasLifetime =
  (seconds) =>
  ({ expiresAt, issuedAt }) =>
    assert.equal(expiresAt, seconds === null ? null : required(issuedAt) + seconds * 1_000);
/** @param {(text: string) => string} edit @returns {Pick<Variant, 'run'>} */
const editedBody = (edit) => ({
  run: (play) =>
    play.exchange(() => ({
      headers: { 'content-type': 'application/json' },
      body: edit(JSON.stringify(play.ehr.tokenResponse())),
    })),
});
/** @param {number} count */
const members = (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`member${index}`, index]));

/** @type {import('./play.mjs').Rows} */
export const TOKENS = {
  H061: refusedValues('access_token', {
    missing: undefined,
    empty: '',
    object: {},
    '1 MB': 'x'.repeat(1e6),
    'line end': 'canary\r\nx-injected: 1',
    'beyond ASCII': 'tökén',
    space: 'a b',
  }),
  H062: [
    ...refusedValues('token_type', {
      missing: undefined,
      mac: 'mac',
      number: 7,
      null: null,
      constructor: 'constructor',
      DPoP: 'DPoP',
    }),
    ...['Bearer', 'BEARER', 'bEaReR'].map((type) => accepted(type, { token_type: type })),
  ],
  H065: [accepted('digits in a string', { expires_in: '3600' }, undefined, hasLifetime(3_600))],
  H066: [
    ...['3600abc', '', true, [], {}, 1.5, '1e9', '١٢'].map((value) =>
      accepted(JSON.stringify(value), { expires_in: value }, 'expires_in_invalid', hasLifetime(null)),
    ),
    accepted('null', { expires_in: null }, undefined, hasLifetime(null)),
    tokenResponseWith(
      'NaN, which is not JSON',
      {},
      { ...editedBody((text) => text.replace('3600', 'NaN')), code: 'json_invalid', left: 'USED' },
    ),
    tokenResponseWith(
      'under strict',
      { expires_in: 'soon' },
      { options: { strict: true }, code: 'token_response_invalid', left: 'USED' },
    ),
  ],
  H067: [0, -5, '0'].map((value) =>
    accepted(JSON.stringify(value), { expires_in: value }, undefined, async (session, { client, ehr, refreshes }) => {
      assert.equal(session.expiresAt, session.issuedAt);
      ehr.grant({ expires_in: value });
      await client.getAccessToken();
      assert.equal(refreshes().length, 1);
    }),
  ),
  H069: [
    accepted(
      'the default, and one refresh on 401',
      { expires_in: undefined },
      undefined,
      async (session, { client, ehr, refreshes }) => {
        assert.equal(session.expiresAt, null);
        await client.getAccessToken();
        assert.equal(refreshes().length, 0);
        ehr.answer('/fhir/Patient', { status: 401 });
        assert.equal((await client.fetch('Patient')).status, 401);
        assert.equal(refreshes().length, 1);
      },
    ),
  ],
  H070: [
    .../** @satisfies {[string, string | undefined, string[] | number, string | undefined, string[]][]} */ ([
      ['absent', undefined, ['launch/patient', 'patient/*.rs', 'offline_access'], undefined, []],
      ['empty', '', [], 'scope_not_granted', ['launch/patient', 'patient/*.rs', 'offline_access']],
      ['narrower', 'launch/patient', ['launch/patient'], 'scope_not_granted', ['patient/*.rs', 'offline_access']],
      ['wider', 'launch/patient patient/*.rs offline_access user/*.cruds', 4, undefined, []],
      ['reordered', 'offline_access patient/*.rs launch/patient', 3, undefined, []],
      ['repeated', 'launch/patient launch/patient patient/*.rs offline_access', 4, undefined, []],
      ['tabs', 'launch/patient\tpatient/*.rs\toffline_access', 3, 'scope_malformed', []],
    ]).map(([title, scope, scopes, warning, missing]) =>
      accepted(title, { scope }, warning, (session) => {
        if (Array.isArray(scopes)) assert.deepEqual(session.scopes, scopes);
        else assert.equal(session.scopes?.length, scopes);
        assert.deepEqual(session.scopesNotGranted, missing);
      }),
    ),
    tokenResponseWith('array', { scope: ['launch/patient'] }, { code: 'token_response_invalid', left: 'USED' }),
  ],
  H071: [
    ...['number', 'path', 'slash', '1 MB', 'empty', 'object'].map((title, index) =>
      tokenResponseWith(
        title,
        { patient: [7, '../../', 'a/b', 'x'.repeat(1e6), '', {}][index] },
        { code: 'launch_context_invalid' },
      ),
    ),
    tokenResponseWith('encounter with a space', { encounter: 'a b' }, { code: 'launch_context_invalid' }),
    accepted('absent though granted', { patient: undefined }, 'launch_context_missing', (session) =>
      assert.equal(session.patient, null),
    ),
  ],
  H073: [
    ...refusedValues('refresh_token', { empty: '', object: {}, number: 7 }),
    tokenResponseWith(
      'same as the access token',
      { refresh_token: 'canary-both', access_token: 'canary-both' },
      { code: 'ok', left: 'NEW' },
    ),
  ],
  H074: [
    tokenResponseWith('10,000', members(10_000), { code: 'token_response_invalid', left: 'USED' }),
    tokenResponseWith('1,000', members(1_000), { code: 'token_response_invalid', left: 'USED' }),
    accepted('a few', { project: { id: 7 }, 'hub.topic': 't', roles: ['a'] }, undefined, ({ tokenResponse }) => {
      const { project, roles, 'hub.topic': topic } = required(tokenResponse);
      assert.deepEqual([project, topic, roles], [{ id: 7 }, 't', ['a']]);
    }),
  ],
  H075: [
    accepted(
      'names of members of the session, and others',
      {
        profile: 'x',
        state: 'x',
        isOpenId: true,
        expires_at: 1,
        userState: 'x',
        appState: 'x',
        serverUrl: 'https://evil.example',
        key: 'x',
        persisted: 'x',
        tokenEndpoint: 'https://evil.example',
        issued: 1,
        constructor: 'x',
      },
      undefined,
      async (session, { client, ehr, settings }) => {
        assert.equal(session.appState, undefined);
        assert.equal(session.serverUrl, settings.fhirBaseUrl);
        assert.equal(session.persisted, true);
        assert.ok(required(session.issuedAt) > 1e12);
        await client.refresh();
        assert.equal(ehr.requestsTo('/token').length, 2);
      },
    ),
    tokenResponseWith(
      '__proto__',
      {},
      {
        ...editedBody((text) => text.replace('{', '{"__proto__":{"patient":"evil","polluted":true},')),
        code: 'ok',
        left: 'NEW',
        check: (play, session) => {
          assert.equal(Reflect.get({}, 'polluted'), undefined);
          assert.equal(Reflect.get(session, 'polluted'), undefined);
          assert.equal(session.patient, 'zoe');
        },
      },
    ),
  ],
};
