// Uses of fhirclient by apps: SMART_KEY in sessionStorage, proxies, subclasses, saved states, errors.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { reactive, ref } from 'vue';
import { isRevealing } from './ehr.mjs';
import { LAUNCH, launchUrl, openApp, OPTIONS } from './fhirclient.mjs';
import { startServer } from './scripted-server.mjs';
import { callbackOf } from './sign-in.mjs';

async function signedIn(test, ehrOptions, options) {
  const app = await openApp(test, ehrOptions);
  const patient = { headers: { 'content-type': 'application/fhir+json' }, body: '{"resourceType":"Patient"}' };
  app.ehr.answer('/fhir/Patient/zoe', patient);
  const { client, page } = await app.signIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, ...options });
  return { ...app, client, page };
}

const INDEX = LAUNCH.replace('launch', 'index');

test('`key` of the state is text that differs for each sign-in, and is the same after a refresh and a reload', async (t) => {
  const app = await signedIn(t);
  const { key } = app.client.getState();
  assert.equal(app.client.state.key, key);
  assert.match(key, /^\w{16,}$/);
  await app.client.refresh();
  assert.equal(app.client.state.key, key);
  const restoredClient = await (await app.open(INDEX)).oauth2.ready();
  assert.equal(restoredClient.state.key, key);
  const { client } = await app.signIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  assert.notEqual(client.state.key, key);
});

test('SMART_KEY names a record that describes the sign-in and contains no token', async (t) => {
  const { client, tab, ehr } = await signedIn(t);
  const key = JSON.parse(tab.storage.getItem('SMART_KEY'));
  assert.equal(key, client.state.key);
  const record = tab.storage.getItem(key);
  assert.equal(JSON.parse(record).serverUrl, ehr.fhirBaseUrl);
  assert.equal(JSON.parse(record).tokenResponse.patient, 'zoe');
  assert.ok(!isRevealing(record));
});

for (const removedItem of ['SMART_KEY', 'the record that SMART_KEY names']) {
  test(`removing ${removedItem} signs out: the next request rejects, and so does ready() after a reload`, async (t) => {
    const app = await signedIn(t);
    const key = removedItem === 'SMART_KEY' ? removedItem : app.client.state.key;
    app.tab.storage.removeItem(key);
    await assert.rejects(app.client.request('Patient/zoe'), { code: 'signed_out' });
    assert.equal(app.client.smart.getState().status, 'unauthenticated');
    const secondSignIn = await app.signIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
    app.tab.storage.removeItem(removedItem === 'SMART_KEY' ? removedItem : secondSignIn.client.state.key);
    const page = await app.open(INDEX);
    await assert.rejects(page.oauth2.ready(), { code: 'signed_out' });
  });

  test(`removing ${removedItem} signs out: ready() in the same page rejects too, and tokens are removed`, async (t) => {
    const { client, page, tab } = await signedIn(t);
    tab.storage.removeItem(removedItem === 'SMART_KEY' ? removedItem : client.state.key);
    await Promise.all([page.oauth2.ready(), page.oauth2.ready()].map((call) => assert.rejects(call, { code: 'signed_out' })));
    assert.equal(client.smart.getState().status, 'unauthenticated');
    assert.ok(!isRevealing(JSON.stringify(tab.storage)));
  });
}

test('SMART_KEY is set by authorize(), and is unchanged after ready() at the redirect URI', async (t) => {
  const app = await openApp(t);
  const options = { ...OPTIONS, iss: app.ehr.fhirBaseUrl };
  const { url } = await app.startSignIn(options);
  const key = JSON.parse(app.tab.storage.getItem('SMART_KEY'));
  assert.ok(!isRevealing(app.tab.storage.getItem(key)));
  const page = await app.open(callbackOf({ method: 'GET', url }));
  const client = await page.oauth2.ready();
  assert.equal(client.state.key, key);
  assert.equal(JSON.parse(app.tab.storage.getItem(key)).tokenResponse.patient, 'zoe');
});

test('ready() removes the SMART_KEY of an incomplete sign-in; after authorize() fails, SMART_KEY is unchanged', async (t) => {
  const app = await openApp(t);
  const options = { ...OPTIONS, iss: app.ehr.fhirBaseUrl };
  await app.startSignIn(options);
  await assert.rejects((await app.open(INDEX)).oauth2.ready(), { code: 'signed_out' });
  assert.equal(app.tab.storage.getItem('SMART_KEY'), null);
  const { client, page } = await app.signIn(options);
  const keyBefore = app.tab.storage.getItem('SMART_KEY');
  await assert.rejects(page.oauth2.authorize({ ...options, iss: 'https://ehr.example/fhir?a=b' }), { code: 'config_invalid' });
  assert.equal(app.tab.storage.getItem('SMART_KEY'), keyBefore);
  await client.request('metadata').catch(({ code }) => assert.notEqual(code, 'signed_out'));
});

test('signing out removes SMART_KEY and the record that SMART_KEY names', async (t) => {
  const { client, tab } = await signedIn(t);
  const { key } = client.state;
  await client.smart.logout();
  assert.equal(tab.storage.getItem('SMART_KEY'), null);
  assert.equal(tab.storage.getItem(key), null);
});

test('client works in proxies, such as those of Vue, and as a copy', async (t) => {
  const { client } = await signedIn(t);
  const copy = Object.assign(Object.create(Object.getPrototypeOf(client)), client);
  const wrappers = [ref(client).value, reactive({ client }).client, new Proxy(client, {}), copy];
  for (const wrapper of wrappers) {
    assert.equal((await wrapper.request('Patient/zoe')).resourceType, 'Patient');
    assert.equal((await wrapper.patient.read()).resourceType, 'Patient');
    assert.equal((await wrapper.fhirRequest('Patient/zoe')).resourceType, 'Patient');
    assert.equal(wrapper.getPatientId(), 'zoe');
    assert.match(wrapper.getAuthorizationHeader(), /^Bearer /);
    assert.equal(wrapper.getFhirUser(), client.getFhirUser());
  }
});

test('getRequestDefaults() of a class that extends FhirClient returns the defaults of each request', async (t) => {
  const server = await startServer(t);
  server.answer('/Patient/1', { json: { resourceType: 'Patient' } });
  const app = await openApp(t);
  const { FhirClient } = await app.open(INDEX);
  class Growth extends FhirClient {
    async getRequestDefaults() {
      return { headers: { 'x-app': 'growth', 'x-own': 'default' } };
    }
  }
  await new Growth(server.origin).fhirRequest('Patient/1', { headers: { 'x-own': 'mine' } });
  const { headers } = server.requests.at(-1);
  assert.equal(headers['x-app'], 'growth');
  assert.equal(headers['x-own'], 'mine');
});

test('empty patch, or a value that is no patch, rejects', async (t) => {
  const { client, ehr } = await signedIn(t);
  const requestCount = ehr.requests.length;
  for (const patch of [[], undefined, {}, [{}], [{ op: 'add', path: '/a' }], [{ op: 'turn', path: '/a' }], [{ op: 'move', path: '/a' }]]) {
    await assert.rejects(client.patch('Patient/zoe', patch), { code: 'config_invalid' });
  }
  assert.equal(ehr.requests.length, requestCount);
});

test('calls with a missing or invalid argument reject with config_invalid before a request', async (t) => {
  const { client, ehr, page } = await signedIn(t);
  const requestCount = ehr.requests.length;
  const calls = [
    () => client.create(),
    () => client.create({}),
    () => client.update({ resourceType: 'Patient' }),
    () => client.patient.request('https://['),
    () => page.oauth2.authorize({ ...OPTIONS, iss: ehr.fhirBaseUrl, redirectUri: '//' }),
    () => page.oauth2.authorize(null),
  ];
  for (const call of calls) await assert.rejects(call(), { code: 'config_invalid' });
  assert.equal(ehr.requests.length, requestCount);
});

test('launch without a scope requests `launch`', async (t) => {
  const app = await openApp(t);
  const options = { clientId: 'app', redirectUri: 'index.html', iss: app.ehr.fhirBaseUrl };
  assert.equal((await app.startSignIn({ ...options, launch: 'handle' })).fields.scope, 'launch');
  assert.equal((await app.startSignIn(options, launchUrl(app.ehr.fhirBaseUrl))).fields.scope, 'launch');
});

test('scope is sent unchanged, even `launch` without a launch', async (t) => {
  const app = await openApp(t);
  const options = { ...OPTIONS, scope: 'patient/*.rs launch', iss: app.ehr.fhirBaseUrl };
  assert.equal((await app.startSignIn(options)).fields.scope, 'patient/*.rs launch');
  assert.equal((await app.startSignIn(options, launchUrl(app.ehr.fhirBaseUrl))).fields.scope, 'patient/*.rs launch');
});

test('absolute redirect URI is sent unchanged', async (t) => {
  const app = await openApp(t);
  for (const redirectUri of ['https://app.example', 'https://app.example/growth/index.html?a=b', 'https://APP.example/x']) {
    const { fields } = await app.startSignIn({ ...OPTIONS, redirectUri, iss: app.ehr.fhirBaseUrl });
    assert.equal(fields.redirect_uri, redirectUri);
  }
});

test('state has the endpoints of the server', async (t) => {
  const { client, ehr } = await signedIn(t);
  const { tokenEndpoint, authorizationEndpoint } = await client.smart.discover();
  assert.equal(client.state.tokenUri, tokenEndpoint);
  assert.equal(client.state.authorizeUri, authorizationEndpoint);
  assert.ok(client.state.tokenUri.startsWith(new URL(ehr.fhirBaseUrl).origin));
});

test('blocked popup: the sign-in continues in this window', async (t) => {
  const app = await openApp(t);
  const page = await app.open(LAUNCH, { open: () => null });
  page.oauth2.authorize({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, target: 'popup' }).catch(() => {});
  assert.match(await page.left, /[?&]client_id=growth-chart&/);
});

test('client of a saved state refreshes an expired token before a request, and in refresh()', async (t) => {
  const { ehr, client, page } = await signedIn(t);
  const { tokenResponse } = client.state;
  const savedState = () => ({
    ...client.state,
    tokenResponse: { ...tokenResponse, access_token: tokenResponse.access_token, refresh_token: tokenResponse.refresh_token },
    expiresAt: 1,
  });
  const clientOfSavedState = page.client(Object.freeze(savedState()));
  const issuedCount = ehr.issued.length;
  await Promise.all([clientOfSavedState.request('Patient/zoe'), clientOfSavedState.request('Patient/zoe')]);
  assert.equal(ehr.issued.length, issuedCount + 1, 'one refresh for both requests');
  assert.equal(clientOfSavedState.getAuthorizationHeader(), `Bearer ${ehr.issued.at(-1).access_token}`);
  assert.ok(clientOfSavedState.state.expiresAt > Date.now() / 1_000);
  await clientOfSavedState.refresh();
  assert.equal(ehr.issued.length, issuedCount + 2);
  await assert.rejects(page.client({ serverUrl: ehr.fhirBaseUrl }).refresh(), { code: 'config_invalid' });
});

test('`Location` of a response with status 201 is followed once', async (t) => {
  const server = await startServer(t);
  for (const path of ['/Patient', '/again']) server.answer(path, { status: 201, headers: { location: '/again' } });
  const app = await openApp(t);
  const { FhirClient } = await app.open(INDEX);
  await new FhirClient(server.origin).create({ resourceType: 'Patient' });
  assert.equal(server.requests.length, 2);
});

test('classic script sets the global `FHIR`', async (t) => {
  t.after(() => delete globalThis.FHIR);
  const path = new URL('fhirclient-script.js', import.meta.resolve('smart-launch'));
  runInThisContext(await readFile(path, 'utf8'));
  assert.deepEqual(Object.keys(FHIR.oauth2).sort(), ['authorize', 'init', 'ready', 'settings']);
});

test('a refresh that one caller aborts continues for the other callers, and its token is used', async (t) => {
  const app = await openApp(t);
  const { ehr, open } = app;
  const page = await open(LAUNCH);
  const client = page.client({
    serverUrl: ehr.fhirBaseUrl,
    clientId: OPTIONS.clientId,
    tokenUri: `${ehr.origin}/token`,
    tokenResponse: { access_token: 'canary-old', refresh_token: 'canary-refresh-0', patient: 'zoe' },
    expiresAt: 0,
  });
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const controller = new AbortController();
  const abortedRequest = client.request({ url: 'Patient/zoe', signal: controller.signal });
  abortedRequest.catch(() => {});
  await held.arrived;
  const otherRequest = client.request('Patient/zoe');
  controller.abort();
  await assert.rejects(abortedRequest, { name: 'AbortError' });
  held.release();
  assert.deepEqual(await otherRequest, { resourceType: 'Patient' });
  assert.equal(ehr.requestsTo('/token').length, 1);
  assert.deepEqual(ehr.requestsTo('/fhir/Patient/zoe').map(({ headers }) => headers.authorization), ['Bearer canary-access-1']);
  assert.equal(client.state.tokenResponse.refresh_token, 'canary-refresh-1');
  await assert.rejects(client.refresh({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('an error does not contain the token of the request, in any encoding', async (t) => {
  const { ehr, client, page } = await signedIn(t);
  const clientWithToken = page.client({ serverUrl: ehr.fhirBaseUrl, tokenResponse: { access_token: 'canary-own-token' } });
  for (const [eachClient, token] of [[client, ehr.issued[0].access_token], [clientWithToken, 'canary-own-token']]) {
    const hex = Buffer.from(token).toString('hex');
    const encodings = [token, token.toUpperCase(), hex, btoa(`x:${token}`), token.replaceAll('-', '%2D')];
    ehr.answer('/fhir/Patient/zoe', { status: 403, json: { issue: [{ diagnostics: encodings.join(' ') }] } });
    const error = await eachClient.request('Patient/zoe').catch((failure) => failure);
    assert.equal(error.code, 'http_status');
    assert.equal(error.fault, 'server');
    const shown = JSON.stringify(error.body);
    for (const text of encodings) assert.ok(!shown.includes(text), shown);
  }
});

test('error of a refresh of a saved state does not contain the refresh token', async (t) => {
  const { ehr, open } = await openApp(t);
  const page = await open(LAUNCH);
  const refresh = 'canary/refresh+of=the-state';
  const client = page.client({
    serverUrl: ehr.fhirBaseUrl,
    clientId: OPTIONS.clientId,
    tokenUri: `${ehr.origin}/token`,
    tokenResponse: { access_token: 'canary-old', refresh_token: refresh },
  });
  const description = `no such token: ${encodeURIComponent(refresh)}`;
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: description } });
  const error = await client.refresh().catch((failure) => failure);
  assert.equal(error.code, 'token_refused');
  assert.equal(error.oauth.error, 'invalid_grant');
  assert.ok(!JSON.stringify(error).includes('refresh'), JSON.stringify(error));
});

test('invalid arguments and unusable responses reject with a SmartError', async (t) => {
  const { ehr, client, page } = await signedIn(t);
  const cut = { headers: { 'content-type': 'application/json' }, body: '{', cut: true };
  const invalidLocation = { status: 201, headers: { location: 'https://[' } };
  for (const [code, response, call] of [
    ['network', cut, () => client.request('Patient/x')],
    ['redirected', invalidLocation, () => client.request('Patient/x')],
    ['config_invalid', {}, () => client.request({ url: 'Patient/x', headers: { 'a b': 'c' } })],
    ['config_invalid', {}, () => client.request(null)],
    ['config_invalid', {}, () => client.create(null)],
    ['config_invalid', {}, () => client.update({})],
    ['config_invalid', {}, () => page.oauth2.authorize(null)],
  ]) {
    ehr.answer('/fhir/Patient/x', response);
    await assert.rejects(call(), { name: 'SmartError', code }, String(call));
  }
});
