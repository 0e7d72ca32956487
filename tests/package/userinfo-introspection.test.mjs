// UserInfo and introspection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient, readIdToken } from 'smart-launch';
import { isRevealing } from './ehr.mjs';
import { signIn } from './sign-in.mjs';
import { signed, keyFor } from './signer.mjs';
import { appWithCachedKeys } from './id-token-app.mjs';

async function openWithDiscovery(test) {
  const app = await appWithCachedKeys(test);
  const { ehr } = app;
  ehr.answer('/.well-known/openid-configuration', {
    json: {
      issuer: ehr.origin,
      jwks_uri: `${ehr.origin}/jwks`,
      userinfo_endpoint: `${ehr.origin}/userinfo`,
    },
  });
  ehr.answer('/userinfo', { json: { sub: 'amara', name: 'Zoë Nguyễn' } });
  ehr.answer('/introspect', { json: { active: true, scope: 'patient/*.rs', patient: 'zoe' } });
  return app;
}

test('userInfo returns the claims, frozen, and sends the access token in the header', async (t) => {
  const { ehr, client } = await openWithDiscovery(t);
  const claims = await client.userInfo();
  assert.deepEqual(claims, { sub: 'amara', name: 'Zoë Nguyễn' });
  assert.ok(Object.isFrozen(claims));
  const [{ method, headers, fields }] = ehr.requestsTo('/userinfo');
  assert.equal(method, 'GET');
  assert.equal(headers.authorization, `Bearer ${ehr.issued[0].access_token}`);
  assert.equal([...(fields ?? [])].length, 0);
});

test('signed userInfo is verified', async (t) => {
  const { ehr, client } = await openWithDiscovery(t);
  const claims = { iss: ehr.origin, aud: 'growth-chart', sub: 'amara', name: 'Amara' };
  const signedResponse = (key, header = {}) => ({
    headers: { 'content-type': 'application/jwt' },
    body: signed({ alg: key.algorithm, kid: key.kid, ...header }, claims, key),
  });
  ehr.answer('/userinfo', signedResponse(keyFor()));
  assert.deepEqual(await client.userInfo(), claims);
  ehr.answer('/userinfo', signedResponse(keyFor('ES256'), { kid: keyFor().kid }));
  await assert.rejects(client.userInfo(), { code: 'id_token_invalid' });
});

test('userInfo about another user is refused, and the session is kept', async (t) => {
  const { ehr, client } = await openWithDiscovery(t);
  for (const json of [{ sub: 'another' }, {}, { sub: ['amara'] }, []]) {
    ehr.answer('/userinfo', { json });
    await assert.rejects(client.userInfo(), { code: 'userinfo_invalid' });
  }
  assert.equal(client.getState().status, 'authenticated');
});

test('userInfo of a session without an ID token is refused without a request', async (t) => {
  const { ehr, client } = await openWithDiscovery(t);
  ehr.grant({ id_token: undefined, scope: 'patient/*.rs' });
  await signIn(client, { scope: 'patient/*.rs launch/patient' });
  await assert.rejects(client.userInfo(), { code: 'userinfo_invalid' });
  assert.equal(ehr.requestsTo('/userinfo').length, 0);
});

test('introspection is authorized by the access token, or by the client id with `authorizedBy`', async (t) => {
  const { ehr } = await openWithDiscovery(t);
  const endpoints = {
    authorizationEndpoint: `${ehr.origin}/authorize`,
    tokenEndpoint: `${ehr.origin}/token`,
    introspectionEndpoint: `${ehr.origin}/introspect`,
  };
  const client = createSmartClient(ehr.options({ endpoints, issuer: ehr.origin }));
  const session = await signIn(client);
  const introspection = await client.introspect();
  assert.deepEqual(introspection, { active: true, scope: 'patient/*.rs', patient: 'zoe' });
  await client.introspect({ tokenTypeHint: 'refresh_token', authorizedBy: 'client_id' });
  const [first, second] = ehr.requestsTo('/introspect');
  assert.equal(first.headers.authorization, `Bearer ${session.tokenResponse.access_token}`);
  assert.deepEqual(Object.fromEntries(first.fields), {
    token: session.tokenResponse.access_token,
    token_type_hint: 'access_token',
  });
  assert.equal(second.headers.authorization, undefined);
  assert.deepEqual(Object.fromEntries(second.fields), {
    token: session.tokenResponse.refresh_token,
    token_type_hint: 'refresh_token',
    client_id: 'growth-chart',
  });
  ehr.answer('/introspect', { json: { active: 'yes' } });
  await assert.rejects(client.introspect(), { code: 'introspection_invalid' });
  ehr.answer('/introspect', {
    status: 400,
    json: { error: 'invalid_request', error_description: `no ${session.tokenResponse.access_token}` },
  });
  await assert.rejects(client.introspect(), (error) => {
    assert.equal(error.code, 'token_refused');
    return !isRevealing(JSON.stringify(error.oauth));
  });
  await assert.rejects(client.introspect({ tokenTypeHint: 'id_token' }), { code: 'config_invalid' });
});

test('readIdToken verifies with the keys that are passed', async (t) => {
  const { ehr, client } = await openWithDiscovery(t);
  const { idToken: claims, tokenResponse } = client.getState().session;
  const validInput = {
    idToken: tokenResponse.id_token,
    issuer: ehr.origin,
    clientId: 'growth-chart',
    nonce: claims.nonce,
    accessToken: tokenResponse.access_token,
    jwks: { keys: [keyFor().jwk] },
  };
  assert.deepEqual(await readIdToken(validInput), claims);
  for (const changes of [
    { issuer: 'https://evil.example' },
    { clientId: 'evil' },
    { nonce: 'other' },
    { nonce: undefined },
    { jwks: { keys: [] } },
    { jwks: { keys: [keyFor('ES256').jwk] } },
    { idToken: validInput.idToken.slice(0, -4) },
    { idToken: 'a.b.c' },
  ]) {
    await assert.rejects(readIdToken({ ...validInput, ...changes }), { code: 'id_token_invalid' }, JSON.stringify(changes));
  }
  for (const changes of [{ idToken: '' }, { issuer: undefined }, { clockSkewSeconds: 301 }, { none: 1 }]) {
    await assert.rejects(readIdToken({ ...validInput, ...changes }), { code: 'config_invalid' }, JSON.stringify(changes));
  }
});

test('userInfo and introspect without a session are refused', async (t) => {
  const { client } = await openWithDiscovery(t);
  await client.logout();
  await assert.rejects(client.userInfo(), { code: 'signed_out' });
  await assert.rejects(client.introspect(), { code: 'signed_out' });
});
