// Confidential clients and clients without a user, at a server that authenticates them as the specification requires.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createBackendClient, createConfidentialClient, createRequestObject, publicJwks } from 'smart-launch/confidential';
import { startSandbox } from 'smart-launch-sandbox';
import { signIn } from 'smart-launch-sandbox/user';
import { startByCommand } from './command.mjs';

const APP_URL = 'http://localhost:5173/';
const pem = (type, options) => generateKeyPairSync(type, options).privateKey.export({ type: 'pkcs8', format: 'pem' });
const KEYS = { RS384: pem('rsa', { modulusLength: 2048 }), ES384: pem('ec', { namedCurve: 'P-384' }) };
const SECRET = 'a-secret-of-the-app';

const backendOf = (fhirBaseUrl, changes = {}) =>
  createBackendClient({
    fhirBaseUrl,
    clientId: 'nightly',
    scope: 'system/*.rs',
    clientAuth: { key: KEYS.ES384 },
    allowInsecureLoopback: true,
    ...changes,
  });

test('from the command line: a client without a user reads and exports the records of all patients', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const file = join(directory, 'jwks.json');
  await writeFile(file, JSON.stringify(await publicJwks(KEYS.ES384)));
  const { fhir, kill } = await startByCommand(['--backend-id', 'nightly', '--backend-jwks', file]);
  try {
    const backend = backendOf(fhir);
    const { entry } = await backend.request('Patient?_count=50');
    assert.ok(entry.length > 1);
    const headers = { prefer: 'respond-async' };
    const { status, headers: responseHeaders } = await backend.fetch('Patient/$export?_type=Patient', { headers });
    assert.equal(status, 202);
    const statusUrl = responseHeaders.get('content-location');
    const polls = [await backend.fetch(statusUrl), await backend.fetch(statusUrl)];
    assert.deepEqual(polls.map(({ status }) => status), [202, 200]);
    assert.equal((await polls[1].json()).output[0].count, entry.length);
  } finally {
    kill();
    await rm(directory, { recursive: true });
  }
});

for (const [name, app, clientAuth] of [
  ['secret by HTTP Basic', { secret: SECRET }, { secret: SECRET }],
  ['secret by POST', { secret: SECRET, authMethod: 'client_secret_post' }, { secret: SECRET, method: 'client_secret_post' }],
  ['secret by assertion', { secret: SECRET, authMethod: 'client_secret_jwt' }, { secret: SECRET, method: 'client_secret_jwt' }],
  ['RS384', { jwks: await publicJwks({ key: KEYS.RS384, keyId: 'k' }) }, { key: KEYS.RS384, keyId: 'k' }],
  ['ES384', { jwks: await publicJwks(KEYS.ES384) }, { key: KEYS.ES384 }],
]) {
  test(`${name}: sign-in, refresh, introspection and revocation work`, async () => {
    const sandbox = await startSandbox({ apps: [{ clientId: 'portal', redirectUris: [APP_URL], ...app }] });
    try {
      const { fhirBaseUrl } = sandbox;
      const scope = 'openid fhirUser launch/patient patient/*.rs offline_access';
      const settings = { fhirBaseUrl, clientId: 'portal', scope, redirectUri: APP_URL, allowInsecureLoopback: true };
      const smart = createConfidentialClient({ ...settings, clientAuth });
      const request = await smart.authorize({ navigate: false });
      const session = await smart.ready({ callback: await signIn(request, { patient: 'noah-adeyemi' }) });
      assert.equal(session.patient, 'noah-adeyemi');
      await smart.refresh();
      await smart.refresh();
      assert.equal((await smart.introspect({ authorizedBy: 'client_id' })).active, true);
      const { revoked, error } = await smart.logout();
      assert.deepEqual([revoked, error], [true, null]);
    } finally {
      await sandbox.close();
    }
  });
}

for (const responseMode of ['jwt', 'query.jwt', 'fragment.jwt']) {
  test(`signed authorization response, ${responseMode}: the user is signed in`, async () => {
    const app = { clientId: 'portal', redirectUris: [APP_URL], secret: SECRET };
    const sandbox = await startSandbox({ apps: [app] });
    try {
      const settings = { fhirBaseUrl: sandbox.fhirBaseUrl, clientId: 'portal', redirectUri: APP_URL, allowInsecureLoopback: true };
      const scope = 'launch/patient patient/*.rs';
      const smart = createConfidentialClient({ ...settings, scope, responseMode, clientAuth: { secret: SECRET } });
      const callback = await signIn(await smart.authorize({ navigate: false }), { patient: 'noah-adeyemi' });
      assert.match(callback, /[?#]response=[\w-]+\.[\w-]+\.[\w-]+$/);
      assert.equal((await smart.ready({ callback })).patient, 'noah-adeyemi');
    } finally {
      await sandbox.close();
    }
  });
}

test('signed authorization request: the user is signed in, and a signature by another key is refused', async () => {
  const clientAuth = { key: KEYS.ES384 };
  const app = { clientId: 'portal', redirectUris: [APP_URL], jwks: await publicJwks(KEYS.ES384) };
  const sandbox = await startSandbox({ apps: [app] });
  try {
    const settings = { fhirBaseUrl: sandbox.fhirBaseUrl, clientId: 'portal', redirectUri: APP_URL, allowInsecureLoopback: true };
    const smart = createConfidentialClient({ ...settings, scope: 'launch/patient patient/*.rs', responseMode: 'jwt', clientAuth });
    const { issuer, authorizationEndpoint } = await smart.discover();
    const options = { authorizationEndpoint, issuer, clientId: 'portal', allowInsecureLoopback: true };
    const sign = async (key) =>
      createRequestObject({ ...options, clientAuth: { ...key }, request: await smart.authorize({ navigate: false }) });
    const { url } = await sign(clientAuth);
    const callback = await signIn(url, { patient: 'noah-adeyemi' });
    assert.equal((await smart.ready({ callback })).patient, 'noah-adeyemi');
    const [{ kid }] = app.jwks.keys;
    const forged = await sign({ key: pem('ec', { namedCurve: 'P-384' }), keyId: kid });
    const errorCallback = await signIn(forged.url);
    await assert.rejects(smart.ready({ callback: errorCallback }), { code: 'authorization_refused' }, errorCallback);
  } finally {
    await sandbox.close();
  }
});

test('client without a user: wrong key, wrong scope and forbidden reads are refused; an expired token is renewed', async () => {
  const jwks = await publicJwks(KEYS.ES384);
  const sandbox = await startSandbox({ apps: [{ clientId: 'nightly', backend: true, jwks }], accessTokenSeconds: 2 });
  try {
    const { fhirBaseUrl, requests } = sandbox;
    const otherKey = { key: pem('ec', { namedCurve: 'P-384' }), keyId: jwks.keys[0].kid };
    await assert.rejects(backendOf(fhirBaseUrl, { clientAuth: otherKey }).getAccessToken(), (error) => {
      assert.deepEqual([error.code, error.fault, error.oauth.error], ['config_invalid', 'app', 'invalid_client']);
      return true;
    });
    const userScope = { scope: 'launch/patient', allowOtherScopes: true };
    await assert.rejects(backendOf(fhirBaseUrl, userScope).getAccessToken(), (error) => error.oauth.error === 'invalid_scope');
    const narrowBackend = backendOf(fhirBaseUrl, { scope: 'system/Patient.rs' });
    await assert.rejects(narrowBackend.request('Observation?patient=noah-adeyemi'), { code: 'http_status', status: 403 });
    requests.length = 0;
    const backend = backendOf(fhirBaseUrl);
    const first = await backend.getAccessToken();
    while ((await backend.getAccessToken()) === first) await new Promise((resolve) => setTimeout(resolve, 100));
    await backend.request('Patient/noah-adeyemi');
    const tokens = requests.filter(({ purpose }) => purpose === 'token');
    assert.deepEqual(new Set(tokens.map(({ grantType, status }) => `${grantType} ${status}`)), new Set(['client_credentials 200']));
  } finally {
    await sandbox.close();
  }
});
