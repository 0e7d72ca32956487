// Group E: the ID token.

import assert from 'node:assert/strict';
import { SCOPE, SCOPE_OPENID } from '../ehr.mjs';
import { required } from '../required.mjs';
import { keyFor, signed } from '../signer.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../ehr.mjs').Ehr} Ehr
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 * @typedef {Partial<Variant>} VariantMembers
 */

const CLIENT_ID = 'growth-chart';
export const OPENID_OPTIONS = { scope: SCOPE_OPENID };
const DAY = 86_400;
export const now = () => Math.floor(Date.now() / 1_000);

/**
 * The response to a sign-in with `openid`, with the ID token that `createIdToken` returns.
 *
 * @param {Play} play
 * @param {(ehr: Ehr) => string} createIdToken
 * @returns {() => ScriptedResponse}
 */
export const openidResponse =
  ({ ehr }, createIdToken) =>
  () => ({ json: ehr.tokenResponse({ scope: SCOPE_OPENID, id_token: createIdToken(ehr) }) });
/**
 * @param {string} title
 * @param {(ehr: Ehr, play: Play) => string} createIdToken
 * @param {VariantMembers} members
 * @returns {Variant}
 */
export const idTokenVariant = (title, createIdToken, { options, ...members } = {}) => ({
  title,
  options: { ...OPENID_OPTIONS, ...options },
  run: (play) => play.exchange(openidResponse(play, (ehr) => createIdToken(ehr, play))),
  ...members,
});
const OK = { code: 'ok', left: 'NEW' };
const REFUSED = { code: 'id_token_invalid', left: 'USED' };
/** @param {unknown} value */
const shortJson = (value) => JSON.stringify(value, (_, part) => part ?? 'missing')?.slice(0, 60);
/**
 * A variant whose ID token has changed claims, which may depend on the server's origin.
 *
 * @param {VariantMembers} outcome
 * @returns {(changes: object | ((server: { origin: string }) => object), members?: VariantMembers) => Variant}
 */
const claimsVariant = (outcome) => (changes, members) => {
  const claimsOf = typeof changes === 'function' ? changes : () => changes;
  const title = String(shortJson(claimsOf({ origin: 'ORIGIN' })));
  return idTokenVariant(title, (ehr) => ehr.idToken(claimsOf(ehr)), { ...outcome, ...members });
};
const refused = claimsVariant(REFUSED);
const accepted = claimsVariant(OK);
/** @param {{ warnings?: readonly { code: string }[] }} session */
const codes = ({ warnings }) => warnings?.map(({ code }) => code);

/**
 * A variant whose ID token has a time this many seconds from now, on a stopped clock.
 *
 * @param {ReturnType<typeof claimsVariant>} claim
 * @returns {(name: string, distance: number, members?: VariantMembers) => Variant}
 */
const timeVariant = (claim) => (name, distance, members) => {
  const variant = claim(() => ({ [name]: now() + distance }), { ...members, title: `${name} ${distance} s from now` });
  return { ...variant, run: (play) => (stopClock(play.test), variant.run(play)) };
};
/** @param {import('node:test').TestContext} test */
const stopClock = (test) => {
  const time = Math.floor(Date.now() / 1_000) * 1_000;
  return test.mock.method(Date, 'now', () => time);
};

/** @param {unknown} fhirUser @param {string | undefined} expected @param {string[]} warnings */
const fhirUserVariant = (fhirUser, expected, ...warnings) =>
  accepted(
    { fhirUser },
    {
      check: ({ settings, ehr }, session) => {
        const url = expected?.replace('BASE', String(settings.fhirBaseUrl)).replace('ORIGIN', ehr.origin);
        assert.equal(session.fhirUser, url ?? null);
        assert.deepEqual(codes(session), warnings);
      },
    },
  );

/** @param {object} value */
const encodePart = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** @param {{ origin: string }} server */
const unsignedUserInfo = ({ origin }) => ({
  headers: { 'content-type': 'application/jwt' },
  body: `${encodePart({ alg: 'none' })}.${encodePart({ iss: origin, aud: CLIENT_ID, sub: 'amara' })}.`,
});

/**
 * A variant whose claims are written as text, with these members before the usual ones.
 *
 * @param {string} members
 * @param {VariantMembers} outcome
 */
const withMembers = (members, outcome) =>
  idTokenVariant(
    members,
    (ehr) => signed(headerOf(keyFor()), JSON.stringify(ehr.claims()).replace('{', `{${members},`), keyFor()),
    outcome,
  );
/** @param {{ algorithm: string, kid: string }} key */
const headerOf = ({ algorithm, kid }) => ({ alg: algorithm, typ: 'JWT', kid });

/** @param {string} title @param {string | undefined} scope @param {VariantMembers} members @returns {Variant} */
const withoutIdToken = (title, scope, members) => ({
  title,
  options: OPENID_OPTIONS,
  run: (play) => play.tokens({ scope }),
  ...members,
});

const attackerKey = () => keyFor('RS256', 'evil');
/** @param {string} name @param {(play: Play) => unknown} hint */
const keyHint = (name, hint) => {
  /** @param {string} title @param {() => ReturnType<typeof keyFor>} key @param {string} kid @param {VariantMembers} [outcome] */
  const withKey = (title, key, kid, outcome) => {
    const header = (/** @type {Play} */ play) => ({ kid, [name]: hint(play) });
    return idTokenVariant(`${name} ${title}`, (ehr, play) => ehr.idToken({}, { key: key(), header: header(play) }), outcome);
  };
  return [
    withKey("of the attacker's key", attackerKey, 'RS256-1'),
    withKey('and an unknown kid', attackerKey, 'RS256-evil'),
    withKey('with a valid signature', () => keyFor(), 'RS256-1', OK),
  ];
};

/** @type {import('./play.mjs').Rows} */
export const IDENTITY = {
  H077: [
    ...['https://evil.example', undefined, ''].map((iss) => refused({ iss })),
    refused(({ origin }) => ({ iss: [origin] })),
    refused(({ origin }) => ({ iss: `${origin}/` })),
    ...['evil', undefined, [CLIENT_ID, 'evil'], [CLIENT_ID, 1], [], ['evil'], { [CLIENT_ID]: CLIENT_ID }, `${CLIENT_ID} `].map(
      (aud) => refused({ aud }),
    ),
    ...['evil', [CLIENT_ID], ''].flatMap((azp) => [refused({ azp }), refused({ azp, aud: [CLIENT_ID, 'another'] })]),
    refused({ azp: CLIENT_ID, aud: [CLIENT_ID, 1] }),
    ...[{ aud: [CLIENT_ID] }, { azp: CLIENT_ID }, { aud: ['another', CLIENT_ID], azp: CLIENT_ID }].map((changes) =>
      accepted(changes),
    ),
  ],
  H078: [
    ...[-61, -60].map((distance) => timeVariant(refused)('exp', distance)),
    ...[undefined, '2000000000', 1e308, -1, [2e9]].map((exp) => refused({ exp })),
    timeVariant(refused)('nbf', 61),
    refused({ nbf: 'soon' }),
    refused({ iat: undefined }),
    refused({ iat: '1700000000' }),
    ...[DAY, 61, -7 * DAY].map((distance) => timeVariant(refused)('iat', distance)),
    ...[-59, 10 * 365 * DAY, 300.5].map((distance) => timeVariant(accepted)('exp', distance)),
    timeVariant(accepted)('nbf', 60),
    ...[60, -3_600].map((distance) => timeVariant(accepted)('iat', distance)),
    timeVariant(accepted)('exp', -299, { options: { clockSkewSeconds: 300 } }),
    timeVariant(refused)('exp', -300, { options: { clockSkewSeconds: 300 } }),
  ],
  H079: [
    ...['wrong', ['wrong'], 7, ''].map((nonce) => refused({ nonce })),
    { ...refused({ nonce: 'unrequested' }), options: {} },
    idTokenVariant('in an array', (ehr) => ehr.idToken({ nonce: [ehr.claims().nonce] }), REFUSED),
    accepted({ nonce: undefined }, { check: (play, session) => assert.deepEqual(codes(session), ['nonce_missing']) }),
    refused({ nonce: undefined }, { title: 'missing, under strict', options: { strict: true } }),
  ],
  H081: [
    ...[undefined, '', 7, 'x'.repeat(300), ['amara']].map((sub) => refused({ sub })),
    accepted({ sub: 'x'.repeat(255) }),
    ...[
      'javascript:alert(1)',
      'data:text/html,x',
      'Organization/1',
      'Practitioner',
      'Practitioner/../Patient/..',
      7,
      'http://ehr.example/fhir/Practitioner/1',
    ].map((fhirUser) => fhirUserVariant(fhirUser, undefined, 'fhir_user_invalid')),
    ...['https://evil.example/Practitioner/1', 'https://evil.example/fhir/Person/1'].map((fhirUser) =>
      fhirUserVariant(fhirUser, fhirUser, 'fhir_user_elsewhere'),
    ),
    fhirUserVariant('/Person/1', 'ORIGIN/Person/1', 'fhir_user_elsewhere'),
    fhirUserVariant('Practitioner/1', 'BASE/Practitioner/1'),
    accepted(
      { fhirUser: undefined, profile: 'Patient/1' },
      { check: ({ settings }, session) => assert.equal(session.fhirUser, `${settings.fhirBaseUrl}/Patient/1`) },
    ),
    accepted(
      { fhirUser: undefined, profile: 'https://people.example/amara' },
      { check: (play, session) => assert.deepEqual([session.fhirUser, codes(session)], [null, []]) },
    ),
  ],
  H082: [
    .../** @satisfies {[string, string?][]} */ ([
      ['openid in the response', SCOPE_OPENID],
      ['no scope in the response', undefined],
    ]).flatMap(([title, scope]) => [
      withoutIdToken(title, scope, {
        ...OK,
        check: (play, session) => {
          assert.deepEqual([session.idToken, session.fhirUser], [null, null]);
          assert.ok(codes(session)?.includes('id_token_missing'));
        },
      }),
      withoutIdToken(`${title}, strictly`, scope, { ...REFUSED, options: { ...OPENID_OPTIONS, strict: true } }),
    ]),
    withoutIdToken('openid not granted', SCOPE, {
      ...OK,
      check: (play, session) => assert.deepEqual([session.idToken, codes(session)], [null, ['scope_not_granted']]),
    }),
  ],
  H083: [
    ...[{ crit: ['exp'] }, { crit: [] }, { b64: false }, { typ: 'at+jwt' }].map((header) =>
      idTokenVariant(shortJson(header), (ehr) => ehr.idToken({}, { header })),
    ),
    ...keyHint('jku', ({ otherServer }) => `${otherServer.origin}/keys`),
    ...keyHint('x5u', ({ otherServer }) => `${otherServer.origin}/certificate`),
    ...keyHint('jwk', () => attackerKey().jwk),
    ...keyHint('x5c', () => ['MIIB']),
  ],
  H085: [
    ...['"sub":"another"', '"x":"\\ud800"', '"x":"\\udc00\\ud800"', '"\\u0073ub":"another"'].map((members) =>
      withMembers(members, REFUSED),
    ),
    idTokenVariant(
      'a repeated member of the header',
      (ehr) => signed(JSON.stringify(headerOf(keyFor())).replace('{', '{"alg":"none",'), ehr.claims(), keyFor()),
      REFUSED,
    ),
    withMembers('"__proto__":{"sub":"evil","polluted":true},"constructor":1,"name":"Zo\\u00eb Nguyễn 💡"', {
      ...OK,
      check: (play, session) => {
        const idToken = required(session.idToken);
        assert.deepEqual([idToken.sub, idToken.name], ['amara', 'Zoë Nguyễn 💡']);
        assert.equal(Reflect.get({}, 'polluted'), undefined);
        assert.equal(Object.getPrototypeOf(idToken), Object.prototype);
      },
    }),
  ],
  H090: /** @satisfies {[string, ScriptedResponse | ((ehr: Ehr) => ScriptedResponse)][]} */ ([
    ['another sub', { json: { sub: 'another' } }],
    ['no sub', { json: { name: 'Zoë' } }],
    ['a token with alg none', unsignedUserInfo],
    ['a sub in an array', { json: { sub: ['amara'] } }],
  ]).map(([title, response]) => ({
    title,
    options: OPENID_OPTIONS,
    left: 'KEEP',
    async run(play) {
      const { ehr } = play;
      await play.begin();
      ehr.answer('/token', () => ({ json: ehr.tokenResponse({ scope: SCOPE_OPENID, id_token: ehr.idToken() }) }));
      await play.respond();
      ehr.answer('/.well-known/openid-configuration', {
        json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` },
      });
      ehr.answer('/userinfo', typeof response === 'function' ? response(ehr) : response);
      return play.client.userInfo();
    },
  })),
};
