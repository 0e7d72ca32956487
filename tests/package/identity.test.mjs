// Claims of ID tokens: the rules of OpenID Connect Core §3.1.3.7, with real signatures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { SCOPE, SCOPE_OPENID, startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';
import { encode, keyFor, leftHash } from './signer.mjs';
import { NO_EARLY_KEYS, appWithIdToken, refusedFor } from './id-token-app.mjs';

const CLIENT_ID = 'growth-chart';
const seconds = () => Math.floor(Date.now() / 1_000);
const warningCodes = ({ warnings }) => warnings.map(({ code }) => code);

/** Asserts that an ID token with each of these claims is refused because of `name`, and that there is no session. */
async function assertRefused(test, name, claims, settings) {
  const app = await appWithIdToken(test, { ...NO_EARLY_KEYS, ...settings });
  for (const changes of claims) {
    await assert.rejects(app.signInWithClaims(changes), refusedFor(name), JSON.stringify(changes));
    assert.equal(app.client.getState().session, null);
  }
  assert.equal(app.keyRequests(), 0, 'no keys are requested for a refused token');
}

test('nonce is sent if openid is requested, and only then', async (t) => {
  const { ehr, client } = await appWithIdToken(t);
  const nonceOf = async (options) =>
    new URL((await client.authorize({ navigate: false, ...options })).url).searchParams.get('nonce');
  const nonces = [await nonceOf(), await nonceOf()];
  assert.ok(nonces.every((nonce) => /^[\w-]{43}$/.test(nonce)));
  assert.notEqual(nonces[0], nonces[1]);
  assert.equal(await nonceOf({ scope: SCOPE }), null);
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('verified ID token: the session has its claims and fhirUser', async (t) => {
  const { ehr, client, signInWithClaims, keyRequests } = await appWithIdToken(t);
  const session = await signInWithClaims({ name: 'Amara Okafor', acr: '1' });
  const { nonce, iat, exp, ...stable } = session.idToken;
  assert.deepEqual(stable, {
    iss: ehr.origin,
    sub: 'amara',
    aud: CLIENT_ID,
    fhirUser: `${ehr.fhirBaseUrl}/Practitioner/amara`,
    name: 'Amara Okafor',
    acr: '1',
  });
  assert.match(nonce, /^[\w-]{43}$/);
  assert.equal(exp - iat, 300);
  assert.equal(session.fhirUser, `${ehr.fhirBaseUrl}/Practitioner/amara`);
  assert.deepEqual(warningCodes(session), []);
  assert.equal(keyRequests(), 1);
  assert.equal(await createSmartClient(ehr.options()).ready(), null, 'without a page each client has its own memory');
  assert.equal(client.getState().session, session);
});

test('claims are frozen', async (t) => {
  const { signInWithClaims } = await appWithIdToken(t);
  const { idToken } = await signInWithClaims({ address: { country: 'KE' }, amr: ['pwd', ['otp']] });
  for (const part of [idToken, idToken.address, idToken.amr, idToken.amr[1]]) assert.ok(Object.isFrozen(part));
  assert.throws(() => (idToken.sub = 'another'), TypeError);
  assert.throws(() => idToken.amr.push('x'), TypeError);
});

test('claims with characters beyond ASCII are unchanged', async (t) => {
  const { signInWithClaims } = await appWithIdToken(t);
  const names = { name: 'Zoë Nguyễn 💡', given_name: 'Нина', family_name: '小林', nickname: 'e\u0301 "\\\u0000' };
  const { idToken } = await signInWithClaims(names);
  for (const [name, value] of Object.entries(names)) assert.equal(idToken[name], value);
});

test('iss that is not exactly the issuer is refused', async (t) => {
  const { ehr, signInWithClaims, keyRequests } = await appWithIdToken(t, NO_EARLY_KEYS);
  const { origin } = ehr;
  const invalidIssuers = [undefined, null, '', 7, 'https://evil.example', [origin], `${origin}/`, `${origin}/a`];
  for (const iss of invalidIssuers) await assert.rejects(signInWithClaims({ iss }), refusedFor('iss'), String(iss));
  assert.equal(keyRequests(), 0);
});

test('sub that is missing, empty, not a string or too long is refused', (t) =>
  assertRefused(
    t,
    'sub',
    [undefined, null, '', 7, ['amara'], 'x'.repeat(256)].map((sub) => ({ sub })),
  ));

test('aud without this client, or with others and no azp, is refused', (t) => {
  const invalidAudiences = [
    ...[undefined, 'another', `${CLIENT_ID} `, [], ['another']],
    ...[[CLIENT_ID, 'another'], [CLIENT_ID, 7], { [CLIENT_ID]: CLIENT_ID }],
  ];
  return assertRefused(
    t,
    'aud',
    invalidAudiences.map((aud) => ({ aud })),
  );
});

test('azp with another client is refused', (t) =>
  assertRefused(t, 'azp', [{ azp: 'another' }, { azp: [CLIENT_ID] }, { azp: 'another', aud: [CLIENT_ID, 'another'] }]));

test('aud with only this client, or with others and this client as azp, is accepted', async (t) => {
  const { signInWithClaims } = await appWithIdToken(t);
  for (const changes of [{ aud: [CLIENT_ID] }, { azp: CLIENT_ID }, { aud: ['another', CLIENT_ID], azp: CLIENT_ID }]) {
    assert.equal((await signInWithClaims(changes)).idToken.sub, 'amara');
  }
});

test('iat that is missing, not a number, in the future or days old is refused', (t) =>
  assertRefused(
    t,
    'iat',
    [undefined, null, `${seconds()}`, seconds() + 3_600, seconds() - 2 * 86_400].map((iat) => ({ iat })),
  ));

test('exp that is missing, not a number or in the past is refused', (t) =>
  assertRefused(
    t,
    'exp',
    [undefined, `${seconds() + 300}`, 0, -1, seconds() - 61].map((exp) => ({ exp })),
  ));

test('clocks may differ by a minute, or by clockSkewSeconds', async (t) => {
  const { signInWithClaims } = await appWithIdToken(t);
  for (const changes of [{ exp: seconds() - 50 }, { iat: seconds() + 55 }, { nbf: seconds() + 55 }]) {
    assert.ok((await signInWithClaims(changes)).idToken);
  }
  const lenient = await appWithIdToken(t, { options: { clockSkewSeconds: 300 } });
  assert.ok((await lenient.signInWithClaims({ exp: seconds() - 280 })).idToken);
  await assert.rejects(lenient.signInWithClaims({ exp: seconds() - 301 }), refusedFor('exp'));
});

test('nonce of another sign-in is refused', (t) =>
  assertRefused(
    t,
    'nonce',
    ['another', '', 7, ['another']].map((nonce) => ({ nonce })),
  ));

test('nonce that was not sent is refused', (t) =>
  assertRefused(t, 'nonce', [{ nonce: 'x' }], { options: { scope: SCOPE } }));

test('missing nonce is a warning, because PKCE also binds the code to the sign-in, and an error with `strict`', async (t) => {
  const { signInWithClaims } = await appWithIdToken(t);
  assert.deepEqual(warningCodes(await signInWithClaims({ nonce: undefined })), ['nonce_missing']);
  const strict = await appWithIdToken(t, { options: { strict: true } });
  await assert.rejects(strict.signInWithClaims({ nonce: undefined }), { code: 'id_token_invalid' });
});

for (const [algorithm, bits] of [
  ['RS256', 256],
  ['PS256', 256],
  ['ES256', 256],
  ['RS384', 384],
  ['ES384', 384],
  ['RS512', 512],
  ['EdDSA', 512],
]) {
  test(`at_hash of ${algorithm} is the left half of SHA-${bits}, and any other hash is refused`, async (t) => {
    const { ehr, signInWithToken } = await appWithIdToken(t);
    const key = keyFor(algorithm);
    ehr.publish(key.jwk);
    const members = { access_token: 'canary-access' };
    const signInWithHash = (at_hash) => signInWithToken(() => ehr.idToken({ at_hash }, { key }), members);
    const validHash = leftHash(bits, members.access_token);
    assert.equal((await signInWithHash(validHash)).idToken.at_hash, validHash);
    const otherHashes = [256, 384, 512].filter((size) => size !== bits).map((size) => leftHash(size, 'canary-access'));
    const malformed = [validHash.slice(0, -2), `${validHash}AA`, '', 7, [validHash]];
    for (const invalidHash of [leftHash(bits, 'another'), ...otherHashes, ...malformed]) {
      await assert.rejects(signInWithHash(invalidHash), refusedFor('at_hash'), String(invalidHash));
    }
  });
}

test('missing ID token: id_token_missing, or an error with `strict`; scope_not_granted if openid is not granted', async (t) => {
  const { ehr, client } = await appWithIdToken(t);
  const strict = createSmartClient(ehr.options({ scope: SCOPE_OPENID, strict: true }));
  for (const scope of [SCOPE_OPENID, undefined]) {
    ehr.grant({ id_token: undefined, scope });
    const { idToken, fhirUser, warnings } = await signIn(client);
    assert.deepEqual([idToken, fhirUser], [null, null]);
    assert.ok(warnings.some(({ code }) => code === 'id_token_missing'));
    await assert.rejects(signIn(strict), { code: 'id_token_invalid' });
  }
  ehr.grant({ id_token: undefined, scope: SCOPE });
  const session = await signIn(client);
  assert.deepEqual([session.idToken, session.fhirUser, warningCodes(session)], [null, null, ['scope_not_granted']]);
});

test('ID token is verified even if it was not requested', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  const client = createSmartClient(ehr.options());
  assert.equal((await signIn(client)).idToken.sub, 'amara');
  ehr.grant(() => ({ id_token: ehr.idToken({ aud: 'another' }) }));
  await assert.rejects(signIn(client), refusedFor('aud'));
});

test('ID token of a server without an issuer is ignored with a warning, or refused if it was requested', async (t) => {
  const ehr = await startEhr(t, { idToken: {}, configuration: { issuer: undefined } });
  const session = await signIn(createSmartClient(ehr.options()));
  assert.deepEqual([session.idToken, session.fhirUser, warningCodes(session)], [null, null, ['id_token_unverified']]);
  const otherClient = createSmartClient(ehr.options({ scope: SCOPE_OPENID, clientId: 'another' }));
  await assert.rejects(signIn(otherClient), refusedFor('iss'));
});

test('ID token of another type, encrypted or malformed, is refused', async (t) => {
  const { ehr, keyRequests, signInWithToken } = await appWithIdToken(t, NO_EARLY_KEYS);
  const header = (changes) => () => ehr.idToken({}, { header: changes });
  for (const token of [
    header({ typ: 'at+jwt' }),
    header({ typ: 'logout+jwt' }),
    header({ crit: ['exp'] }),
    header({ b64: false }),
    () => [encode('{"alg":"RSA-OAEP","enc":"A256GCM"}'), 'a2V5', 'aXY', 'dGV4dA', 'dGFn'].join('.'),
    () => `${ehr.idToken()}.a2V5.dGFn`,
    () => ehr.idToken().split('.').slice(0, 2).join('.'),
    () => `~${ehr.idToken()}`,
    () => 'opaque',
  ]) {
    await assert.rejects(signInWithToken(token), refusedFor('header'));
  }
  assert.equal(keyRequests(), 0);
});
