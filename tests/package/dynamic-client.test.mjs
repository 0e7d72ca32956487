// Clients that a user registers for one browser.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { SmartError } from 'smart-launch';
import { createDynamicClient } from 'smart-launch/registration';
import { isSigned, read } from './authenticating.mjs';
import { useIndexedDb } from './indexed-db.mjs';
import { startServer } from './scripted-server.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Starts a server that registers browsers, and issues a token for each assertion that is signed with a registered key. */
async function startEhr(t) {
  const server = await startServer(t);
  const { origin } = server;
  const keys = new Map();
  let issued = 0;
  server.answer('/fhir/.well-known/smart-configuration', {
    json: {
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      grant_types_supported: [GRANT],
      capabilities: [],
      code_challenge_methods_supported: ['S256'],
    },
  });
  const register = ({ headers, body }) => {
    if (!headers.authorization?.startsWith('Bearer canary-session-')) return { status: 401, json: { error: 'invalid_token' } };
    const { software_id, jwks } = JSON.parse(body);
    const client_id = `device-${keys.size + 1}`;
    keys.set(client_id, jwks.keys[0]);
    return { status: 201, json: { client_id, software_id, grant_types: [GRANT], token_endpoint_auth_method: 'none' } };
  };
  const usedIds = new Set();
  const token = ({ fields }) => {
    const assertion = fields.get('assertion') ?? '';
    const { header, claims } = read(assertion);
    const id = fields.get('client_id');
    const now = Date.now() / 1000;
    const isValid =
      fields.get('grant_type') === GRANT &&
      isSigned(assertion, keys.get(id)) &&
      header.alg === 'RS384' &&
      header.kid === keys.get(id).kid &&
      [claims.iss, claims.sub, claims.aud].join() === [id, id, `${origin}/token`].join() &&
      claims.exp > now &&
      claims.exp <= now + 300 &&
      !usedIds.has(claims.jti);
    usedIds.add(claims.jti);
    if (!isValid) return { status: 400, json: { error: 'invalid_grant' } };
    return { json: { access_token: `canary-${id}-${++issued}`, token_type: 'bearer', expires_in: 300, patient: 'zoe' } };
  };
  server.answer('/register', register);
  server.answer('/token', token);
  server.answer('/fhir/Patient/zoe', ({ headers }) =>
    headers.authorization?.startsWith('Bearer canary-device-') ? { json: { id: 'zoe' } } : { status: 401 },
  );
  const options = { fhirBaseUrl: `${origin}/fhir`, softwareId: 'my-app', allowInsecureLoopback: true };
  return { ...server, token, keys, options };
}

const signedOut = { code: 'signed_out' };

test('browser is registered with a key that cannot be extracted, and reads with its own tokens', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const device = createDynamicClient(server.options);
  assert.equal(await device.isRegistered(), false);
  await assert.rejects(device.request('Patient/zoe'), signedOut);
  await device.register('canary-session-1');
  const [{ headers, body }] = server.requestsTo('/register');
  assert.equal(headers.authorization, 'Bearer canary-session-1');
  const { software_id, jwks, ...otherMembers } = JSON.parse(body);
  assert.deepEqual([software_id, jwks.keys.length, otherMembers], ['my-app', 1, {}]);
  assert.deepEqual(Object.keys(jwks.keys[0]).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  const [record, ...otherRecords] = database.records.values();
  assert.deepEqual([otherRecords.length, record.clientId, record.privateKey.extractable], [0, 'device-1', false]);
  assert.equal(await device.isRegistered(), true);
  assert.deepEqual(await device.request('Patient/zoe'), { id: 'zoe' });
  assert.equal((await device.getToken()).tokenResponse.patient, 'zoe');
  assert.deepEqual([...server.requestsTo('/token')[0].fields.keys()], ['grant_type', 'assertion', 'client_id']);
  assert.equal(server.requestsTo('/token').length, 1);
});

test('reload and another tab use the same registration, with separate tokens', async (t) => {
  const server = await startEhr(t);
  useIndexedDb(t);
  await createDynamicClient(server.options).register('canary-session-1');
  const tabs = [createDynamicClient(server.options), createDynamicClient(server.options)];
  for (const tab of tabs) assert.deepEqual(await tab.request('Patient/zoe'), { id: 'zoe' });
  assert.deepEqual([server.requestsTo('/register').length, server.requestsTo('/token').length], [1, 2]);
  const otherApp = createDynamicClient({ ...server.options, softwareId: 'another' });
  assert.equal(await otherApp.isRegistered(), false);
});

test('removed key ends the access of every tab', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const tabs = [createDynamicClient(server.options), createDynamicClient(server.options)];
  await tabs[0].register('canary-session-1');
  await tabs[1].request('Patient/zoe');
  await tabs[0].remove();
  assert.deepEqual([...database.records.values()], []);
  for (const tab of tabs) {
    await assert.rejects(tab.request('Patient/zoe'), signedOut);
    await assert.rejects(tab.getAccessToken(), signedOut);
    assert.equal(await tab.isRegistered(), false);
  }
  assert.equal(server.requestsTo('/fhir/Patient/zoe').length, 1);
});

test('remove() in the page that registered deletes the registration at the server; no registration token is stored', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const managedRegistration = (number) => ({
    status: 201,
    json: { client_id: `device-${number}`, registration_client_uri: `${server.origin}/register/${number}`, registration_access_token: 'canary-manage' },
  });
  /** @type {string[]} */
  const errors = [];
  for (const [number, status, expected] of /** @type {const} */ ([[1, 204, []], [2, 503, ['http_status']]])) {
    const device = createDynamicClient(server.options);
    device.on('error', ({ code }) => errors.push(code));
    server.answer('/register', () => managedRegistration(number));
    server.answer(`/register/${number}`, { status });
    await device.register('canary-session-1');
    assert.doesNotMatch(inspect([...database.records.values()], { depth: 9 }), /canary-manage/);
    await device.remove();
    const removals = server.requestsTo(`/register/${number}`).map(({ method, headers }) => [method, headers.authorization]);
    assert.deepEqual(removals, [['DELETE', 'Bearer canary-manage']]);
    assert.deepEqual([errors, [...database.records.values()]], [expected, []]);
    await device.remove();
    assert.equal(server.requestsTo(`/register/${number}`).length, 1);
  }
  server.answer('/register', () => managedRegistration(3));
  await createDynamicClient(server.options).register('canary-session-1');
  await createDynamicClient(server.options).remove();
  assert.deepEqual([server.requestsTo('/register/3').length, [...database.records.values()]], [0, []]);
});

test('token that arrives after the removal is not used by later calls', async (t) => {
  const server = await startEhr(t);
  useIndexedDb(t);
  const device = createDynamicClient(server.options);
  await device.register('canary-session-1');
  const held = server.hold('/token', () => ({ json: { access_token: 'canary-late', token_type: 'bearer', expires_in: 300 } }));
  const request = device.getAccessToken();
  await held.arrived;
  await device.remove();
  held.release();
  await request;
  await assert.rejects(device.getAccessToken(), signedOut);
});

test('removal waits for a registration that is in progress', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const device = createDynamicClient(server.options);
  const held = server.hold('/register', () => ({ status: 201, json: { client_id: 'device-9' } }));
  const registration = device.register('canary-session-1');
  await held.arrived;
  const removal = device.remove();
  held.release();
  await Promise.all([registration, removal]);
  assert.deepEqual([...database.records.values()], []);
});

test('register() for another user is refused during a registration; a final slash of the base makes no difference', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const device = createDynamicClient(server.options);
  const held = server.hold('/register', () => ({ status: 201, json: { client_id: 'device-9' } }));
  const registration = device.register('canary-session-1');
  await held.arrived;
  await assert.rejects(device.register('canary-session-2'), { code: 'config_invalid' });
  held.release();
  await registration;
  await createDynamicClient({ ...server.options, fhirBaseUrl: `${server.options.fhirBaseUrl}/` }).remove();
  assert.deepEqual([...database.records.values()], []);
});

test('registration by another tab does not change the user of this tab', async (t) => {
  const server = await startEhr(t);
  useIndexedDb(t);
  const [first, second] = [createDynamicClient(server.options), createDynamicClient(server.options)];
  await first.register('canary-session-1');
  await first.request('Patient/zoe');
  await second.register('canary-session-2');
  await assert.rejects(first.request('Patient/zoe'), signedOut);
  assert.match(await second.getAccessToken(), /device-2/);
  const reloaded = createDynamicClient(server.options);
  assert.match(await reloaded.getAccessToken(), /device-2/);
});

test('new token for another patient is refused', async (t) => {
  const server = await startEhr(t);
  useIndexedDb(t);
  const device = createDynamicClient(server.options);
  await device.register('canary-session-1');
  await device.request('Patient/zoe');
  server.answer('/token', { json: { access_token: 'canary-other', token_type: 'bearer', expires_in: 300, patient: 'noah' } });
  server.answer('/fhir/Patient/zoe', { status: 401 });
  await assert.rejects(device.request('Patient/zoe'), { code: 'launch_context_invalid' });
  assert.ok(server.requests.every(({ headers }) => headers.authorization !== 'Bearer canary-other'));
});

test('refused registration stores no key, and the previous registration stays valid', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const device = createDynamicClient(server.options);
  await device.register('canary-session-1');
  const error = await device.register('canary-wrong').catch((error) => error);
  assert.ok(SmartError.is(error));
  assert.equal(error.code, 'registration_refused');
  assert.ok(!inspect(error, { depth: 9 }).includes('canary-wrong'));
  assert.deepEqual([...database.records.values()].map(({ clientId }) => clientId), ['device-1']);
  assert.deepEqual(await device.request('Patient/zoe'), { id: 'zoe' });
  await assert.rejects(device.register(''), { code: 'config_invalid' });
});

test('concurrent calls register once', async (t) => {
  const server = await startEhr(t);
  useIndexedDb(t);
  const device = createDynamicClient(server.options);
  await Promise.all([device.register('canary-session-1'), device.register('canary-session-1')]);
  assert.equal(server.requestsTo('/register').length, 1);
});

test('browser that cannot store a key does not send the access token', async (t) => {
  const [server, database] = [await startEhr(t), useIndexedDb(t)];
  const device = createDynamicClient(server.options);
  database.block();
  await assert.rejects(device.register('canary-session-1'), { code: 'storage_unavailable' });
  await assert.rejects(device.isRegistered(), { code: 'storage_unavailable' });
  assert.equal(server.requestsTo('/register').length, 0);
  delete globalThis.indexedDB;
  await assert.rejects(device.register('canary-session-1'), { code: 'storage_unavailable' });
});

test('after the server has revoked the access, requests reject with token_refused', async (t) => {
  const server = await startEhr(t);
  useIndexedDb(t);
  const device = createDynamicClient(server.options);
  await device.register('canary-session-1');
  server.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: null } });
  const errors = [];
  device.on('error', (error) => errors.push(error.code));
  await assert.rejects(device.request('Patient/zoe'), (error) => error.code === 'token_refused' && error.oauth.error === 'invalid_grant');
  assert.deepEqual(errors, ['token_refused']);
});
