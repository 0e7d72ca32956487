// Group R: responses of servers: texts, media types, ids, types of members, keys, documents.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { SCOPE, SCOPE_OPENID } from '../ehr.mjs';
import { required } from '../required.mjs';
import { encode, keyFor } from '../signer.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('smart-launch').SmartClient} SmartClient
 */

/** @param {{ warnings?: { code: string }[] | readonly { code: string }[] }} session */
const codes = ({ warnings }) => warnings?.map(({ code }) => code);
const STRICT = { strict: true };

/** Ways to write a secret. @type {Record<string, (secret: string) => string>} */
const ENCODINGS = {
  raw: (secret) => secret,
  'only its beginning': (secret) => secret.slice(0, 20),
  'without its beginning': (secret) => secret.slice(5),
  'percent-encoded': encodeURIComponent,
  'percent-encoded twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'JSON-escaped': (secret) => secret.replaceAll('/', '\\u002f'),
  'with escaped slashes': (secret) => secret.replaceAll('/', '\\/'),
  base64: btoa,
  'base64 with a prefix': (secret) => btoa(`x:${secret}`),
  hexadecimal: (secret) => Buffer.from(secret).toString('hex'),
};
const ACCESS = 'AQ/b+3cd=access-token-one';
const REFRESH = 'AQ/b+3cd=refresh-token-one';

/**
 * Endpoints whose error responses repeat a secret, and the call that gets such a response.
 *
 * @type {Record<string, [code: string, path: string, call: (play: Play) => unknown]>}
 */
const ENDPOINTS = {
  token: ['token_refused', '/token', ({ client }) => client.refresh()],
  revocation: ['logout_remote_failed', '/revoke', async ({ client }) => throwError((await client.logout()).error)],
  userinfo: ['token_refused', '/userinfo', ({ client }) => client.userInfo()],
  introspection: ['token_refused', '/introspect', ({ client }) => client.introspect()],
  FHIR: ['http_status', '/fhir/Patient/x', ({ client }) => client.request('Patient/x')],
};

/** @param {unknown} error */
function throwError(error) {
  throw error;
}

/** @param {Play} play @param {object | (() => object)} tokens */
async function signInWithTokens(play, tokens) {
  play.ehr.grant(tokens, {});
  await play.signIn();
  play.mark();
}

/** @param {string} endpoint @param {string} encoding @param {boolean} isolated @returns {Variant} */
const repeatedSecret = (endpoint, encoding, isolated) => {
  const [code, path, call] = required(ENDPOINTS[endpoint]);
  return {
    title: `${endpoint}, ${encoding}${isolated ? ', isolated' : ''}`,
    code,
    left: endpoint === 'revocation' ? 'OUT' : 'unchanged',
    isolated,
    options: { scope: SCOPE_OPENID },
    async run(play) {
      const { ehr, workers } = play;
      ehr.answer('/.well-known/openid-configuration', {
        json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` },
      });
      ehr.configure({ introspection_endpoint: `${ehr.origin}/introspect` });
      const tokens = { access_token: ACCESS, refresh_token: REFRESH, scope: SCOPE_OPENID };
      await signInWithTokens(play, () => ({ ...tokens, id_token: ehr.idToken() }));
      const encodedTokens = [ACCESS, REFRESH].map(required(ENCODINGS[encoding]));
      workers.received.length = 0;
      const refusal = { error: 'invalid_token', error_description: `bad ${encodedTokens.join(' ')}.` };
      ehr.answer(path, { status: 400, json: endpoint === 'FHIR' ? { resourceType: 'OperationOutcome', issue: [{ diagnostics: encodedTokens.join(' ') }] } : refusal });
      try {
        return await call(play);
      } catch (error) {
        const body = JSON.stringify(Reflect.get(Object(error), 'body'));
        const text = [inspect(error, { depth: 9 }), JSON.stringify(error), body, textOfMessages(workers.received)].join('\n');
        const hiddenTokens = endpoint === 'FHIR' && !isolated ? encodedTokens.slice(0, 1) : encodedTokens;
        for (const token of hiddenTokens) assert.ok(!text.includes(token), text);
        throw error;
      } finally {
        ehr.grant({ scope: SCOPE_OPENID });
        ehr.answer(path, { status: 200 });
      }
    },
  };
};

/**
 * The messages from the worker to the page.
 *
 * @param {unknown[]} received
 */
const textOfMessages = (received) =>
  JSON.stringify(
    received.map((message) => {
      const { result, ...rest } = /** @type {{ result?: { body?: BufferSource } }} */ (message);
      return { ...rest, result: result?.body ? new TextDecoder().decode(result.body) : result };
    }),
  );

const KEPT_TEXTS = ['Zugriff für Müller', '"quoted" \'so\' \\ back', 'Доступ запрещён', '拒否されました', 'تم رفض الوصول', 'प्रवेश निषेध', '💡 ½ €'];
const REMOVED_CHARACTERS = ['\u0000', '\u001b', '\u200b', '\u200e', '\u202e', '\u2066', '\ufeff', '\u00ad'];

/** @param {string} title @param {string} description @param {string} expected @returns {Variant} */
const errorDescription = (title, description, expected) => ({
  title,
  code: 'token_refused',
  async run(play) {
    await play.signIn();
    play.mark();
    play.ehr.answer('/token', { status: 401, json: { error: 'invalid_client', error_description: description } });
    return play.client.refresh();
  },
  check(play, { oauth }) {
    assert.equal(oauth?.description, expected);
    play.ehr.grant({});
  },
});

/**
 * A sign-in whose token response has these members.
 *
 * @param {string} title
 * @param {object} members
 * @param {string} code
 * @param {string} left
 * @param {Partial<Variant>} variant
 * @returns {Variant}
 */
const tokenResponseWith = (title, members, code, left, variant = {}) => ({
  title: variant.options?.strict ? `${title}, strictly` : title,
  code,
  left,
  run: (play) => play.tokens(members),
  ...variant,
});

const ODD_IDS = { 'of 65 letters': 'a'.repeat(65), 'with an underscore': 'a_b', 'that is a URN': 'urn:oid:1.2.3' };
const BAD_IDS = ['a/b', 'a?b', 'a#b', 'a\\b', '.', '..', '%2e%2e', 'a%2fb', 'a\nb', 'a\u0000b', '', ' a', 'a'.repeat(513)];

/**
 * Members of the token response with a wrong type, or with a URL that is not https; the member of the session that they affect,
 * and its value.
 *
 * @type {[members: object, name: string, expected: unknown][]}
 */
const OTHER_TYPES = [
  [{ intent: 7 }, 'intent', null],
  [{ tenant: ['x'] }, 'tenant', null],
  [{ smart_style_url: 'http://ehr.example/style.json' }, 'smartStyleUrl', null],
  [{ smart_style_url: {} }, 'smartStyleUrl', null],
  [{ fhirContext: [{ reference: 7 }, { reference: 'Basic/1', type: {} }] }, 'fhirContext', [{ reference: 'Basic/1', role: 'launch' }]],
  [{ fhirContext: 'Basic/1' }, 'fhirContext', []],
  [
    { authorization_details: [{ type: 'smart_on_fhir', locations: [7, 'https://a.example'], fhirVersions: [4], scope: 7, fhirContext: {} }] },
    'authorizationDetails',
    [{ patient: 'zoe', fhirContext: [], scope: SCOPE, locations: ['https://a.example'], fhirVersions: [] }],
  ],
];
const ODD_METADATA = [{ capabilities: 7 }, { scopes_supported: [['openid']] }, { grant_types_supported: 'authorization_code' }];

/**
 * A sign-in at a server that publishes `keys`, with an ID token that `key` signs.
 *
 * @param {string} title
 * @param {object[]} keys
 * @param {import('../ehr.mjs').SigningKey} key
 * @param {string} code
 * @param {string} left
 * @returns {Variant}
 */
const idTokenSignedBy = (title, keys, key, code, left) => ({
  title,
  code,
  left,
  options: { scope: SCOPE_OPENID },
  run(play) {
    const { ehr } = play;
    ehr.publish(...keys);
    ehr.grant(() => ({ scope: SCOPE_OPENID, id_token: ehr.idToken({}, { key }) }), { scope: SCOPE });
    return play.respond();
  },
  async check(play) {
    assert.equal(play.ehr.requestsTo('/jwks').length, 1);
    if (left !== 'USED') return;
    play.ehr.publish(keyFor().jwk);
  },
});

/**
 * A text's hash as RSASSA-PKCS1-v1_5 pads it (RFC 8017 §9.2). With the exponent 1 this is the signature of the text.
 *
 * @param {string} text
 */
function paddedHash(text) {
  const hash = createHash('sha256').update(text).digest();
  const digestInfo = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash]);
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(253 - digestInfo.length, 0xff), Buffer.alloc(1), digestInfo]);
}

const rsaWithExponentOne = () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { ...publicKey.export({ format: 'jwk' }), e: 'AQ', kid: 'one', alg: 'RS256', use: 'sig' };
};
/** A point of order 1. If this point is the public key, the point followed by zero is a valid signature of any text. */
const SMALL_ORDER_POINT = Buffer.from([1, ...Array(31).fill(0)]);

const KEY = keyFor('RS256', '1');
const OTHER = keyFor('RS256', 'other');
const THIRD = keyFor('RS256', 'third');

const STATEMENT = JSON.stringify({ resourceType: 'CapabilityStatement', status: 'active' });

/** @type {import('./play.mjs').Rows} */
export const ANSWERS = {
  H174: [false, true].flatMap((isolated) =>
    Object.keys(ENDPOINTS).flatMap((endpoint) =>
      Object.keys(ENCODINGS).map((encoding) => repeatedSecret(endpoint, encoding, isolated)),
    ),
  ),
  H175: [
    ...KEPT_TEXTS.map((text) => errorDescription(text, text, text)),
    ...REMOVED_CHARACTERS.map((letter) => errorDescription(`U+${letter.charCodeAt(0).toString(16)}`, `a${letter}b`, 'ab')),
  ],
  H176: [
    ...['invalid_grant', 'server_error', 'x'].map((error) =>
      tokenResponseWith(`${error} beside a token`, { error }, 'token_refused', 'USED', {
        check: ({ client }) => assert.equal(client.getState().session, null),
      }),
    ),
    .../** @satisfies {[string, BufferEncoding, string, string][]} */ ([
      ['utf8', 'utf8', 'ok', 'NEW'],
      ['us-ascii', 'utf8', 'ok', 'NEW'],
      ['utf-16', 'utf16le', 'json_invalid', 'USED'],
      ['iso-8859-1', 'latin1', 'json_invalid', 'USED'],
    ]).map(/** @returns {Variant} */ ([charset, encoding, code, left]) => ({
      title: `charset ${charset}`,
      code,
      left,
      run: (play) =>
        play.exchange(() => ({
          headers: { 'content-type': `application/json;charset=${charset}` },
          body: Buffer.from(JSON.stringify(play.ehr.tokenResponse({ tenant: 'Müller' })), encoding),
        })),
      check: (play, outcome) => code === 'ok' && assert.equal(outcome.tenant, 'Müller'),
    })),
  ],
  H177: [
    ...Object.entries(ODD_IDS).flatMap(([title, patient]) => [
      tokenResponseWith(title, { patient }, 'ok', 'NEW', {
        check: (play, session) => assert.deepEqual([session.patient, codes(session)], [patient, ['resource_id_malformed']]),
      }),
      tokenResponseWith(title, { patient }, 'launch_context_invalid', 'USED', { options: STRICT }),
    ]),
    ...['patient', 'encounter'].flatMap((name) =>
      BAD_IDS.map((id) =>
        tokenResponseWith(`${name} ${JSON.stringify(id.slice(0, 9))}`, { [name]: id }, 'launch_context_invalid', 'USED'),
      ),
    ),
  ],
  H178: [
    ...OTHER_TYPES.flatMap(([members, name, expected]) => [
      tokenResponseWith(JSON.stringify(members), members, 'ok', 'NEW', {
        check(play, session) {
          assert.deepEqual(Reflect.get(session, name), expected);
          assert.deepEqual(codes(session), ['launch_context_malformed']);
        },
      }),
      tokenResponseWith(JSON.stringify(members), members, 'token_response_invalid', 'USED', { options: STRICT }),
    ]),
    ...ODD_METADATA.flatMap(/** @returns {Variant[]} */ (configuration) => [
      {
        title: JSON.stringify(configuration),
        configuration,
        async run(play) {
          assert.deepEqual(codes(await play.client.discover()), ['discovery_member_invalid']);
          return play.signIn();
        },
      },
      {
        title: `${JSON.stringify(configuration)}, strictly`,
        code: 'discovery_invalid',
        left: 'NONE',
        configuration,
        options: STRICT,
        run: ({ client }) => client.discover(),
      },
    ]),
  ],
  H179: [
    idTokenSignedBy('a key twice', [KEY.jwk, KEY.jwk], KEY, 'ok', 'NEW'),
    idTokenSignedBy('a key twice, once with an additional member', [{ ...KEY.jwk, x5t: 'x' }, KEY.jwk], KEY, 'ok', 'NEW'),
    idTokenSignedBy('two keys with one kid, the first signs', [KEY.jwk, { ...OTHER.jwk, kid: KEY.kid }], KEY, 'ok', 'NEW'),
    idTokenSignedBy('two keys with one kid, the second signs', [{ ...OTHER.jwk, kid: KEY.kid }, KEY.jwk], KEY, 'ok', 'NEW'),
    idTokenSignedBy(
      'two keys with one kid, a third key signs',
      [KEY.jwk, { ...OTHER.jwk, kid: KEY.kid }],
      { ...THIRD, kid: KEY.kid },
      'id_token_invalid',
      'USED',
    ),
    idTokenSignedBy(
      'RSA with the exponent 1',
      [rsaWithExponentOne()],
      { ...KEY, kid: 'one', sign: paddedHash },
      'id_token_invalid',
      'USED',
    ),
    idTokenSignedBy(
      'Ed25519 of small order',
      [{ kty: 'OKP', crv: 'Ed25519', x: encode(SMALL_ORDER_POINT), kid: 'small' }],
      { algorithm: 'EdDSA', kid: 'small', sign: () => Buffer.concat([SMALL_ORDER_POINT, Buffer.alloc(32)]) },
      'id_token_invalid',
      'USED',
    ),
  ],
  H180: /** @satisfies {[string, string | Buffer][]} */ ([
    ['text/html', '<!doctype html><title>Für Ärzte</title>'],
    ['text/html', Buffer.from('<title>Für Ärzte</title>', 'latin1')],
    ['application/json', 'null'],
    ['application/json', '[]'],
    ['application/json', '7'],
    ['application/json', ''],
    ['text/plain', 'Not found'],
    ['application/json', STATEMENT],
    ['application/fhir+json', STATEMENT],
  ]).flatMap(([type, body]) =>
    [{ strict: false }, STRICT].map((options) => ({
      title: `${type} ${body}${options.strict ? ', strictly' : ''}`,
      options,
      run(play) {
        play.ehr.answer('/fhir/.well-known/smart-configuration', { headers: { 'content-type': type }, body });
        return play.client.authorize({ navigate: false });
      },
      check: (play, { message }) => assert.match(message ?? '', /is not a smart-configuration: check `fhirBaseUrl`/),
    })),
  ),
};
