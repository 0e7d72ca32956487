// fhirclient's client on a session of this library: context, token, and permitted URLs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { isRevealing, SCOPE_OPENID } from './ehr.mjs';
import { openApp, OPTIONS } from './fhirclient.mjs';
import { startServer } from './scripted-server.mjs';

const FHIR_JSON = { 'content-type': 'application/fhir+json' };

async function signedIn(test, ehrOptions, options) {
  const app = await openApp(test, ehrOptions);
  const { client, page } = await app.signIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, ...options });
  return { ...app, client, page };
}

test('state has the members of fhirclient’s state, with current values', async (t) => {
  const { ehr, client } = await signedIn(t);
  const { state } = client;
  assert.equal(state.serverUrl, ehr.fhirBaseUrl);
  assert.equal(state.clientId, OPTIONS.clientId);
  assert.equal(state.scope, OPTIONS.scope);
  assert.match(state.redirectUri, /index\.html$/);
  assert.equal(state.tokenResponse.access_token, ehr.issued[0].access_token);
  assert.equal(state.tokenResponse.patient, 'zoe');
  const secondsLeft = state.expiresAt - Date.now() / 1_000;
  assert.ok(secondsLeft > 3_590 && secondsLeft <= 3_600, secondsLeft);
  assert.equal(await client.refresh(), state);
  assert.equal(state.tokenResponse.access_token, ehr.issued[1].access_token);
  assert.equal(client.getState('tokenResponse.access_token'), ehr.issued[1].access_token);
  assert.equal(client.getState('tokenResponse.none.of.it'), undefined);
  assert.deepEqual(Object.keys(client.getState()), Object.keys(state));
});

test('token without a lifetime is assumed to last five minutes', async (t) => {
  const { client } = await signedIn(t, { tokens: { expires_in: undefined } });
  const secondsLeft = client.state.expiresAt - Date.now() / 1_000;
  assert.ok(secondsLeft > 290 && secondsLeft <= 300, secondsLeft);
});

test('no token shows in a client that is logged or serialised', async (t) => {
  const { client } = await signedIn(t);
  for (const text of [
    JSON.stringify(client),
    JSON.stringify(client.state),
    inspect(client, { depth: 9, getters: true }),
  ]) {
    assert.ok(!isRevealing(text), text);
  }
});

test('getAuthorizationHeader() is synchronous; it has the new token after a refresh, and is null after a sign-out', async (t) => {
  const { ehr, client } = await signedIn(t);
  assert.equal(client.getAuthorizationHeader(), `Bearer ${ehr.issued[0].access_token}`);
  await client.smart.refresh();
  assert.equal(client.getAuthorizationHeader(), `Bearer ${ehr.issued[1].access_token}`);
  await client.smart.logout();
  assert.equal(client.getAuthorizationHeader(), null);
  assert.equal(client.patient.id, null);
});

test('patient, encounter and user are those of the launch, and read() requests them', async (t) => {
  const ehrOptions = { tokens: { encounter: 'visit', scope: SCOPE_OPENID }, idToken: {} };
  const { ehr, client } = await signedIn(t, ehrOptions, { scope: SCOPE_OPENID });
  assert.deepEqual([client.patient.id, client.getPatientId()], ['zoe', 'zoe']);
  assert.deepEqual([client.encounter.id, client.getEncounterId()], ['visit', 'visit']);
  const { id, resourceType, fhirUser } = client.user;
  assert.deepEqual([id, resourceType, fhirUser], ['amara', 'Practitioner', 'Practitioner/amara']);
  assert.deepEqual([client.getUserId(), client.getUserType(), client.getFhirUser()], [id, resourceType, fhirUser]);
  assert.equal(client.getIdToken().sub, 'amara');
  for (const [part, path] of [
    [client.patient, 'Patient/zoe'],
    [client.encounter, 'Encounter/visit'],
    [client.user, 'Practitioner/amara'],
  ]) {
    ehr.answer(`/fhir/${path}`, { headers: FHIR_JSON, body: `{"id":"${path}"}` });
    assert.deepEqual(await part.read(), { id: path });
    const { body, response } = await part.read({ includeResponse: true });
    assert.deepEqual([body, response.status], [{ id: path }, 200]);
  }
});

test('user at another server is not read with this server’s token', async (t) => {
  const ehrOptions = {
    idToken: { fhirUser: 'https://elsewhere.example/fhir/Practitioner/amara' },
    tokens: { scope: SCOPE_OPENID },
  };
  const { client, ehr } = await signedIn(t, ehrOptions, { scope: SCOPE_OPENID });
  assert.equal(client.user.fhirUser, 'Practitioner/amara');
  await assert.rejects(client.user.read(), { code: 'origin_not_allowed' });
  assert.equal(ehr.requestsTo('/fhir/Practitioner/amara').length, 0);
});

test('context that the launch did not provide is null, and reading it rejects', async (t) => {
  const { client } = await signedIn(t, { tokens: { patient: undefined } }, { scope: 'user/*.rs' });
  for (const [part, label] of [
    [client.patient, 'Patient'],
    [client.encounter, 'Encounter'],
    [client.user, 'User'],
  ]) {
    assert.equal(part.id, null);
    await assert.rejects(part.read(), { code: 'config_invalid', message: `${label} is not available` });
  }
  await assert.rejects(client.patient.request('Observation'), { message: 'Patient is not available' });
  assert.equal(client.getIdToken(), null);
});

test('claims of an ID token that was not requested and not verified are not returned', async (t) => {
  const { client } = await signedIn(t, { idToken: { nonce: undefined }, configuration: { issuer: undefined } });
  assert.ok(client.state.tokenResponse.id_token);
  assert.deepEqual([client.getIdToken(), client.user.id], [null, null]);
});

test('token goes to URLs under the FHIR base only', async (t) => {
  const { client, ehr } = await signedIn(t);
  const otherServer = await startServer(t);
  const requestCount = ehr.requests.length;
  for (const options of [{}, { useRefreshToken: false }]) {
    for (const url of [
      `${otherServer.origin}/fhir/Patient`,
      `${ehr.origin}/other`,
      `${ehr.fhirBaseUrl}/..%2fother`,
      'urn:a:b',
    ]) {
      await assert.rejects(client.request(url, options), { code: 'origin_not_allowed' }, url);
    }
  }
  await assert.rejects(client.create({ resourceType: '../other' }), { code: 'origin_not_allowed' });
  assert.deepEqual([otherServer.requests.length, ehr.requests.length], [0, requestCount]);
});

test('next page and reference at another server are refused', async (t) => {
  const { client, ehr } = await signedIn(t);
  const bundle = { resourceType: 'Bundle', link: [{ relation: 'next', url: 'https://elsewhere.example/fhir?page=2' }] };
  ehr.answer('/fhir/Patient', { json: bundle });
  await assert.rejects(client.request('Patient', { pageLimit: 0 }), { code: 'origin_not_allowed' });
  ehr.answer('/fhir/Observation/1', { json: { subject: { reference: 'https://elsewhere.example/fhir/Patient/1' } } });
  const request = client.request('Observation/1', { resolveReferences: 'subject' });
  await assert.rejects(request, { code: 'origin_not_allowed' });
});

test('redirect is not followed', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { redirect: `${ehr.origin}/fhir/Patient/max` });
  for (const options of [{}, { useRefreshToken: false }]) {
    await assert.rejects(client.request('Patient/zoe', options), { code: 'redirected' });
  }
  assert.equal(ehr.requestsTo('/fhir/Patient/max').length, 0);
});

test('token that is about to expire is refreshed first, once for all callers, unless `useRefreshToken` is false', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 3_595_000);
  await client.request('Patient/zoe', { useRefreshToken: false });
  assert.equal(ehr.requestsTo('/token').length, 1);
  await Promise.all([client.request('Patient/zoe'), client.patient.read(), client.refreshIfNeeded()]);
  assert.equal(ehr.requestsTo('/token').length, 2);
  assert.equal(ehr.requests.at(-1).headers.authorization, `Bearer ${ehr.issued[1].access_token}`);
});

test('refreshIfNeeded() does not refresh a valid token, nor any token if there is no refresh token', async (t) => {
  const { client, ehr } = await signedIn(t, { tokens: { refresh_token: undefined } });
  assert.equal(await client.refreshIfNeeded(), client.state);
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 4_000_000);
  assert.equal(await client.refreshIfNeeded(), client.state);
  await assert.rejects(client.refresh());
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('401 with a token that cannot be refreshed rejects and signs out: after a reload ready() rejects', async (t) => {
  const { client, ehr, open } = await signedIn(t, { tokens: { refresh_token: undefined } });
  ehr.answer('/fhir/Patient/zoe', { status: 401 });
  const signedOut = new Promise((resolve) => client.smart.on('signedOut', resolve));
  await assert.rejects(client.patient.read(), { code: 'http_status', status: 401 });
  await signedOut;
  assert.deepEqual(client.state.tokenResponse, {});
  const { oauth2 } = await open('https://app.example/growth/index.html');
  await assert.rejects(oauth2.ready(), { code: 'signed_out' });
});

test('after a 401 the request is repeated with a new token', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { status: 401 }, { json: { id: 'zoe' } });
  assert.deepEqual(await client.patient.read(), { id: 'zoe' });
  assert.equal(ehr.requestsTo('/token').length, 2);
});

test('401 to create(), which is not repeated: the token is refreshed, and the session is kept', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/Observation', { status: 401 }, { status: 201, json: { id: 'new' } });
  const observation = { resourceType: 'Observation' };
  await assert.rejects(client.create(observation), { status: 401 });
  assert.equal(client.getAuthorizationHeader(), `Bearer ${ehr.issued[1].access_token}`);
  assert.deepEqual(await client.create(observation), { id: 'new' });
});

test('401 with `useRefreshToken: false` leaves the session unchanged', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { status: 401 }, { json: { id: 'zoe' } });
  await assert.rejects(client.request('Patient/zoe', { useRefreshToken: false }), { status: 401 });
  await client.refresh();
  assert.deepEqual(await client.request('Patient/zoe', { useRefreshToken: false }), { id: 'zoe' });
});

test('created resource is read from `Location` if that is under the FHIR base', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/Observation/new', { json: { id: 'new' } });
  for (const location of ['Observation/new', '/fhir/Observation/new', `${ehr.fhirBaseUrl}/Observation/new`]) {
    ehr.answer('/fhir/Observation', { status: 201, headers: { location } });
    assert.deepEqual(await client.create({ resourceType: 'Observation' }), { id: 'new' }, location);
  }
  ehr.answer('/fhir/Observation', {
    status: 201,
    headers: { location: 'https://elsewhere.example/fhir/Observation/new' },
  });
  await assert.rejects(client.create({ resourceType: 'Observation' }), { code: 'origin_not_allowed' });
});

test('request without a URL is refused', async (t) => {
  const { client } = await signedIn(t);
  for (const target of [undefined, '', {}]) {
    await assert.rejects(client.request(target), { code: 'config_invalid', message: /url/ });
    await assert.rejects(client.patient.request(target), { code: 'config_invalid', message: /url/ });
  }
});

test('error status of the server is http_status, with the members of fhirclient’s errors and the body', async (t) => {
  const { client, ehr } = await signedIn(t);
  const outcome = { resourceType: 'OperationOutcome', issue: [] };
  ehr.answer('/fhir/Patient/none', { status: 404, json: outcome });
  await assert.rejects(client.request('Patient/none'), (error) => {
    assert.deepEqual(
      [error.code, error.status, error.statusCode, error.statusText],
      ['http_status', 404, 404, 'Not Found'],
    );
    assert.equal(error.message, '404 Not Found');
    assert.equal(error.response.status, 404);
    assert.deepEqual(error.body, outcome);
    assert.equal(error.retryable, false);
    return true;
  });
  ehr.answer('/fhir/Patient/none', { status: 503 });
  await assert.rejects(client.request('Patient/none'), { status: 503, retryable: true });
});

test('aborted request rejects with AbortError, also while a further page is requested', async (t) => {
  const { client, ehr } = await signedIn(t);
  const page = { resourceType: 'Bundle', link: [{ relation: 'next', url: 'Patient?page=2' }] };
  for (const [script, options] of [
    [[{ silent: true }], {}],
    [[{ silent: true }], { useRefreshToken: false }],
    [[{ json: page }, { silent: true }], { pageLimit: 0 }],
  ]) {
    const controller = new AbortController();
    const lastResponse = script.at(-1);
    script[script.length - 1] = () => {
      setTimeout(() => controller.abort(), 10);
      return lastResponse;
    };
    ehr.answer('/fhir/Patient', ...script);
    const request = client.request({ url: 'Patient', signal: controller.signal }, options);
    await assert.rejects(request, { name: 'AbortError' });
  }
});

test('patient.request() uses the search parameter of the CapabilityStatement, which is read once and without the token', async (t) => {
  const { client, ehr } = await signedIn(t);
  const searchable = (type, ...names) => ({ type, searchParam: names.map((name) => ({ name })) });
  const resource = [
    searchable('Observation', 'code', 'subject', 'patient'),
    searchable('Group', 'member'),
    searchable('Patient', '_id', 'name'),
    searchable('Organization', 'name'),
  ];
  ehr.answer('/fhir/metadata', { headers: FHIR_JSON, body: JSON.stringify({ rest: [{ resource }], fhirVersion: '4.0.1' }) });
  for (const [target, type, query] of [
    ['Observation', 'Observation', 'patient=zoe'],
    ['/Observation?code=1&patient=max', 'Observation', 'code=1&patient=zoe'],
    [new URL(`${ehr.fhirBaseUrl}/Group`), 'Group', 'member=zoe'],
    [{ url: 'Patient' }, 'Patient', '_id=zoe'],
  ]) {
    ehr.answer(`/fhir/${type}`, { json: { resourceType: 'Bundle' } });
    assert.deepEqual(await client.patient.request(target, { flat: true }), []);
    assert.equal(String(ehr.requestsTo(`/fhir/${type}`).at(-1).query), query);
  }
  for (const type of ['Organization', 'Nothing']) {
    await assert.rejects(client.patient.request(type), { code: 'config_invalid', message: new RegExp(type) });
  }
  assert.equal(await client.getFhirRelease(), 4);
  assert.deepEqual(
    ehr.requestsTo('/fhir/metadata').map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test('CapabilityStatement is requested again after a failure', async (t) => {
  const { client, ehr } = await signedIn(t);
  ehr.answer('/fhir/metadata', { status: 500 }, { json: { fhirVersion: '3.0.1' } });
  await assert.rejects(client.getFhirVersion(), { code: 'http_status' });
  assert.deepEqual([await client.getFhirVersion(), await client.getFhirRelease()], ['3.0.1', 3]);
});

test('next page that is no Bundle rejects', async (t) => {
  const { client, ehr } = await signedIn(t);
  const page = { resourceType: 'Bundle', link: [{ relation: 'next', url: 'Patient?page=2' }] };
  ehr.answer('/fhir/Patient', { json: page }, { body: 'sorry', headers: { 'content-type': 'text/plain' } });
  await assert.rejects(client.request('Patient', { pageLimit: 0 }), { code: 'content_type' });
});

// Clients that the app creates with client().

test('client() with only a URL sends no credentials, and has no context', async (t) => {
  const server = await startServer(t);
  const { client: createClient } = await (await openApp(t)).open('https://app.example/');
  server.answer('/r4/Patient/1', { json: { id: '1' } });
  for (const state of [`${server.origin}/r4`, { serverUrl: `${server.origin}/r4/` }]) {
    const client = createClient(state);
    assert.deepEqual(await client.request('/Patient/1'), { id: '1' });
    assert.equal(server.requests.at(-1).headers.authorization, undefined);
    assert.deepEqual(
      [client.smart, client.patient.id, client.user.id, client.getAuthorizationHeader()],
      [null, null, null, null],
    );
    await assert.rejects(client.patient.read(), { message: 'Patient is not available' });
    await assert.rejects(client.refresh(), { code: 'config_invalid' });
    assert.equal(await client.refreshIfNeeded(), client.state);
  }
});

test('client() sends its token or password only to URLs under `serverUrl`, and follows no redirect', async (t) => {
  const [server, otherServer] = [await startServer(t), await startServer(t)];
  const { client: createClient } = await (await openApp(t)).open('https://app.example/');
  const serverUrl = `${server.origin}/r4`;
  for (const [state, header] of [
    [{ serverUrl, tokenResponse: { access_token: 'own', patient: '1' } }, 'Bearer own'],
    [{ serverUrl, username: 'a', password: 'b' }, `Basic ${btoa('a:b')}`],
  ]) {
    const client = createClient(state);
    assert.equal(client.getAuthorizationHeader(), header);
    server.answer('/r4/Patient/1', { json: { id: '1' } });
    await client.request('Patient/1');
    assert.equal(server.requests.at(-1).headers.authorization, header);
    server.answer('/r4/Patient/1', { redirect: `${otherServer.origin}/Patient/1` });
    await assert.rejects(client.request('Patient/1'), { code: 'redirected' });
    for (const url of [`${otherServer.origin}/r4/Patient`, `${server.origin}/r4evil`, `${server.origin}/r4/%2e%2e/x`]) {
      await assert.rejects(client.request(url), { code: 'origin_not_allowed' }, url);
    }
  }
  assert.equal(otherServer.requests.length, 0);
});

test('client() without a URL is refused', async (t) => {
  const { client } = await (await openApp(t)).open('https://app.example/');
  for (const state of ['', 'ftp://x', {}, { serverUrl: 'Patient' }, undefined]) {
    assert.throws(() => client(state), { code: 'config_invalid' });
  }
});

test('request that fails without a response rejects with network', async (t) => {
  const { client } = await (await openApp(t)).open('https://app.example/');
  t.mock.method(globalThis, 'fetch', async () => Promise.reject(new TypeError('fetch failed')));
  await assert.rejects(client('https://r4.example').request('Patient'), { code: 'network', retryable: true });
});

test('fhirRequest() of a class that extends FhirClient is called by update()', async (t) => {
  const server = await startServer(t);
  const { FhirClient } = await (await openApp(t)).open('https://app.example/');
  class Authenticated extends FhirClient {
    fhirRequest(url, options = {}) {
      return super.fhirRequest(url, { ...options, headers: { ...options.headers, authorization: 'Bearer own' } });
    }
  }
  server.answer('/Patient/1', { json: {} });
  await new Authenticated(server.origin).update({ resourceType: 'Patient', id: '1' });
  assert.equal(server.requests.at(-1).headers.authorization, 'Bearer own');
});

test('default export has AbortController, client, FhirClient and oauth2; client() returns a Client', async (t) => {
  const page = await (await openApp(t)).open('https://app.example/');
  const { default: FHIR, client, Client, FhirClient, oauth2 } = page;
  assert.deepEqual(FHIR, { AbortController, client, FhirClient, oauth2 });
  assert.ok(client('https://r4.example') instanceof Client && client('https://r4.example') instanceof FhirClient);
});

test('the entry can be imported on a server', async () => {
  const { oauth2 } = await import('smart-launch/fhirclient');
  assert.equal(typeof oauth2.ready, 'function');
});
