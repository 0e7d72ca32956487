// Group E: the ID token.

import assert from 'node:assert/strict';
import { SCOPE, SCOPE_OPENID } from '../ehr.mjs';
import { required } from '../required.mjs';
import { keyFor, signed } from '../signer.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../ehr.mjs').Ehr} Ehr
 * @typedef {import('../scripted-server.mjs').Answer} Answer
 * @typedef {Partial<Variant>} More
 */

const US = 'growth-chart';
export const ASKING = { scope: SCOPE_OPENID };
const DAY = 86_400;
export const now = () => Math.floor(Date.now() / 1_000);

/**
 * The response to a sign-in with `openid`, with the ID token that `make` returns.
 *
 * @param {Play} play
 * @param {(ehr: Ehr) => string} make
 * @returns {() => Answer}
 */
export const answering =
  ({ ehr }, make) =>
  () => ({ json: ehr.tokenResponse({ scope: SCOPE_OPENID, id_token: make(ehr) }) });
/** @param {string} title @param {(ehr: Ehr, play: Play) => string} make @param {More} more @returns {Variant} */
export const tokenBy = (title, make, { options, ...more } = {}) => ({
  title,
  options: { ...ASKING, ...options },
  run: (play) => play.exchange(answering(play, (ehr) => make(ehr, play))),
  ...more,
});
const OK = { code: 'ok', left: 'NEW' };
const REFUSED = { code: 'id_token_invalid', left: 'USED' };
/** @param {unknown} value */
const short = (value) => JSON.stringify(value, (_, part) => part ?? 'missing')?.slice(0, 60);
/**
 * The same with changed claims, which may depend on the server's origin.
 *
 * @param {More} outcome
 * @returns {(changes: object | ((server: { origin: string }) => object), more?: More) => Variant}
 */
const claimBy = (outcome) => (changes, more) => {
  const claimsOf = typeof changes === 'function' ? changes : () => changes;
  return tokenBy(String(short(claimsOf({ origin: 'ORIGIN' }))), (ehr) => ehr.idToken(claimsOf(ehr)), { ...outcome, ...more });
};
const refused = claimBy(REFUSED);
const accepted = claimBy(OK);
/** @param {{ warnings?: readonly { code: string }[] }} session */
const codes = ({ warnings }) => warnings?.map(({ code }) => code);

/**
 * Claims with a time this many seconds from now, on a stopped clock.
 *
 * @param {ReturnType<typeof claimBy>} claim
 * @returns {(name: string, distance: number, more?: More) => Variant}
 */
const timeBy = (claim) => (name, distance, more) => {
  const variant = claim(() => ({ [name]: now() + distance }), { ...more, title: `${name} ${distance} s from now` });
  return { ...variant, run: (play) => (standStill(play.test), variant.run(play)) };
};
/** @param {import('node:test').TestContext} test */
const standStill = (test) => {
  const time = Math.floor(Date.now() / 1_000) * 1_000;
  return test.mock.method(Date, 'now', () => time);
};

/** @param {unknown} fhirUser @param {string | undefined} expected @param {string[]} warnings */
const user = (fhirUser, expected, ...warnings) =>
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
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** @param {{ origin: string }} server */
const unsigned = ({ origin }) => ({
  headers: { 'content-type': 'application/jwt' },
  body: `${part({ alg: 'none' })}.${part({ iss: origin, aud: US, sub: 'amara' })}.`,
});

/**
 * Claims as text, with members before the usual ones.
 *
 * @param {string} members
 * @param {More} outcome
 */
const withMembers = (members, outcome) =>
  tokenBy(
    members,
    (ehr) => signed(headerOf(keyFor()), JSON.stringify(ehr.claims()).replace('{', `{${members},`), keyFor()),
    outcome,
  );
/** @param {{ algorithm: string, kid: string }} key */
const headerOf = ({ algorithm, kid }) => ({ alg: algorithm, typ: 'JWT', kid });

/** @param {string} title @param {string | undefined} scope @param {More} more @returns {Variant} */
const without = (title, scope, more) => ({
  title,
  options: ASKING,
  run: (play) => play.tokens({ scope }),
  ...more,
});

const attackers = () => keyFor('RS256', 'evil');
/** @param {string} name @param {(play: Play) => unknown} hint */
const hintBy = (name, hint) => {
  /** @param {string} title @param {() => ReturnType<typeof keyFor>} key @param {string} kid @param {More} [outcome] */
  const by = (title, key, kid, outcome) => {
    const header = (/** @type {Play} */ play) => ({ kid, [name]: hint(play) });
    return tokenBy(`${name} ${title}`, (ehr, play) => ehr.idToken({}, { key: key(), header: header(play) }), outcome);
  };
  return [
    by("of the attacker's key", attackers, 'RS256-1'),
    by('and no such kid', attackers, 'RS256-evil'),
    by('with a valid signature', () => keyFor(), 'RS256-1', OK),
  ];
};

/** @type {import('./play.mjs').Rows} */
export const IDENTITY = {
  H077: [
    ...['https://evil.example', undefined, ''].map((iss) => refused({ iss })),
    refused(({ origin }) => ({ iss: [origin] })),
    refused(({ origin }) => ({ iss: `${origin}/` })),
    ...['evil', undefined, [US, 'evil'], [US, 1], [], ['evil'], { [US]: US }, `${US} `].map((aud) => refused({ aud })),
    ...['evil', [US], ''].flatMap((azp) => [refused({ azp }), refused({ azp, aud: [US, 'another'] })]),
    refused({ azp: US, aud: [US, 1] }),
    ...[{ aud: [US] }, { azp: US }, { aud: ['another', US], azp: US }].map((changes) => accepted(changes)),
  ],
  H078: [
    ...[-61, -60].map((distance) => timeBy(refused)('exp', distance)),
    ...[undefined, '2000000000', 1e308, -1, [2e9]].map((exp) => refused({ exp })),
    timeBy(refused)('nbf', 61),
    refused({ nbf: 'soon' }),
    refused({ iat: undefined }),
    refused({ iat: '1700000000' }),
    ...[DAY, 61, -7 * DAY].map((distance) => timeBy(refused)('iat', distance)),
    ...[-59, 10 * 365 * DAY, 300.5].map((distance) => timeBy(accepted)('exp', distance)),
    timeBy(accepted)('nbf', 60),
    ...[60, -3_600].map((distance) => timeBy(accepted)('iat', distance)),
    timeBy(accepted)('exp', -299, { options: { clockSkewSeconds: 300 } }),
    timeBy(refused)('exp', -300, { options: { clockSkewSeconds: 300 } }),
  ],
  H079: [
    ...['wrong', ['wrong'], 7, ''].map((nonce) => refused({ nonce })),
    { ...refused({ nonce: 'unrequested' }), options: {} },
    tokenBy('in an array', (ehr) => ehr.idToken({ nonce: [ehr.claims().nonce] }), REFUSED),
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
    ].map((fhirUser) => user(fhirUser, undefined, 'fhir_user_invalid')),
    ...['https://evil.example/Practitioner/1', 'https://evil.example/fhir/Person/1'].map((fhirUser) =>
      user(fhirUser, fhirUser, 'fhir_user_elsewhere'),
    ),
    user('/Person/1', 'ORIGIN/Person/1', 'fhir_user_elsewhere'),
    user('Practitioner/1', 'BASE/Practitioner/1'),
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
      ['openid echoed', SCOPE_OPENID],
      ['no scope echoed', undefined],
    ]).flatMap(([title, scope]) => [
      without(title, scope, {
        ...OK,
        check: (play, session) => {
          assert.deepEqual([session.idToken, session.fhirUser], [null, null]);
          assert.ok(codes(session)?.includes('id_token_missing'));
        },
      }),
      without(`${title}, strictly`, scope, { ...REFUSED, options: { ...ASKING, strict: true } }),
    ]),
    without('openid not granted', SCOPE, {
      ...OK,
      check: (play, session) => assert.deepEqual([session.idToken, codes(session)], [null, ['scope_not_granted']]),
    }),
  ],
  H083: [
    ...[{ crit: ['exp'] }, { crit: [] }, { b64: false }, { typ: 'at+jwt' }].map((header) =>
      tokenBy(short(header), (ehr) => ehr.idToken({}, { header })),
    ),
    ...hintBy('jku', ({ elsewhere }) => `${elsewhere.origin}/keys`),
    ...hintBy('x5u', ({ elsewhere }) => `${elsewhere.origin}/certificate`),
    ...hintBy('jwk', () => attackers().jwk),
    ...hintBy('x5c', () => ['MIIB']),
  ],
  H085: [
    ...['"sub":"another"', '"x":"\\ud800"', '"x":"\\udc00\\ud800"', '"\\u0073ub":"another"'].map((members) =>
      withMembers(members, REFUSED),
    ),
    tokenBy(
      'a repeated header',
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
  H090: /** @satisfies {[string, Answer | ((ehr: Ehr) => Answer)][]} */ ([
    ['another sub', { json: { sub: 'another' } }],
    ['no sub', { json: { name: 'Zoë' } }],
    ['a token with alg none', unsigned],
    ['a sub in an array', { json: { sub: ['amara'] } }],
  ]).map(([title, answer]) => ({
    title,
    options: ASKING,
    left: 'KEEP',
    async run(play) {
      const { ehr } = play;
      await play.begin();
      ehr.answer('/token', () => ({ json: ehr.tokenResponse({ scope: SCOPE_OPENID, id_token: ehr.idToken() }) }));
      await play.answer();
      ehr.answer('/.well-known/openid-configuration', {
        json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` },
      });
      ehr.answer('/userinfo', typeof answer === 'function' ? answer(ehr) : answer);
      return play.client.userInfo();
    },
  })),
};
