// logout() removes the session at once, and then revokes the tokens if possible.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { beOnePage, callbackOf, signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

async function signedIn(test, ehrOptions = {}, options = {}) {
  const ehr = await startEhr(test, ehrOptions);
  const client = createSmartClient(ehr.options(options));
  await signIn(client);
  return { ehr, client };
}

test('state changes before the revocation request', async (t) => {
  const { ehr, client } = await signedIn(t);
  const revocation = ehr.hold('/revoke', () => ({ status: 200 }));
  const pendingLogout = client.logout();
  await revocation.arrived;
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal(client.getState().session, null);
  assert.equal(client.getState().activity, 'signing-out');
  revocation.release();
  assert.deepEqual(await pendingLogout, { revoked: true, logoutUrl: null, error: null });
  assert.equal(client.getState().activity, 'idle');
});

test('refresh token is revoked first, then the access token (RFC 7009)', async (t) => {
  const { ehr, client } = await signedIn(t);
  await client.logout();
  assert.deepEqual(
    ehr.requestsTo('/revoke').map(({ method, fields }) => [method, Object.fromEntries(fields)]),
    [
      ['POST', { token: 'canary-refresh-1', token_type_hint: 'refresh_token', client_id: 'growth-chart' }],
      ['POST', { token: 'canary-access-1', token_type_hint: 'access_token', client_id: 'growth-chart' }],
    ],
  );
});

test('logout() with `redirect` navigates to the end-session endpoint, and resolves when the user comes back', async (t) => {
  const ehr = await startEhr(t, { configuration: { end_session_endpoint: 'https://ehr.example/end' } });
  const tab = openTab(t);
  const page = await tab.open('https://app.example/');
  const client = page.createSmartClient(ehr.options());
  await signIn(client);
  let result = null;
  const pendingLogout = client.logout({ redirect: true }).then((value) => (result = value));
  assert.match(await page.left, /^https:\/\/ehr\.example\/end\?/);
  assert.deepEqual([client.getState().status, result], ['unauthenticated', null]);
  tab.comeBack();
  await pendingLogout;
  assert.match(String(result?.logoutUrl), /^https:\/\/ehr\.example\/end\?/);
});

test('logout() with `redirect` resolves if the browser does not navigate, and the next logout() works', async (t) => {
  const ehr = await startEhr(t, { configuration: { end_session_endpoint: 'https://ehr.example/end' } });
  const page = await openTab(t).open('https://app.example/');
  const client = page.createSmartClient(ehr.options());
  await signIn(client);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pendingLogout = client.logout({ redirect: true });
  await page.left;
  t.mock.timers.tick(10_000);
  assert.match(String((await pendingLogout).logoutUrl), /^https:\/\/ehr\.example\/end\?/);
  assert.equal(client.getState().activity, 'idle');
  assert.equal((await client.logout()).logoutUrl, null);
});

test('logout() with `redirect` does not navigate if the server has no end-session endpoint', async (t) => {
  const ehr = await startEhr(t);
  const page = await openTab(t).open('https://app.example/');
  const client = page.createSmartClient(ehr.options());
  await signIn(client);
  assert.equal((await client.logout({ redirect: true })).logoutUrl, null);
});

test('server without revocation: nothing is sent, revoked is null', async (t) => {
  const { ehr, client } = await signedIn(t, { configuration: { revocation_endpoint: undefined } });
  assert.deepEqual(await client.logout(), { revoked: null, logoutUrl: null, error: null });
  assert.equal(ehr.requestsTo('/revoke').length, 0);
});

test('without a session, logout resolves without a request', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  assert.deepEqual(await client.logout(), { revoked: null, logoutUrl: null, error: null });
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal(ehr.requests.length, 0);
});

for (const [description, response, details] of [
  ['server that fails', { status: 503, headers: { 'retry-after': '9' } }, { status: 503, retryAfterSeconds: 9 }],
  ['server that closes the connection', { cut: true, json: {} }, {}],
  [
    'server that refuses',
    { status: 400, json: { error: 'unsupported_token_type' } },
    { oauth: { error: 'unsupported_token_type' } },
  ],
  ['server that redirects', { redirect: '/elsewhere' }, {}],
]) {
  test(`${description}: logout() resolves with the error logout_remote_failed, and the user is signed out`, async (t) => {
    beOnePage(t);
    const { ehr, client } = await signedIn(t);
    ehr.answer('/revoke', response);
    const { revoked, error } = await client.logout();
    assert.equal(revoked, false);
    assert.equal(error.name, 'SmartError');
    assert.equal(error.code, 'logout_remote_failed');
    for (const [name, value] of Object.entries(details)) assert.deepEqual(error[name], value);
    assert.equal(client.getState().status, 'unauthenticated');
    assert.equal(await createSmartClient(ehr.options()).ready(), null);
  });
}

test('server that does not respond delays logout for timeoutSeconds only', async (t) => {
  const { ehr, client } = await signedIn(t, { tokens: { refresh_token: undefined } }, { timeoutSeconds: 1 });
  ehr.answer('/revoke', { silent: true });
  assert.equal((await client.logout()).error.code, 'logout_remote_failed');
});

test('after a logout calls reject, and storage has no session', async (t) => {
  beOnePage(t);
  const { ehr, client } = await signedIn(t);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  await client.logout();
  for (const call of [() => client.getAccessToken(), () => client.refresh(), () => client.fetch('Patient/zoe')]) {
    await assert.rejects(call(), { code: 'signed_out' });
  }
  assert.equal(await client.ready(), null);
  assert.equal(await createSmartClient(ehr.options()).ready(), null);
  await assert.rejects(client.ready({ callback }), { code: 'state_unknown' });
});

test('late refresh response does not restore the session', async (t) => {
  beOnePage(t);
  const { ehr, client } = await signedIn(t);
  const tokenRequest = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const pendingRefresh = client.refresh();
  await tokenRequest.arrived;
  await client.logout();
  tokenRequest.release();
  await assert.rejects(pendingRefresh, { code: 'signed_out' });
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal(client.getState().session, null);
  assert.equal(await createSmartClient(ehr.options()).ready(), null);
});

test('logout waits for a pending ready(), and ends the session that ready() has created', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const tokenRequest = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const pendingSignIn = client.ready({ callback });
  await tokenRequest.arrived;
  const pendingLogout = client.logout();
  tokenRequest.release();
  await pendingSignIn;
  const { revoked } = await pendingLogout;
  assert.equal(revoked, true);
  assert.equal(client.getState().status, 'unauthenticated');
});

test('logoutUrl has the ID token and the post-logout redirect URI', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  ehr.configure({ end_session_endpoint: `${ehr.origin}/end?tenant=7` });
  const client = createSmartClient(ehr.options());
  await signIn(client);
  const { logoutUrl } = await client.logout({ postLogoutRedirectUri: 'https://app.example/bye?a=b' });
  const url = new URL(logoutUrl);
  assert.equal(url.origin + url.pathname, `${ehr.origin}/end`);
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    tenant: '7',
    id_token_hint: ehr.issued[0].id_token,
    client_id: 'growth-chart',
    post_logout_redirect_uri: 'https://app.example/bye?a=b',
  });
});

test('concurrent calls get the same result, and a session that is created in the meantime has its own sign-out', async (t) => {
  const { ehr, client } = await signedIn(t, { configuration: { end_session_endpoint: 'https://ehr.example/end' } });
  const revocation = ehr.hold('/revoke', () => ({ status: 200 }));
  const first = client.logout();
  const second = client.logout();
  await revocation.arrived;
  const third = client.logout();
  await signIn(client);
  const { logoutUrl } = await client.logout();
  assert.match(logoutUrl, /^https:\/\/ehr\.example\/end/);
  assert.equal(client.getState().session, null);
  revocation.release();
  assert.match((await first).logoutUrl, /^https:\/\/ehr\.example\/end/);
  for (const call of [second, third]) assert.deepEqual(await call, await first);
  assert.equal(ehr.requestsTo('/revoke').length, 4);
});

test('completeLogout accepts the state of a logoutUrl, and only once', async (t) => {
  await openTab(t).open('https://app.example/');
  const ehr = await startEhr(t);
  ehr.configure({ end_session_endpoint: `${ehr.origin}/end` });
  const client = createSmartClient(ehr.options());
  await signIn(client);
  const { logoutUrl } = await client.logout({ postLogoutRedirectUri: 'https://app.example/bye' });
  const returnUrl = `https://app.example/bye?state=${new URL(logoutUrl).searchParams.get('state')}`;
  assert.match(new URL(returnUrl).searchParams.get('state'), /^[\w-]{43}$/);
  await client.completeLogout(returnUrl);
  await assert.rejects(client.completeLogout(returnUrl), { code: 'state_unknown' });
});

test('frontChannelLogout() signs out the client whose ID token has this iss and sid (Front-Channel Logout)', async (t) => {
  const ehr = await startEhr(t, { idToken: { sid: 'a session' } });
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  await signIn(client);
  const frameClient = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  const reasons = [];
  client.on('signedOut', ({ reason }) => reasons.push(reason));
  const query = new URLSearchParams({ iss: ehr.origin, sid: 'a session' });
  await frameClient.frontChannelLogout(`https://app.example/signed-out?${query}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(client.getState().status, 'unauthenticated');
  assert.deepEqual(reasons, ['logout']);
});

test('postLogoutRedirectUri that is no https URL is refused, and the user is signed out', async (t) => {
  beOnePage(t);
  const { ehr, client } = await signedIn(t);
  await assert.rejects(client.logout({ postLogoutRedirectUri: 'javascript:alert(1)' }), { code: 'endpoint_scheme' });
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal(await createSmartClient(ehr.options()).ready(), null);
});
