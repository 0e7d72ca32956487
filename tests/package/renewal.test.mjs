// Sessions whose refresh fails: the server is down, or its response is invalid.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** Signs in. The access token is valid for an hour. */
async function openSignedIn(test, { tokens = {}, options = {} } = {}) {
  const ehr = await startEhr(test);
  ehr.grant(tokens, {});
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  const client = createSmartClient(ehr.options(options));
  await signIn(client);
  const events = [];
  for (const name of ['signedOut', 'error']) client.on(name, ({ code, reason }) => events.push(code ?? reason));
  const start = Date.now();
  const clock = test.mock.method(Date, 'now', () => start);
  /** Sets the clock to this many seconds after the sign-in. */
  const setSeconds = (seconds) => clock.mock.mockImplementation(() => start + seconds * 1_000);
  return { ehr, client, events, setSeconds };
}

const refreshRequests = (ehr) => ehr.requestsTo('/token').filter(({ fields }) => fields.get('grant_type') === 'refresh_token');
const errorCodes = async (calls) => (await Promise.allSettled(calls)).map(({ reason }) => reason?.code);

for (const storage of ['session', 'memory']) {
  test(`server that is down gets one request for twenty callers, with increasing delays (${storage})`, async (t) => {
    const { ehr, client, setSeconds } = await openSignedIn(t, { options: { storage } });
    ehr.answer('/token', { status: 503 });
    const seconds = [];
    for (let second = 3_601; second < 3_661; second++) {
      setSeconds(second);
      const failures = await errorCodes(Array.from({ length: 20 }, () => client.fetch('Patient/zoe')));
      assert.deepEqual([...new Set(failures)], ['http_status']);
      if (refreshRequests(ehr).length > seconds.length) seconds.push(second - 3_601);
      assert.equal(refreshRequests(ehr).length, seconds.length);
    }
    assert.deepEqual(seconds, [0, 1, 3, 7, 15, 31]);
    await assert.rejects(client.refresh(), { code: 'http_status' });
    assert.equal(refreshRequests(ehr).length, 7, 'refresh() sends a request each time');
    assert.equal(client.getState().status, 'authenticated');
  });
}

for (const [response, respond, code] of [
  ['a token response without a token', () => ({ json: {} }), 'token_response_invalid'],
  ['a token of another type', (ehr) => ({ json: ehr.tokenResponse({ token_type: 'mac' }) }), 'token_type_unsupported'],
  ['another patient', (ehr) => ({ json: ehr.tokenResponse({ patient: 'kenji' }) }), 'launch_context_invalid'],
  ['another encounter', (ehr) => ({ json: ehr.tokenResponse({ encounter: 'kenji' }) }), 'launch_context_invalid'],
  ['an HTML page with the status 404', () => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '' }), 'http_status'],
  ['a refused client', () => ({ status: 401, json: { error: 'invalid_client' } }), 'token_refused'],
]) {
  test(`${response}: refresh() rejects while the access token is valid; once it has expired, the session ends, also for a reload`, async (t) => {
    const [tab, options] = [openTab(t), { storage: 'session' }];
    await tab.open('https://app.example/', { fresh: false });
    const { ehr, client, events, setSeconds } = await openSignedIn(t, { options });
    ehr.answer('/token', () => respond(ehr));
    for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(client.refresh(), { code });
    assert.equal(client.getState().status, 'authenticated');
    assert.equal(await client.getAccessToken(), 'canary-access-1');
    setSeconds(3_560);
    assert.equal(await client.getAccessToken(), 'canary-access-1', 'the access token is used until it expires');
    events.length = 0;
    setSeconds(3_700);
    await assert.rejects(client.fetch('Patient/zoe'), { code });
    assert.deepEqual(events, ['session_expired', code]);
    const { status, session, error } = client.getState();
    assert.deepEqual([status, session, error.code], ['unauthenticated', null, code]);
    const page = await tab.open('https://app.example/');
    assert.equal(await page.createSmartClient(ehr.options(options)).ready(), null);
  });
}

for (const [description, tokens, response] of [
  ['no refresh token', { refresh_token: undefined }, undefined],
  ['a server that is down', {}, { status: 503 }],
  ['a truncated response', {}, { json: {}, cut: true }],
  ['a refresh token that is refused', {}, { status: 400, json: { error: 'invalid_grant' } }],
]) {
  test(`${description}: the access token is used until it expires`, async (t) => {
    const { ehr, client, events, setSeconds } = await openSignedIn(t, { tokens });
    if (response) ehr.answer('/token', response);
    setSeconds(3_560);
    for (let call = 0; call < 5; call++) {
      assert.equal((await client.fetch('Patient/zoe')).status, 200);
      assert.equal(await client.getAccessToken(), 'canary-access-1');
    }
    assert.equal(client.getState().status, 'authenticated');
    assert.ok(refreshRequests(ehr).length <= 2, 'the refresh is not repeated for each call');
    assert.equal(events.length > 0, response !== undefined, 'a failed refresh emits `error`');
    assert.ok(!events.includes('session_expired'));
  });
}

test('a refresh can be repeated after each response that the library refuses', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  for (const [response, code] of [
    [{ redirect: '/elsewhere' }, 'redirected'],
    [{ headers: { 'content-type': 'application/json' }, body: 'x'.repeat(1_100_000) }, 'body_too_large'],
    [{ headers: { 'content-type': 'application/json' }, body: '{"access_tok' }, 'json_invalid'],
    [{ headers: { 'content-type': 'application/json' }, body: Buffer.from([0xff]) }, 'json_invalid'],
    [{ headers: { 'content-type': 'text/html' }, body: '<h1>wifi' }, 'content_type'],
    [{ json: {} }, 'token_response_invalid'],
  ]) {
    ehr.answer('/token', response);
    for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(client.refresh(), { code });
  }
  ehr.answer('/token', () => ({ json: ehr.tokenResponse() }));
  assert.ok(await client.refresh());
});

test('ten requests for one resource that are answered with 401 cause only one refresh', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.answer('/fhir/Patient/noah', { status: 401 });
  for (let call = 0; call < 10; call++) assert.equal((await client.fetch('Patient/noah')).status, 401);
  assert.equal(refreshRequests(ehr).length, 1);
  assert.equal(ehr.requestsTo('/fhir/Patient/noah').length, 11, 'only the first request is repeated, with a new token');
  assert.equal((await client.fetch('Patient/zoe')).status, 200);
});

test('tokens of an invalid refresh response are revoked if the user has signed out during the refresh', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const heldRefresh = ehr.hold('/token', () => ({ json: ehr.tokenResponse({ token_type: 'mac' }) }));
  const outcome = client.refresh().catch(({ code }) => code);
  await heldRefresh.arrived;
  await client.logout();
  heldRefresh.release();
  assert.equal(await outcome, 'signed_out');
  const revoked = ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
  assert.deepEqual(revoked, ['canary-refresh-1', 'canary-access-1', 'canary-refresh-2', 'canary-access-2']);
});

test('logout() sends both revocation requests at the same time, with `keepalive`, because the page may be left', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const originalFetch = fetch;
  const revocations = [];
  t.mock.method(globalThis, 'fetch', (url, init) => {
    revocations.push([String(url).slice(ehr.origin.length), init.keepalive]);
    return originalFetch(url, init);
  });
  const revocation = ehr.hold('/revoke', () => ({ status: 200 }));
  const logout = client.logout();
  await revocation.arrived;
  assert.deepEqual(revocations, [['/revoke', true], ['/revoke', true]]);
  revocation.release();
  assert.equal((await logout).revoked, true);
});
