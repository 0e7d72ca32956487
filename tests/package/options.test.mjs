// Options of createSmartClient, and when invalid ones are reported.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { watchEngine } from './engine.mjs';
import { callbackOf, parametersOf } from './sign-in.mjs';

const OPTIONS = {
  fhirBaseUrl: 'https://ehr.example/fhir',
  clientId: 'growth-chart',
  scope: 'launch/patient patient/*.rs',
  redirectUri: 'https://app.example/back',
};

test('client is created synchronously, without a request and without a page', async (t) => {
  const fetched = t.mock.method(globalThis, 'fetch');
  const engine = watchEngine(t);
  const client = createSmartClient(OPTIONS);
  assert.equal(client.getState().status, 'loading');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(fetched.mock.callCount(), 0);
  assert.equal(engine.starts(), 0);
  assert.equal(typeof globalThis.window, 'undefined');
});

test('client is frozen', () => {
  assert.ok(Object.isFrozen(createSmartClient(OPTIONS)));
});

test('ready without a page and without a session returns null', async () => {
  const client = createSmartClient(OPTIONS);
  assert.equal(await client.ready(), null);
  assert.equal(client.getState().status, 'unauthenticated');
});

const INVALID = [
  ['fhirBaseUrl', undefined, 'config_invalid'],
  ['fhirBaseUrl', '', 'config_invalid'],
  ['fhirBaseUrl', 'ehr.example/fhir', 'endpoint_scheme'],
  ['fhirBaseUrl', 'http://ehr.example/fhir', 'endpoint_scheme'],
  ['fhirBaseUrl', 'http://localhost:8080/fhir', 'endpoint_scheme'],
  ['fhirBaseUrl', 'https://user:secret@ehr.example/fhir', 'config_invalid'],
  ['fhirBaseUrl', 'https://ehr.example/fhir?tenant=1', 'config_invalid'],
  ['clientId', undefined, 'config_invalid'],
  ['clientId', '', 'config_invalid'],
  ['clientId', 7, 'config_invalid'],
  ['scope', undefined, 'config_invalid'],
  ['scope', ['launch', 'patient/*.rs'], 'config_invalid'],
  ['redirectUri', undefined, 'config_invalid'],
  ['redirectUri', 'https://app.example/back#here', 'config_invalid'],
  ['redirectUri', 'javascript:alert(1)', 'endpoint_scheme'],
  ['issuer', 5, 'config_invalid'],
  ['endpoints', { authorizationEndpoint: 'http://as.example', tokenEndpoint: 'https://as.example' }, 'endpoint_scheme'],
  ['endpoints', 'https://as.example', 'config_invalid'],
  ['authorizeMethod', 'PUT', 'config_invalid'],
  ['responseMode', 'web_message', 'config_invalid'],
  ['authorizationParams', { state: 'mine' }, 'config_invalid'],
  ['authorizationParams', { code_challenge_method: 'plain' }, 'config_invalid'],
  ['authorizationParams', ['a'], 'config_invalid'],
  ['storage', 'localStorage', 'config_invalid'],
  ['strict', 'yes', 'config_invalid'],
  ['timeoutSeconds', 0, 'config_invalid'],
  ['timeoutSeconds', 1.5, 'config_invalid'],
  ['timeoutSeconds', '20', 'config_invalid'],
  ['idleTimeoutSeconds', 0, 'config_invalid'],
  ['idleTimeoutSeconds', 86_401, 'config_invalid'],
  ['allowInsecureLoopback', 'yes', 'config_invalid'],
  ['servers', [], 'config_invalid'],
  ['servers', [{}, {}], 'config_invalid'],
  ['servers', 'https://ehr.example/fhir', 'config_invalid'],
  ['clientID', 'growth-chart', 'config_invalid'],
];

for (const [name, value, code] of INVALID) {
  test(`${name}: ${JSON.stringify(value)} is refused as ${code} by the first call, not by createSmartClient`, async (t) => {
    const fetched = t.mock.method(globalThis, 'fetch');
    const client = createSmartClient({ ...OPTIONS, [name]: value });
    for (const call of [() => client.ready(), () => client.authorize({ navigate: false }), () => client.discover()]) {
      await assert.rejects(call(), { name: 'SmartError', code });
    }
    assert.equal(fetched.mock.callCount(), 0);
  });
}

test('error about an option names the option', async () => {
  const { redirectUri, clientId, ...rest } = OPTIONS;
  await assert.rejects(createSmartClient({ ...rest, redirectUri }).ready(), { message: '`clientId` is missing' });
  await assert.rejects(
    createSmartClient({ ...rest, clientId, redirectURI: redirectUri }).ready(),
    /redirectUri|redirectURI/,
  );
});

test('URL objects are accepted for every URL', async (t) => {
  const ehr = await startEhr(t);
  const { fhirBaseUrl, redirectUri } = ehr.options();
  const client = createSmartClient(
    ehr.options({
      fhirBaseUrl: new URL(fhirBaseUrl),
      redirectUri: new URL(redirectUri),
      endpoints: {
        authorizationEndpoint: new URL(ehr.document.authorization_endpoint),
        tokenEndpoint: new URL(ehr.document.token_endpoint),
      },
    }),
  );
  const request = await client.authorize({ navigate: false });
  assert.equal(parametersOf(request).aud, fhirBaseUrl);
  const session = await client.ready({ callback: new URL(callbackOf(request)) });
  assert.equal(session.serverUrl, fhirBaseUrl);
  assert.equal(ehr.requestsTo('/fhir/.well-known/smart-configuration').length, 0);
});

test('undefined options have the same effect as absent ones', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(
    ehr.options({ issuer: undefined, strict: undefined, storage: undefined, servers: undefined }),
  );
  assert.equal((await client.authorize({ navigate: false, launch: undefined, iss: undefined })).method, 'GET');
});

test('loopback server needs allowInsecureLoopback, a loopback redirect URI does not', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ redirectUri: 'http://localhost:3000/back' }));
  assert.equal(parametersOf(await client.authorize({ navigate: false })).redirect_uri, 'http://localhost:3000/back');
  await assert.rejects(createSmartClient(ehr.options({ allowInsecureLoopback: false })).discover(), {
    code: 'endpoint_scheme',
  });
});
