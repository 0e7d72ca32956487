// Discovery of the issuer's keys (OpenID Connect Discovery 1.0 §4).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from './sign-in.mjs';
import { appWithIdToken, appWithCachedKeys } from './id-token-app.mjs';

const WELL_KNOWN = '/.well-known/openid-configuration';
const WITHOUT_KEYS = { configuration: { jwks_uri: undefined } };

test('smart-configuration without jwks_uri: jwks_uri is read from the issuer’s OpenID configuration', async (t) => {
  const { ehr, client, keyRequests } = await appWithIdToken(t, WITHOUT_KEYS);
  ehr.answer(WELL_KNOWN, { json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks` } });
  assert.equal((await signIn(client)).idToken.sub, 'amara');
  await client.refresh();
  await signIn(client);
  assert.equal(ehr.requestsTo(WELL_KNOWN).length, 1);
  assert.equal(keyRequests(), 1);
});

test('smart-configuration with jwks_uri: the OpenID configuration is not requested', async (t) => {
  const { ehr } = await appWithCachedKeys(t);
  assert.equal(ehr.requestsTo(WELL_KNOWN).length, 0);
});

test('issuer with a path: its OpenID configuration is below that path', async (t) => {
  const { ehr, client, signInWithClaims } = await appWithIdToken(t, WITHOUT_KEYS);
  const issuer = `${ehr.origin}/realms/a`;
  ehr.configure({ issuer, jwks_uri: undefined });
  ehr.answer(`/realms/a${WELL_KNOWN}`, { json: { issuer, jwks_uri: `${ehr.origin}/jwks` } });
  assert.equal((await signInWithClaims({ iss: issuer })).issuer, issuer);
  assert.equal(client.getState().session.idToken.iss, issuer);
});

for (const [description, code, changes] of [
  ['another issuer', 'discovery_issuer', () => ({ issuer: 'https://evil.example' })],
  ['the issuer with a slash', 'discovery_issuer', ({ origin }) => ({ issuer: `${origin}/` })],
  ['no issuer', 'discovery_issuer', () => ({ issuer: undefined })],
  ['no jwks_uri', 'discovery_invalid', () => ({ jwks_uri: undefined })],
  ['a jwks_uri that is not a string', 'discovery_invalid', ({ origin }) => ({ jwks_uri: [`${origin}/jwks`] })],
  ['keys over http', 'endpoint_scheme', () => ({ jwks_uri: 'http://ehr.example/jwks' })],
]) {
  test(`OpenID configuration with ${description} is refused: ${code}`, async (t) => {
    const { ehr, client, keyRequests } = await appWithIdToken(t, WITHOUT_KEYS);
    ehr.answer(WELL_KNOWN, { json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, ...changes(ehr) } });
    await assert.rejects(signIn(client), { code });
    assert.equal(keyRequests(), 0);
    assert.equal(client.getState().session, null);
  });
}

test('OpenID configuration that is missing, not JSON or redirected is refused', async (t) => {
  for (const [response, code] of [
    [{ status: 404 }, 'http_status'],
    [{ body: '<html>', headers: { 'content-type': 'text/html' } }, 'discovery_invalid'],
    [{ redirect: '/elsewhere' }, 'redirected'],
  ]) {
    const { ehr, client } = await appWithIdToken(t, WITHOUT_KEYS);
    ehr.answer(WELL_KNOWN, response);
    await assert.rejects(signIn(client), { code });
    assert.equal(ehr.requestsTo('/elsewhere').length, 0);
  }
});
