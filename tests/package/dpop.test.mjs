// Tokens that are bound to a key (DPoP): the proofs that are sent, and proofs that a server refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient as createBearerClient } from 'smart-launch';
import { createConfidentialClient } from 'smart-launch/confidential';
import { createSmartClient } from 'smart-launch/dpop';
import { useIndexedDb } from './indexed-db.mjs';
import { openIsolated } from './isolated.mjs';
import { readProof, startProofServer } from './proof-server.mjs';
import { callbackOf, parametersOf, signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** @param {import('node:test').TestContext} t */
async function signedIn(t, options = {}) {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  const client = createSmartClient({ ...server.options(), dpop: true, ...options });
  t.after(() => client.dispose());
  const session = await signIn(client);
  return { database, server, client, session };
}

/**
 * Opens a page of a tab with its own copy of the package.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('./tab.mjs').Tab} tab
 * @param {Awaited<ReturnType<typeof startProofServer>>} server
 */
async function openPage(t, tab, server) {
  const page = await tab.open('https://app.example/back', { also: ['dpop'] });
  const options = /** @type {any} */ (server.options({ storage: 'session', dpop: true }));
  const client = /** @type {import('smart-launch/dpop').DpopSmartClient} */ (page.createSmartClient(options));
  t.after(() => client.dispose());
  return client;
}

/** @param {string} code */
const isFailure = (code) => (/** @type {any} */ error) => error.code === code && error.hint.length > 20;

test('proofs of token and FHIR requests are signed with the key that the authorization request names', async (t) => {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  const client = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => client.dispose());
  const request = await client.authorize({ navigate: false });
  const { dpop_jkt: thumbprint } = parametersOf(request);
  await client.ready({ callback: callbackOf(request) });
  assert.deepEqual(await client.request('Patient/zoe?_elements=id'), {
    resourceType: 'Patient',
    id: 'zoe',
    method: 'GET',
    body: '',
  });
  await client.refresh();
  await client.request('Patient/zoe');
  assert.deepEqual([...new Set(server.bound.values())], [thumbprint]);
  assert.equal(database.records.size, 1);
  const [record] = /** @type {any[]} */ ([...database.records.values()]);
  assert.deepEqual([record.key.type, record.key.extractable, record.key.usages], ['private', false, ['sign']]);
  assert.equal(record.jwk.d, undefined);
});

test('token endpoint and FHIR API have separate nonces, and a request that lacks a required nonce is repeated once', async (t) => {
  const database = useIndexedDb(t);
  assert.equal(database.records.size, 0);
  const server = await startProofServer(t);
  server.state.nonce = 'of-the-token-endpoint';
  server.state.resourceNonce = 'of-the-api';
  const client = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => client.dispose());
  await signIn(client);
  assert.equal(server.requestsTo('/token').length, 2);
  await client.request('Patient/zoe');
  assert.equal(server.requestsTo('/fhir/Patient/zoe').length, 2);
  await client.request('Patient/zoe');
  await client.refresh();
  const nonces = server.requests.filter(({ headers }) => headers.dpop).map(({ headers }) => readProof(headers.dpop).claims.nonce);
  const [first, second] = ['of-the-token-endpoint', 'of-the-api'];
  assert.deepEqual(nonces, [undefined, first, undefined, second, second, first]);
});

test('request whose proof is refused is repeated with its body, and the token is not refreshed', async (t) => {
  const { server, client } = await signedIn(t);
  const bodies = [
    { init: { method: 'POST', body: '{"a":1}' }, expectedBody: '{"a":1}' },
    { init: { method: 'PUT', body: new TextEncoder().encode('bytes') }, expectedBody: 'bytes' },
  ];
  for (const [number, { init, expectedBody }] of bodies.entries()) {
    server.state.resourceNonce = `nonce-${number}`;
    const response = await client.fetch('Patient/zoe', init);
    assert.equal((await response.json()).body, expectedBody);
  }
  server.state.resourceNonce = 'nonce-of-a-request-object';
  const request = new Request(`${server.fhirBaseUrl}/Patient/zoe`, { method: 'POST', body: 'of an object' });
  assert.equal((await (await client.fetch(request)).json()).body, 'of an object');
  server.state.resourceNonce = 'nonce-of-a-stream';
  const stream = new ReadableStream({ start: (controller) => controller.close() });
  const init = /** @type {RequestInit} */ ({ method: 'POST', body: stream, duplex: 'half' });
  assert.equal((await client.fetch('Patient/zoe', init)).status, 401, 'a stream can be sent once');
  assert.equal((await client.fetch('Patient/zoe')).status, 200, 'the nonce of the refused response is used for the next request');
  assert.equal(server.requestsTo('/token').length, 1);
});

test('request to a server that refuses every nonce is repeated once', async (t) => {
  const { server, client } = await signedIn(t);
  let number = 0;
  const headers = () => ({ 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': `nonce-${++number}` });
  server.answer('/fhir/Patient/zoe', () => ({ status: 401, headers: headers() }));
  assert.equal((await client.fetch('Patient/zoe')).status, 401);
  assert.equal(number, 2);
  server.answer('/token', () => ({ status: 400, headers: { 'dpop-nonce': 'x' }, json: { error: 'use_dpop_nonce' } }));
  await assert.rejects(client.refresh(), isFailure('dpop_refused'));
  assert.equal(server.requestsTo('/token').length, 3);
  assert.equal(client.getState().status, 'authenticated');
});

test('clock that is an hour off is corrected once by the date of the server', async (t) => {
  const database = useIndexedDb(t);
  assert.equal(database.records.size, 0);
  const server = await startProofServer(t);
  server.state.clock = () => Math.floor(Date.now() / 1000) + 3600;
  const client = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => client.dispose());
  await signIn(client);
  await client.request('Patient/zoe');
  await client.request('Patient/zoe');
  assert.deepEqual([server.requestsTo('/token').length, server.requestsTo('/fhir/Patient/zoe').length], [2, 3]);
});

test('token that is refused is refreshed, and the request is repeated with the new token', async (t) => {
  const { server, client } = await signedIn(t);
  server.bound.set(server.issued[0].access_token, 'of another key');
  assert.equal((await client.fetch('Patient/zoe')).status, 200);
  assert.equal(server.requestsTo('/token').length, 2);
});

test('createProof makes proofs for requests that the app sends', async (t) => {
  const { server, client } = await signedIn(t);
  const accessToken = await client.getAccessToken();
  const url = `${server.fhirBaseUrl}/Patient/zoe?a=b`;
  const dpop = await client.createProof({ accessToken, url, method: 'put' });
  const init = { method: 'PUT', body: 'x', headers: { authorization: `DPoP ${accessToken}`, dpop } };
  assert.equal((await fetch(url, init)).status, 200);
  const proofWithNonce = await client.createProof({ accessToken, url: new URL(url), nonce: 'mine' });
  assert.deepEqual([readProof(proofWithNonce).claims.nonce, readProof(proofWithNonce).claims.htm], ['mine', 'GET']);
  assert.notEqual(readProof(proofWithNonce).claims.jti, readProof(dpop).claims.jti);
  for (const invalidOptions of [{ url }, { accessToken, url: '/Patient' }, {}]) {
    await assert.rejects(client.createProof(/** @type {any} */ (invalidOptions)), isFailure('config_invalid'));
  }
});

test('bearer token is refused with the option `dpop`, and a bound token is refused without the option', async (t) => {
  useIndexedDb(t);
  const server = await startProofServer(t, { tokens: { token_type: 'Bearer' } });
  const client = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => client.dispose());
  await assert.rejects(signIn(client), isFailure('dpop_downgrade'));
  const serverOfBoundTokens = await startProofServer(t);
  serverOfBoundTokens.answer('/token', () => ({ json: serverOfBoundTokens.tokenResponse() }));
  const bearerClient = createBearerClient(serverOfBoundTokens.options());
  t.after(() => bearerClient.dispose());
  await assert.rejects(signIn(bearerClient), isFailure('token_type_unsupported'));
});

test('session ends when its key was deleted', async (t) => {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  const tab = openTab(t);
  await signIn(await openPage(t, tab, server));
  const client = await openPage(t, tab, server);
  assert.ok(await client.ready(), 'a reload restores the session');
  database.records.clear();
  /** @type {string[]} */
  const reasons = [];
  client.on('signedOut', ({ reason }) => reasons.push(reason));
  await assert.rejects(client.request('Patient/zoe'), isFailure('dpop_key_lost'));
  assert.deepEqual([client.getState().status, client.getState().error?.code], ['unauthenticated', 'dpop_key_lost']);
  assert.deepEqual(reasons, ['session_expired']);
  assert.equal(await (await openPage(t, tab, server)).ready(), null);
  assert.equal(server.requestsTo('/fhir/Patient/zoe').length, 0);
});

test('session ends when introspect() finds that its key was deleted', async (t) => {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  server.configure({ introspection_endpoint: `${server.origin}/introspect` });
  const tab = openTab(t);
  await signIn(await openPage(t, tab, server));
  const client = await openPage(t, tab, server);
  await client.ready();
  database.records.clear();
  await assert.rejects(client.introspect(), isFailure('dpop_key_lost'));
  assert.deepEqual([client.getState().status, client.getState().error?.code], ['unauthenticated', 'dpop_key_lost']);
});

test('key that another tab deletes while this tab stores the time of its last use is not stored again', async (t) => {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  const tab = openTab(t);
  await signIn(await openPage(t, tab, server));
  for (const record of database.records.values()) /** @type {any} */ (record).used = 0;
  const client = await openPage(t, tab, server);
  await client.ready();
  const transactionEnded = new Promise((resolve) => {
    database.beforeEach((mode) => {
      if (mode === 'readonly') return;
      database.records.clear();
      setTimeout(resolve, 5);
    });
  });
  assert.equal((await client.fetch('Patient/zoe')).status, 200);
  await transactionEnded;
  assert.equal(database.records.size, 0);
});

test('key of a page that stays open is not deleted as too old', async (t) => {
  const { database, client, server } = await signedIn(t);
  const { now } = Date;
  t.mock.method(Date, 'now', () => now() + 31 * 86_400_000);
  await client.refresh();
  const otherClient = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => otherClient.dispose());
  await otherClient.authorize({ navigate: false });
  assert.equal(database.records.size, 2);
});

test('if IndexedDB does not respond, calls that need the key reject after a delay, and logout() revokes the tokens', async (t) => {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  const tab = openTab(t);
  await signIn(await openPage(t, tab, server));
  const client = await openPage(t, tab, server);
  await client.ready();
  database.silence();
  const originalSetTimeout = setTimeout;
  t.mock.method(globalThis, 'setTimeout', (/** @type {() => void} */ call, /** @type {number} */ milliseconds) =>
    originalSetTimeout(call, milliseconds === 8_000 ? 1 : milliseconds),
  );
  await assert.rejects(client.request('Patient/zoe'), isFailure('dpop_unavailable'));
  assert.equal(client.getState().status, 'authenticated', 'the key may still be stored');
  await assert.rejects(client.authorize({ navigate: false }), isFailure('dpop_unavailable'));
  assert.equal((await client.logout()).revoked, true);
});

test('duplicated tab uses the same key, and its refreshed token is accepted', async (t) => {
  const database = useIndexedDb(t);
  const server = await startProofServer(t);
  const tab = openTab(t);
  const client = await openPage(t, tab, server);
  await signIn(client);
  const clientOfDuplicate = await openPage(t, tab.duplicate(), server);
  assert.ok(await clientOfDuplicate.ready());
  await clientOfDuplicate.refresh();
  assert.equal((await clientOfDuplicate.fetch('Patient/zoe')).status, 200);
  assert.deepEqual([database.records.size, new Set(server.bound.values()).size], [1, 1]);
});

test('sign-in is refused before the page is left if ES256 or IndexedDB is missing, or the server lacks ES256', async (t) => {
  const server = await startProofServer(t);
  const database = useIndexedDb(t);
  const { subtle } = crypto;
  const generateKey = t.mock.method(subtle, 'generateKey', () => Promise.reject(new DOMException('', 'NotSupportedError')));
  const clientWithoutEs256 = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => clientWithoutEs256.dispose());
  await assert.rejects(clientWithoutEs256.authorize({ navigate: false }), isFailure('dpop_unavailable'));
  generateKey.mock.restore();
  database.block();
  const client = createSmartClient({ ...server.options(), dpop: true });
  t.after(() => client.dispose());
  await assert.rejects(client.authorize({ navigate: false }), isFailure('dpop_unavailable'));
  const serverWithoutEs256 = await startProofServer(t, { configuration: { dpop_signing_alg_values_supported: ['RS256'] } });
  const clientOfServerWithoutEs256 = createSmartClient({ ...serverWithoutEs256.options(), dpop: true });
  t.after(() => clientOfServerWithoutEs256.dispose());
  await assert.rejects(clientOfServerWithoutEs256.authorize({ navigate: false }), isFailure('dpop_unsupported'));
});

test('sign-out deletes the key', async (t) => {
  const { database, server, client } = await signedIn(t);
  assert.equal(database.records.size, 1);
  assert.equal((await client.logout()).revoked, true);
  assert.equal(database.records.size, 0);
  assert.ok(server.requestsTo('/revoke').every(({ headers }) => headers.dpop === undefined));
});

test('option `dpop` is refused by smart-launch and smart-launch/confidential, and with a secret or a wrong value', async (t) => {
  useIndexedDb(t);
  const server = await startProofServer(t);
  const options = /** @type {any} */ ({ ...server.options(), dpop: true });
  const secret = { clientAuth: { secret: 'a-secret-that-is-long' } };
  for (const client of [
    createBearerClient(options),
    createConfidentialClient({ ...options, ...secret }),
    createConfidentialClient(options),
    createSmartClient({ ...options, ...secret }),
    createSmartClient({ ...options, dpop: 'yes' }),
  ]) {
    t.after(() => client.dispose());
    await assert.rejects(client.authorize({ navigate: false }), isFailure('config_invalid'));
  }
  assert.equal(server.requests.length, 0);
});

test('tokens of a session in a worker can be bound to a key if the worker loads `smart-launch/dpop-worker`', async (t) => {
  const options = { dpop: true };
  const environment = () => ({ worker: new Worker(new URL('dpop-thread.mjs', import.meta.url)) });
  /** @type {Awaited<ReturnType<typeof startProofServer>> | undefined} */
  let server;
  /** @type {typeof import('./ehr.mjs').startEhr} */
  const start = async (...args) => (server = await startProofServer(...args));
  const { client } = await openIsolated(t, { start, options, environment });
  const request = await client.authorize({ navigate: false });
  await client.ready({ callback: callbackOf(request) });
  assert.equal((await client.request('Patient/zoe')).id, 'zoe');
  await client.refresh();
  assert.equal((await client.fetch('Patient/zoe', { headers: { dpop: 'of the page' } })).status, 200);
  assert.deepEqual([...new Set(server?.bound.values())], [parametersOf(request).dpop_jkt]);
  assert.equal((await client.logout()).revoked, true);
  const { client: clientOfOtherWorker } = await openIsolated(t, { options });
  await assert.rejects(clientOfOtherWorker.authorize({ navigate: false }), isFailure('config_invalid'));
});

test('option `dpop` can be set for one of several servers', async (t) => {
  useIndexedDb(t);
  const [first, second] = [await startProofServer(t), await startProofServer(t)];
  const { fhirBaseUrl: _, ...shared } = first.options();
  const servers = [
    { fhirBaseUrl: first.fhirBaseUrl, redirectUri: 'https://app.example/one', dpop: true },
    { fhirBaseUrl: second.fhirBaseUrl, redirectUri: 'https://app.example/two' },
  ];
  const client = createSmartClient({ ...shared, servers });
  t.after(() => client.dispose());
  assert.match(parametersOf(await client.authorize({ iss: first.fhirBaseUrl, navigate: false })).dpop_jkt ?? '', /^[\w-]{43}$/);
  assert.equal(parametersOf(await client.authorize({ iss: second.fhirBaseUrl, navigate: false })).dpop_jkt, undefined);
});
