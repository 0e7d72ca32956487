// While the signature of an ID token is checked, nothing is done with the token, and nothing of it is returned.

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { readIdToken } from 'smart-launch';
import { appWithIdToken, refusedFor } from './id-token-app.mjs';
import { setGlobal, SharedStorage } from './platform.mjs';
import { keyFor, signed } from './signer.mjs';

const SIGNATURE = refusedFor('signature');

/**
 * Holds back the results of `crypto.subtle.verify`: `begun` resolves when it is called, `settle` lets it return the real result.
 *
 * @param {import('node:test').TestContext} test
 */
function holdChecks(test) {
  const { verify } = crypto.subtle;
  let settle = () => {};
  const held = new Promise((resolve) => (settle = () => resolve(undefined)));
  let count = 0;
  const begun = new Promise((resolve) => {
    test.mock.method(crypto.subtle, 'verify', async (...args) => {
      count++;
      resolve(undefined);
      await held;
      return Reflect.apply(verify, crypto.subtle, args);
    });
  });
  return { begun, settle, count: () => count };
}

/**
 * Whether a promise is still pending after the platform has had many turns to settle it.
 *
 * @param {Promise<unknown>} promise
 */
async function isPending(promise) {
  let settled = false;
  const settle = () => (settled = true);
  promise.then(settle, settle);
  for (let turn = 0; turn < 50; turn++) await nextTurn();
  return !settled;
}

for (const isForged of [false, true]) {
  test(`readIdToken() waits for the check of ${isForged ? 'a forged' : 'a valid'} signature`, async (t) => {
    const checks = holdChecks(t);
    const [key, forger] = [keyFor('ES256', 'issuer'), keyFor('ES256', 'forger')];
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: 'https://ehr.example', aud: 'growth-chart', sub: 'amara', iat, exp: iat + 300 };
    const idToken = signed({ alg: 'ES256', kid: key.kid }, claims, isForged ? forger : key);
    const options = { idToken, issuer: claims.iss, clientId: claims.aud, jwks: { keys: [key.jwk] } };
    const result = readIdToken(options);
    await checks.begun;
    assert.ok(await isPending(result));
    checks.settle();
    await (isForged ? assert.rejects(result, SIGNATURE) : result.then(({ sub }) => assert.equal(sub, 'amara')));
    assert.equal(checks.count(), 1);
  });

  test(`sign-in stores nothing and has no session during the check of ${isForged ? 'a forged' : 'a valid'} signature`, async (t) => {
    const storage = new SharedStorage();
    setGlobal(t, 'sessionStorage', { value: storage });
    const { client, signedBy } = await appWithIdToken(t, { options: { storage: 'session' } });
    const checks = holdChecks(t);
    const issuerKey = keyFor();
    const result = signedBy(isForged ? { ...keyFor('RS256', 'forger'), kid: issuerKey.kid } : issuerKey);
    result.catch(() => {});
    await checks.begun;
    const recordsBefore = JSON.stringify(storage);
    assert.ok(await isPending(result));
    assert.equal(JSON.stringify(storage), recordsBefore);
    assert.doesNotMatch(recordsBefore, /access/);
    assert.equal(client.getState().session, null);
    checks.settle();
    await (isForged ? assert.rejects(result, SIGNATURE) : result.then(({ idToken }) => assert.equal(idToken.sub, 'amara')));
    assert.equal(/access/.test(JSON.stringify(storage)), !isForged);
    assert.equal(Boolean(client.getState().session), !isForged);
  });
}

test('second of two keys with the same `kid` verifies the signature', async (t) => {
  const [key, otherKey] = [keyFor('ES256', 'second'), keyFor('ES256', 'first')];
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iss: 'https://ehr.example', aud: 'growth-chart', sub: 'amara', iat, exp: iat + 300 };
  const idToken = signed({ alg: 'ES256', kid: key.kid }, claims, key);
  const keys = [{ ...otherKey.jwk, kid: key.kid }, key.jwk];
  const checks = t.mock.method(crypto.subtle, 'verify');
  const { sub } = await readIdToken({ idToken, issuer: claims.iss, clientId: claims.aud, jwks: { keys } });
  assert.equal(sub, 'amara');
  assert.equal(checks.mock.callCount(), 2);
});
