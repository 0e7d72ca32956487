// fhirclient's `oauth2`: authorize() on one page, ready() on another, and init().

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRevealing, startEhr } from './ehr.mjs';
import { APP, authorize, LAUNCH, launchUrl, openApp, OPTIONS } from './fhirclient.mjs';
import { callbackOf } from './sign-in.mjs';
import { APP as POPUP_APP, showWindows } from './windows.mjs';

const INDEX = `${APP}index.html`;

test('standalone: launch.html navigates to the server, index.html gets the client', async (t) => {
  const app = await openApp(t);
  const { url, fields } = await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  assert.equal(url.split('?')[0], `${app.ehr.origin}/authorize`);
  assert.equal(fields.client_id, OPTIONS.clientId);
  assert.equal(fields.redirect_uri, INDEX, 'relative to the page');
  assert.equal(fields.aud, app.ehr.fhirBaseUrl);
  assert.equal(fields.code_challenge_method, 'S256');
  assert.equal(fields.launch, undefined);
  const page = await app.open(callbackOf({ method: 'GET', url }));
  const client = await page.oauth2.ready();
  assert.equal(client.patient.id, 'zoe');
  assert.equal(page.address(), '/growth/index.html', 'the code is not in the URL');
});

test('EHR launch by the server that the options name: the launch handle is sent, and the user is signed in', async (t) => {
  const app = await openApp(t);
  const iss = app.ehr.fhirBaseUrl;
  const { fields } = await app.startSignIn({ ...OPTIONS, iss }, launchUrl(iss, 'from the EHR'));
  assert.equal(fields.launch, 'from the EHR');
  assert.equal(fields.aud, iss);
  assert.equal(fields.scope.split(' ')[0], 'launch');
  const { client } = await app.signIn({ ...OPTIONS, iss }, launchUrl(iss));
  assert.equal(client.state.serverUrl, iss);
});

test('older names of options are accepted, and the default redirect URI is the page’s directory', async (t) => {
  const app = await openApp(t);
  const { fields } = await app.startSignIn({ client_id: 'old', scope: OPTIONS.scope, iss: app.ehr.fhirBaseUrl });
  assert.deepEqual([fields.client_id, fields.redirect_uri], ['old', APP]);
  const otherOptions = { ...OPTIONS, redirectUri: undefined, redirect_uri: '../back', iss: app.ehr.fhirBaseUrl };
  assert.equal((await app.startSignIn(otherOptions)).fields.redirect_uri, 'https://app.example/back');
});

test('launch handle in the options is sent', async (t) => {
  const app = await openApp(t);
  const { fields } = await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, launch: 'kept' });
  assert.equal(fields.launch, 'kept');
});

test('`noRedirect` returns the URL and does not navigate', async (t) => {
  const app = await openApp(t);
  const page = await app.open(LAUNCH);
  const url = await page.oauth2.authorize({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, noRedirect: true });
  const callbackPage = await app.open(callbackOf({ method: 'GET', url }));
  assert.equal((await callbackPage.oauth2.ready()).patient.id, 'zoe');
});

test('reload restores the client without a request', async (t) => {
  const app = await openApp(t);
  await app.signIn();
  const requestCount = app.ehr.requests.length;
  const { oauth2 } = await app.open(INDEX);
  assert.equal((await oauth2.ready()).patient.id, 'zoe');
  assert.equal(app.ehr.requests.length, requestCount);
});

test('repeated calls of ready() cause one sign-in and return one client', async (t) => {
  const app = await openApp(t);
  const { url } = await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  const { oauth2 } = await app.open(callbackOf({ method: 'GET', url }));
  const [client, sameClient] = await Promise.all([oauth2.ready(), oauth2.ready()]);
  assert.equal(client, sameClient);
  assert.equal(await oauth2.ready(), client);
  assert.equal(app.ehr.requestsTo('/token').length, 1);
});

test('ready() calls the function for success or failure that is passed to it', async (t) => {
  const app = await openApp(t);
  const { page, client } = await app.signIn();
  assert.equal(await page.oauth2.ready((signedInClient) => signedInClient === client, assert.fail), true);
  await client.smart.logout();
  assert.equal(await page.oauth2.ready(assert.fail, ({ code }) => code), 'signed_out');
});

test('ready() accepts a code that is not in the page’s URL', async (t) => {
  const app = await openApp(t);
  const { url } = await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  const { searchParams } = new URL(callbackOf({ method: 'GET', url }));
  const { oauth2 } = await app.open('https://app.example/elsewhere');
  const client = await oauth2.ready({ code: searchParams.get('code'), stateKey: searchParams.get('state') });
  assert.equal(client.patient.id, 'zoe');
});

test('ready() with a code returns the client of that sign-in, not of the previous sign-in', async (t) => {
  const app = await openApp(t);
  const otherEhr = await startEhr(t, { tokens: { patient: 'max' } });
  const { page, client } = await app.signIn();
  const url = await page.oauth2.authorize({ ...OPTIONS, iss: otherEhr.fhirBaseUrl, noRedirect: true });
  const { searchParams } = new URL(callbackOf({ method: 'GET', url }));
  const nextClient = await page.oauth2.ready({ code: searchParams.get('code'), stateKey: searchParams.get('state') });
  assert.deepEqual([client.patient.id, nextClient.patient.id], ['zoe', 'max']);
  assert.equal(await page.oauth2.ready(), nextClient);
});

test('without a sign-in, ready() rejects with signed_out and sends no request', async (t) => {
  const app = await openApp(t);
  const { oauth2 } = await app.open(INDEX);
  await assert.rejects(oauth2.ready(), { code: 'signed_out' });
  assert.equal(app.ehr.requests.length, 0);
});

test('if the server refuses the sign-in, ready() rejects with authorization_refused and the server’s error code', async (t) => {
  const app = await openApp(t);
  const { url } = await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  const callback = new URL(callbackOf({ method: 'GET', url }, { error: 'access_denied' }));
  callback.searchParams.delete('code');
  const { oauth2 } = await app.open(callback.href);
  await assert.rejects(
    oauth2.ready(),
    ({ code, oauth }) => code === 'authorization_refused' && oauth.error === 'access_denied',
  );
});

test('after a sign-in that was not completed, the previous session is not returned', async (t) => {
  const app = await openApp(t);
  await app.signIn();
  await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  const { oauth2 } = await app.open(INDEX);
  await assert.rejects(oauth2.ready(), { code: 'signed_out' });
});

test('session of one server is not returned for another server whose session has ended', async (t) => {
  const app = await openApp(t);
  const otherEhr = await startEhr(t, { tokens: { patient: 'max', refresh_token: undefined } });
  await app.signIn();
  const { client } = await app.signIn({ ...OPTIONS, iss: otherEhr.fhirBaseUrl });
  assert.equal(client.patient.id, 'max');
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 4_000_000);
  const { oauth2 } = await app.open(INDEX);
  await assert.rejects(oauth2.ready(), { code: 'signed_out' });
});

test('two pending sign-ins in one tab can both be completed', async (t) => {
  const app = await openApp(t);
  const otherEhr = await startEhr(t, { tokens: { patient: 'max' } });
  const firstRequest = await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  const secondRequest = await app.startSignIn({ ...OPTIONS, iss: otherEhr.fhirBaseUrl });
  const firstClient = await (await app.open(callbackOf({ method: 'GET', url: firstRequest.url }))).oauth2.ready();
  assert.deepEqual([firstClient.patient.id, firstClient.state.serverUrl], ['zoe', app.ehr.fhirBaseUrl]);
  const secondClient = await (await app.open(callbackOf({ method: 'GET', url: secondRequest.url }))).oauth2.ready();
  assert.deepEqual([secondClient.patient.id, secondClient.state.serverUrl], ['max', otherEhr.fhirBaseUrl]);
});

test('another client id is a new sign-in, also if `iss` is the same server with a final slash', async (t) => {
  const app = await openApp(t);
  await app.signIn();
  const { client } = await app.signIn({ ...OPTIONS, iss: `${app.ehr.fhirBaseUrl}/`, clientId: 'other' });
  assert.equal(client.state.clientId, 'other');
});

test('stored options contain no secret', async (t) => {
  const app = await openApp(t);
  await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  const record = app.tab.storage['smart-launch:fhirclient'];
  const { fhirBaseUrl, origin } = app.ehr;
  const endpoints = { authorizeUri: `${origin}/authorize`, tokenUri: `${origin}/token` };
  assert.deepEqual(JSON.parse(record), [{ ...OPTIONS, ...endpoints, fhirBaseUrl, redirectUri: INDEX }]);
  await app.signIn();
  assert.ok(!isRevealing(app.tab.storage['smart-launch:fhirclient']));
});

test('if the storage is full, authorize() rejects with storage_unavailable and does not navigate', async (t) => {
  const app = await openApp(t);
  app.tab.limit(10);
  const page = await app.open(LAUNCH);
  await assert.rejects(authorize(page, { ...OPTIONS, iss: app.ehr.fhirBaseUrl }), { code: 'storage_unavailable' });
});

test('options of a server that cannot be used are not stored', async (t) => {
  const app = await openApp(t);
  const page = await app.open(LAUNCH);
  await assert.rejects(authorize(page, { ...OPTIONS, iss: 'https://ehr.example/fhir?a=b' }), {
    code: 'config_invalid',
  });
  await assert.rejects(page.oauth2.ready(), { code: 'signed_out' });
  assert.equal((await app.signIn()).client.patient.id, 'zoe');
});

test('init() signs in, and returns the client at the redirect URI', async (t) => {
  const app = await openApp(t);
  const options = { ...OPTIONS, iss: app.ehr.fhirBaseUrl, redirectUri: undefined };
  const page = await app.open(APP);
  page.oauth2.init(options).then(assert.fail, assert.fail);
  const callbackPage = await app.open(callbackOf({ method: 'GET', url: await page.left }));
  assert.equal((await callbackPage.oauth2.init(options)).patient.id, 'zoe');
  const reloadedPage = await app.open(APP);
  assert.equal((await reloadedPage.oauth2.init(options)).patient.id, 'zoe');
  assert.equal(app.ehr.requestsTo('/token').length, 1);
});

test('init() at a launch URL signs in again, because the launch has another context', async (t) => {
  const app = await openApp(t);
  await app.signIn();
  const page = await app.open(launchUrl(app.ehr.fhirBaseUrl));
  page.oauth2.init({ ...OPTIONS, iss: app.ehr.fhirBaseUrl }).catch(() => {});
  assert.match(await page.left, /launch=handle/);
});

test('`target: popup` signs in through a popup, and then navigates the page to the redirect URI', async (t) => {
  const app = await openApp(t);
  const windows = showWindows({
    ...app.tab,
    open: (url, options) => app.tab.open(url, { ...options, also: ['fhirclient'] }),
  });
  const page = await windows.open();
  const pendingSignIn = page.oauth2.authorize({
    ...OPTIONS,
    iss: app.ehr.fhirBaseUrl,
    target: 'popup',
    completeInTarget: false,
  });
  const [popup] = windows.popups;
  assert.ok(popup, 'opened before anything is awaited');
  assert.ok(app.tab.storage['smart-launch:fhirclient'], 'the storage that the popup copies has the options');
  windows.handOver(popup, callbackOf(await popup.authorizationRequest));
  await pendingSignIn;
  assert.equal(await page.left, new URL('index.html', POPUP_APP).href);
  const { oauth2 } = await app.open(new URL('index.html', POPUP_APP).href);
  assert.equal((await oauth2.ready()).patient.id, 'zoe');
});

test('server that does not list S256 is refused, except with `unsafeV1`; S256 is always sent', async (t) => {
  const app = await openApp(t, { configuration: { code_challenge_methods_supported: undefined } });
  const options = { ...OPTIONS, iss: app.ehr.fhirBaseUrl };
  const page = await app.open(LAUNCH);
  await assert.rejects(authorize(page, options), { code: 'pkce_unsupported' });
  const { fields } = await app.startSignIn({ ...options, pkceMode: 'unsafeV1' });
  assert.equal(fields.code_challenge_method, 'S256');
});

for (const options of [
  { clientSecret: 'secret' },
  { clientPrivateJwk: {} },
  { clientPublicKeySetUrl: 'https://app.example/jwks' },
  { fakeTokenResponse: { access_token: 'x' } },
  { fhirServiceUrl: 'https://ehr.example/fhir' },
  { patientId: 'zoe' },
  { encounterId: 'e' },
  { stateKey: 'known' },
  { wellKnownRequestOptions: {} },
  { conformanceRequestOptions: {} },
  { pkceMode: 'disabled' },
  { target: '_top' },
  { target: 'aFrame' },
  { target: 'popup', completeInTarget: true },
  { completeInTarget: false },
]) {
  const [[name]] = Object.entries(options).slice(-1);
  test(`${JSON.stringify(options)} is refused before anything is sent`, async (t) => {
    const app = await openApp(t);
    const page = await app.open(LAUNCH);
    await assert.rejects(authorize(page, { ...OPTIONS, iss: app.ehr.fhirBaseUrl, ...options }), (error) => {
      assert.equal(error.code, 'config_invalid');
      assert.match(error.message, new RegExp(name));
      assert.match(error.hint, / /);
      return true;
    });
    assert.equal(app.ehr.requests.length, 0);
  });
}

test('empty options and supported values are not refused', async (t) => {
  const app = await openApp(t);
  const options = {
    clientSecret: undefined,
    patientId: '',
    pkceMode: 'ifSupported',
    completeInTarget: true,
    width: 10,
  };
  await app.startSignIn({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, ...options });
});

test('unsupported settings make the next call reject', async (t) => {
  for (const [name, value] of [
    ['replaceBrowserHistory', false],
    ['fullSessionStorageSupport', false],
    ['refreshTokenWithCredentials', 'include'],
  ]) {
    const app = await openApp(t);
    const { oauth2 } = await app.open(LAUNCH);
    oauth2.settings[name] = value;
    for (const call of [() => oauth2.authorize(OPTIONS), () => oauth2.ready(), () => oauth2.init(OPTIONS)]) {
      await assert.rejects(call(), { code: 'config_invalid', message: new RegExp(name) });
    }
  }
});
