// The signature of an ID token, and the keys it is verified with (RFC 7515, RFC 7517, RFC 8725).

import assert from 'node:assert/strict';
import { createHmac, sign } from 'node:crypto';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID } from './ehr.mjs';
import { callbackOf, signIn } from './sign-in.mjs';
import { ALGORITHM_NAMES, encode, keyFor, signed } from './signer.mjs';
import { NO_EARLY_KEYS, appWithIdToken, appWithCachedKeys, refusedFor } from './id-token-app.mjs';

const SIGNATURE = refusedFor('signature');
const assertUser = ({ idToken }) => assert.equal(idToken.sub, 'amara');

/** Returns a function that sets the clock to a number of seconds from now, and returns claims for that time. */
function mockClock(test) {
  const now = Date.now();
  const clock = test.mock.method(Date, 'now');
  return (seconds) => {
    clock.mock.mockImplementation(() => now + seconds * 1_000);
    const iat = Math.floor(now / 1_000) + seconds;
    return { iat, exp: iat + 300 };
  };
}

for (const algorithm of ALGORITHM_NAMES) {
  test(`${algorithm}: a signature is accepted, but not with another key or over another text`, async (t) => {
    const { ehr, signInWithToken, signedBy } = await appWithIdToken(t);
    const [key, otherKey] = [keyFor(algorithm), keyFor(algorithm, '2')];
    ehr.publish(key.jwk);
    assertUser(await signedBy(key));
    await assert.rejects(signedBy({ ...otherKey, kid: key.kid }), SIGNATURE);
    const forgedToken = () => ehr.idToken({ sub: 'evil' }, { key }).replace(/[^.]+$/, '');
    await assert.rejects(signInWithToken(() => forgedToken() + ehr.idToken({}, { key }).split('.')[2]), SIGNATURE);
    assertUser(await signedBy(key));
  });
}

test('signature that is truncated, longer, changed or not base64url is refused', async (t) => {
  for (const [change, expectedError] of [
    [(signature) => signature.slice(0, -2), SIGNATURE],
    [(signature) => `${signature}AAAA`, SIGNATURE],
    [(signature) => `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`, SIGNATURE],
    [(signature) => `~${signature.slice(1)}`, refusedFor('header')],
    [() => 'A', refusedFor('header')],
  ]) {
    const { ehr, signInWithToken } = await appWithIdToken(t);
    const [header, claims, signature] = ehr.idToken({ nonce: undefined }).split('.');
    await assert.rejects(signInWithToken(() => [header, claims, change(signature)].join('.')), expectedError);
  }
});

for (const [description, fromBase64] of [
  ['that knows only the standard alphabet', (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt())],
  ['that drops other characters', (text) => new Uint8Array(Buffer.from(text.replace(/[-_]/g, ''), 'base64'))],
  ['that throws', () => assert.fail('no base64')],
]) {
  test(`signature is accepted in a page with a Uint8Array.fromBase64 ${description}`, async (t) => {
    const { signedBy } = await appWithIdToken(t);
    const { fromBase64: original } = Uint8Array;
    const replace = (value) => Object.defineProperty(Uint8Array, 'fromBase64', { configurable: true, writable: true, value });
    replace(fromBase64);
    t.after(() => replace(original));
    assertUser(await signedBy(keyFor()));
  });
}

test('ES256 signature as DER is refused: it must be r and s concatenated (RFC 7518 §3.4)', async (t) => {
  const { ehr, signedBy } = await appWithIdToken(t);
  const key = keyFor('ES256');
  ehr.publish(key.jwk);
  const der = (text) => sign('sha256', Buffer.from(text), key.privateKey);
  await assert.rejects(signedBy({ ...key, sign: der }), SIGNATURE);
});

test('alg none is refused in every spelling, with and without a signature', async (t) => {
  const { ehr, keyRequests, signInWithToken } = await appWithIdToken(t, NO_EARLY_KEYS);
  for (const alg of ['none', 'None', 'NONE', '', undefined, 'rs256', ['RS256'], 'RS1']) {
    for (const sign of [() => Buffer.alloc(0), keyFor().sign]) {
      await assert.rejects(signInWithToken(() => ehr.idToken({}, { key: { sign }, header: { alg } })), refusedFor('header'));
    }
  }
  assert.equal(keyRequests(), 0);
});

test('HS256 is refused, with the public key or the client id as the secret (RFC 8725 §2.1)', async (t) => {
  const { ehr, signedBy } = await appWithIdToken(t);
  const { publicKey, jwk, kid } = keyFor();
  ehr.publish(jwk, { kty: 'oct', kid: 'shared', k: encode('growth-chart'), alg: 'HS256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  for (const secret of [pem, der, jwk.n, Buffer.from(jwk.n, 'base64url'), 'growth-chart', '']) {
    const key = { algorithm: 'HS256', kid, sign: (text) => createHmac('sha256', secret).update(text).digest() };
    await assert.rejects(signedBy(key), refusedFor('header'));
    await assert.rejects(signedBy(key, { kid: 'shared' }), refusedFor('header'));
  }
});

test('key of another type than the algorithm requires is refused', async (t) => {
  const rsa = keyFor();
  const ec = keyFor('ES256');
  for (const [key, kid] of [
    [ec, rsa.kid],
    [rsa, ec.kid],
    [keyFor('ES384'), ec.kid],
    [keyFor('EdDSA'), ec.kid],
  ]) {
    const { ehr, signedBy } = await appWithIdToken(t);
    ehr.publish(rsa.jwk, ec.jwk);
    await assert.rejects(signedBy(key, { kid }), SIGNATURE);
  }
});

test('key for another algorithm or for encryption is refused', async (t) => {
  const { jwk } = keyFor();
  for (const changes of [{ alg: 'RS512' }, { use: 'enc' }, { use: undefined, key_ops: ['encrypt'] }]) {
    const { ehr, client } = await appWithIdToken(t);
    ehr.publish({ ...jwk, ...changes });
    await assert.rejects(signIn(client), SIGNATURE);
  }
});

test('key is accepted without `alg` and `use`, with `key_ops` for signatures, and with other members', async (t) => {
  const { jwk } = keyFor();
  for (const changes of [
    { alg: undefined, use: undefined },
    { use: undefined, key_ops: ['verify'] },
    { x5t: 'eA', x5c: ['MIIB'], ext: false, 'https://other.example': 1 },
  ]) {
    const { ehr, client } = await appWithIdToken(t);
    ehr.publish({ kty: 'AKP', kid: 'of tomorrow' }, { ...jwk, ...changes });
    assertUser(await signIn(client));
  }
});

test('RSA key of fewer than 2048 bits is refused (RFC 7518 §3.3)', async (t) => {
  const { ehr, signedBy } = await appWithIdToken(t);
  const weak = keyFor('RS256', 'weak', { modulusLength: 1_024 });
  const padded = encode(Buffer.concat([Buffer.alloc(128), Buffer.from(weak.jwk.n, 'base64url')]));
  for (const jwk of [weak.jwk, { ...weak.jwk, n: padded }]) {
    ehr.publish(jwk);
    await assert.rejects(signedBy(weak), SIGNATURE);
  }
});

test('token without kid is accepted if one key fits, and refused if several keys fit', async (t) => {
  const app = await appWithIdToken(t);
  const key = keyFor();
  app.ehr.publish(key.jwk, keyFor('ES256').jwk, keyFor('RS256', '2').jwk);
  await assert.rejects(app.signedBy(key, { kid: undefined }), SIGNATURE);
  for (const otherKeys of [[], [keyFor('ES256').jwk, keyFor('RS512').jwk]]) {
    const { ehr, signedBy } = await appWithIdToken(t);
    ehr.publish(...otherKeys, key.jwk);
    assertUser(await signedBy(key, { kid: undefined }));
  }
});

test('keys in the token’s header are not used, and not requested', async (t) => {
  const attackerKey = keyFor('RS256', 'evil');
  for (const createHeader of [
    () => ({ jwk: attackerKey.jwk }),
    ({ origin }) => ({ jku: `${origin}/evil` }),
    ({ origin }) => ({ x5u: `${origin}/evil` }),
    () => ({ x5c: ['MIIB'] }),
  ]) {
    const { ehr, signedBy } = await appWithIdToken(t);
    const header = createHeader(ehr);
    await assert.rejects(signedBy(attackerKey, { ...header, kid: keyFor().kid }), SIGNATURE);
    await assert.rejects(signedBy(attackerKey, header), SIGNATURE);
    assert.equal(ehr.requestsTo('/evil').length, 0);
  }
});

test('after a rotation the keys are requested again once, and not again for a further unknown key', async (t) => {
  const { ehr, keyRequests, signedBy } = await appWithCachedKeys(t);
  assert.equal(keyRequests(), 1);
  const nextKey = keyFor('RS256', '2');
  ehr.publish(nextKey.jwk);
  assertUser(await signedBy(nextKey));
  assert.equal(keyRequests(), 2);
  assertUser(await signedBy(nextKey));
  await assert.rejects(signedBy(keyFor('RS256', 'unknown')), SIGNATURE);
  assert.equal(keyRequests(), 2);
});

test('key that was replaced under the same kid is requested again', async (t) => {
  const { ehr, keyRequests, signedBy } = await appWithCachedKeys(t);
  const nextKey = { ...keyFor('RS256', '2'), kid: keyFor().kid };
  ehr.publish({ ...nextKey.jwk, kid: nextKey.kid });
  assertUser(await signedBy(nextKey));
  assert.equal(keyRequests(), 2);
});

test('withdrawn key is not accepted for longer than five minutes', async (t) => {
  const { ehr, keyRequests, signInWithClaims } = await appWithCachedKeys(t);
  ehr.publish(keyFor('RS256', '2').jwk);
  const moveClock = mockClock(t);
  assertUser(await signInWithClaims(moveClock(290)));
  await assert.rejects(signInWithClaims(moveClock(301)), SIGNATURE);
  assert.equal(keyRequests(), 2);
});

test('keys are requested again for an unknown kid even if they were just requested because of their age', async (t) => {
  const { ehr, keyRequests, signInWithClaims, signInWithToken } = await appWithCachedKeys(t);
  const laterClaims = mockClock(t)(301);
  assertUser(await signInWithClaims(laterClaims));
  const nextKey = keyFor('RS256', '2');
  ehr.publish(nextKey.jwk);
  assertUser(await signInWithToken(() => ehr.idToken(laterClaims, { key: nextKey })));
  assert.equal(keyRequests(), 3);
});

test('keys are fetched once for concurrent sign-ins', async (t) => {
  const { ehr, keyRequests } = await appWithIdToken(t);
  const clients = Array.from({ length: 20 }, (_, index) =>
    createSmartClient(ehr.options({ scope: SCOPE_OPENID, redirectUri: `https://app.example/back/${index}` })),
  );
  const callbacks = await Promise.all(
    clients.map(async (client) => callbackOf(await client.authorize({ navigate: false }))),
  );
  const sessions = await Promise.all(clients.map((client, index) => client.ready({ callback: callbacks[index] })));
  sessions.forEach(assertUser);
  assert.equal(new Set(sessions.map(({ idToken }) => idToken.nonce)).size, 20);
  assert.equal(keyRequests(), 1);
});

test('after a failed request for keys the next sign-in requests them again', async (t) => {
  const { ehr, client, keyRequests } = await appWithIdToken(t);
  ehr.answer('/jwks', { status: 503, headers: { 'retry-after': '7' } }, { json: { keys: [keyFor().jwk] } });
  await assert.rejects(signIn(client), { code: 'http_status', status: 503, retryAfterSeconds: 7, retryable: true });
  assertUser(await signIn(client));
  assert.equal(keyRequests(), 2);
});

test('header or payload that is no JSON object is refused', async (t) => {
  const { ehr, signInWithToken } = await appWithIdToken(t);
  const key = keyFor();
  const header = JSON.stringify({ alg: 'RS256', kid: key.kid });
  for (const [headerText, payloadText] of [
    [header, '[]'],
    [header, 'null'],
    [header, ''],
    [header, `${JSON.stringify(ehr.claims())} x`],
    [`[${header}]`, JSON.stringify(ehr.claims())],
    ['', JSON.stringify(ehr.claims())],
  ]) {
    await assert.rejects(signInWithToken(() => signed(headerText, payloadText, key)), refusedFor('header'));
  }
});
