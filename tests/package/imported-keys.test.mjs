// Imported keys are kept in the page's memory, and are used only where the module asks for the same key.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIdToken } from 'smart-launch';
import { useOtherKeys } from './faulty-effects.mjs';
import { keyFor, signed } from './signer.mjs';

const REFUSED = { code: 'id_token_invalid' };

/** Verifies a token of `signer` with the keys of a set, and counts the imports of keys. */
function verifying(t) {
  const importKey = t.mock.method(crypto.subtle, 'importKey');
  const [issuer, clientId, nonce] = ['https://ehr.example', 'growth-chart', 'n'];
  const verify = (signer, keys, header = {}) => {
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: clientId, nonce, sub: 'amara', iat, exp: iat + 300 };
    const idToken = signed({ alg: signer.algorithm, kid: signer.kid, ...header }, claims, signer);
    return readIdToken({ idToken, issuer, clientId, nonce, jwks: { keys: keys.map(({ jwk }) => jwk) } });
  };
  return { verify, imports: () => importKey.mock.callCount() };
}

test('key is imported once for several tokens', async (t) => {
  const { verify, imports } = verifying(t);
  const key = keyFor('ES256', 'once');
  for (let token = 0; token < 3; token++) await verify(key, [key]);
  assert.equal(imports(), 1);
});

test('key that is no longer in the set is not used', async (t) => {
  const { verify } = verifying(t);
  const [key, next] = [keyFor('ES256', 'old'), keyFor('ES256', 'new')];
  await verify(key, [key]);
  await assert.rejects(verify(key, [next]), REFUSED);
  await assert.rejects(verify(key, []), REFUSED);
});

test('another key under the same `kid` is another key', async (t) => {
  const { verify } = verifying(t);
  const key = keyFor('ES256', 'first');
  const other = keyFor('ES256', 'second');
  const renamed = { ...other, kid: key.kid, jwk: { ...other.jwk, kid: key.kid } };
  await verify(key, [key]);
  await assert.rejects(verify(key, [renamed]), REFUSED);
  await verify(renamed, [renamed]);
  await assert.rejects(verify(renamed, [key]), REFUSED);
});

test('RSA key is imported for each algorithm', async (t) => {
  const { verify, imports } = verifying(t);
  const key = keyFor('RS256', 'any');
  const { alg, ...jwk } = key.jwk;
  const set = [{ jwk }];
  await verify(key, set);
  const rs384 = { ...keyFor('RS384', 'any'), ...key, algorithm: 'RS384' };
  await assert.rejects(verify(rs384, set), REFUSED);
  assert.equal(alg, 'RS256');
  assert.equal(imports(), 2);
});

test('key that has not verified a signature is not kept', async (t) => {
  const { verify, imports } = verifying(t);
  const [key, other] = [keyFor('ES256', 'unused'), keyFor('ES256', 'forger')];
  const forged = { ...other, kid: key.kid };
  for (let token = 0; token < 2; token++) await assert.rejects(verify(forged, [key]), REFUSED);
  assert.equal(imports(), 2);
});

test('number of kept keys is bounded', async (t) => {
  const { verify, imports } = verifying(t);
  const key = keyFor('ES256', 'many');
  await verify(key, [key]);
  await useOtherKeys(readIdToken);
  const before = imports();
  await verify(key, [key]);
  assert.equal(imports(), before + 1);
});
