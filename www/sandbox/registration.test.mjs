/** Clients that register themselves. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSandbox } from './sandbox.mjs';

const METADATA = {
  redirect_uris: ['http://localhost:4401/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid fhirUser launch/patient patient/*.rs offline_access',
};

/** @type {import('./sandbox.mjs').Sandbox} */
let sandbox;
/** @type {string} */
let endpoint;

before(async () => {
  sandbox = await startSandbox({ initialAccessToken: 'initial' });
  const configuration = await (await fetch(`${sandbox.fhirBaseUrl}/.well-known/smart-configuration`)).json();
  endpoint = configuration.registration_endpoint;
});

after(() => sandbox.close());

/** @param {string} url @param {string} method @param {string} token @param {object} [body] */
async function request(url, method, token, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: response.status, json: response.status === 204 ? undefined : await response.json() };
}

test('client registers, reads, changes and deletes its registration', async () => {
  const registered = await request(endpoint, 'POST', 'initial', METADATA);
  assert.equal(registered.status, 201);
  const { client_id, registration_client_uri: uri, registration_access_token: first, scope } = registered.json;
  assert.equal(scope, METADATA.scope);
  assert.equal((await request(uri, 'GET', first)).json.client_id, client_id);
  const changed = await request(uri, 'PUT', first, { ...METADATA, client_id, client_name: 'New' });
  assert.deepEqual([changed.status, changed.json.client_name], [200, 'New']);
  const second = changed.json.registration_access_token;
  assert.notEqual(second, first);
  assert.equal((await request(uri, 'GET', first)).status, 401);
  assert.equal((await request(uri, 'DELETE', second)).status, 204);
  assert.equal((await request(uri, 'GET', second)).status, 401);
  assert.deepEqual(
    sandbox.requests.filter(({ purpose }) => purpose === 'register').map(({ method }) => method),
    ['POST', 'GET', 'PUT', 'GET', 'DELETE', 'GET'],
  );
});

test('registration needs the initial access token, and known scopes', async () => {
  assert.deepEqual(await request(endpoint, 'POST', 'another', METADATA).then(refusalOf), [401, 'invalid_token']);
  const unknown = await request(endpoint, 'POST', 'initial', { ...METADATA, scope: 'patient/*.rs everything' });
  assert.deepEqual(refusalOf(unknown), [400, 'invalid_client_metadata']);
});

test('without an initial access token every client may register, also from a page of another origin', async () => {
  const open = await startSandbox();
  try {
    const url = endpoint.replace(sandbox.origin, open.origin);
    const preflightHeaders = { origin: 'http://localhost:4401', 'access-control-request-method': 'POST' };
    const preflight = await fetch(url, { method: 'OPTIONS', headers: preflightHeaders });
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, '*']);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(METADATA) });
    assert.deepEqual([response.status, response.headers.get('access-control-allow-origin')], [201, '*']);
  } finally {
    await open.close();
  }
});

/** @param {Awaited<ReturnType<typeof request>>} response */
const refusalOf = ({ status, json }) => [status, json.error];
