// Imported keys are cached in the page's memory. A cached key is used only if the key set contains exactly the same JWK.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIdToken } from 'smart-launch';
import { useOtherKeys } from './faulty-effects.mjs';
import { keyFor, signed } from './signer.mjs';

const REFUSED = { code: 'id_token_invalid' };

/** `verify` verifies a token of `signer` with a key set; `importCount` returns the number of imported keys. */
function createVerifier(t) {
  const importKey = t.mock.method(crypto.subtle, 'importKey');
  const [issuer, clientId, nonce] = ['https://ehr.example', 'growth-chart', 'n'];
  const verify = (signer, keys, header = {}) => {
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: clientId, nonce, sub: 'amara', iat, exp: iat + 300 };
    const idToken = signed({ alg: signer.algorithm, kid: signer.kid, ...header }, claims, signer);
    return readIdToken({ idToken, issuer, clientId, nonce, jwks: { keys: keys.map(({ jwk }) => jwk) } });
  };
  return { verify, importCount: () => importKey.mock.callCount() };
}

test('key is imported once for several tokens', async (t) => {
  const { verify, importCount } = createVerifier(t);
  const key = keyFor('ES256', 'once');
  for (let token = 0; token < 3; token++) await verify(key, [key]);
  assert.equal(importCount(), 1);
});

test('key that is no longer in the set is not used', async (t) => {
  const { verify } = createVerifier(t);
  const [key, nextKey] = [keyFor('ES256', 'old'), keyFor('ES256', 'new')];
  await verify(key, [key]);
  await assert.rejects(verify(key, [nextKey]), REFUSED);
  await assert.rejects(verify(key, []), REFUSED);
});

test('another key with the same `kid` is not mistaken for the cached key', async (t) => {
  const { verify } = createVerifier(t);
  const key = keyFor('ES256', 'first');
  const otherKey = keyFor('ES256', 'second');
  const keyWithSameKid = { ...otherKey, kid: key.kid, jwk: { ...otherKey.jwk, kid: key.kid } };
  await verify(key, [key]);
  await assert.rejects(verify(key, [keyWithSameKid]), REFUSED);
  await verify(keyWithSameKid, [keyWithSameKid]);
  await assert.rejects(verify(keyWithSameKid, [key]), REFUSED);
});

test('RSA key is imported for each algorithm', async (t) => {
  const { verify, importCount } = createVerifier(t);
  const key = keyFor('RS256', 'any');
  const { alg, ...jwk } = key.jwk;
  const set = [{ jwk }];
  await verify(key, set);
  const rs384 = { ...keyFor('RS384', 'any'), ...key, algorithm: 'RS384' };
  await assert.rejects(verify(rs384, set), REFUSED);
  assert.equal(alg, 'RS256');
  assert.equal(importCount(), 2);
});

test('key that has not verified a signature is not cached', async (t) => {
  const { verify, importCount } = createVerifier(t);
  const [key, otherKey] = [keyFor('ES256', 'unused'), keyFor('ES256', 'forger')];
  const forgedKey = { ...otherKey, kid: key.kid };
  for (let token = 0; token < 2; token++) await assert.rejects(verify(forgedKey, [key]), REFUSED);
  assert.equal(importCount(), 2);
});

test('number of cached keys is limited', async (t) => {
  const { verify, importCount } = createVerifier(t);
  const key = keyFor('ES256', 'many');
  await verify(key, [key]);
  await useOtherKeys(readIdToken);
  const countBefore = importCount();
  await verify(key, [key]);
  assert.equal(importCount(), countBefore + 1);
});
