// Silent sign-in in a hidden iframe.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SCOPE_OPENID } from './ehr.mjs';
import { callbackOf, parametersOf, signIn } from './sign-in.mjs';
import { openApp, RECEIVED } from './windows.mjs';

const WITH_OPENID = { options: { scope: SCOPE_OPENID }, more: { tokens: { scope: SCOPE_OPENID }, idToken: {} } };

/** Opens an app and records its events. */
async function openWithEvents(test, options) {
  const app = await openApp(test, options);
  const events = [];
  const { client } = app;
  for (const name of ['signedIn', 'refreshed', 'signedOut', 'error']) {
    client.on(name, ({ code, reason }) => events.push(code ?? reason ?? name));
  }
  return { ...app, events };
}

/** Starts a silent sign-in and waits for its authorization request. `respond` passes the callback from the iframe to the app. */
async function startSilentSignIn(app, options = {}) {
  const attempt = app.client.authorize({ target: 'frame', ...options });
  attempt.catch(() => {});
  while (app.frames.length === 0 || !app.frames.at(-1).parent) await wait(5);
  const frame = app.frames.at(-1);
  const request = await frame.contentWindow.authorizationRequest;
  const respond = (edit = (url) => url) => app.handOver(frame.contentWindow, edit(callbackOf(request)));
  return { attempt, frame, request, respond };
}

const withError = (error) => (url) => url.replace(/code=[^&]*/, `error=${error}`);
const isInPage = ({ page }) => page.body.children.length > 0;

for (const method of ['GET', 'POST']) {
  test(`${method}: a hidden iframe requests prompt=none, and is removed after the response`, async (t) => {
    const app = await openWithEvents(t, { options: { authorizeMethod: method } });
    const { attempt, frame, request, respond } = await startSilentSignIn(app, { authorizationParams: { claims: { a: 1 } } });
    assert.equal(request.method, method);
    const { prompt, claims } = parametersOf(request);
    assert.deepEqual([prompt, claims], ['none', '{"a":1}']);
    assert.equal(frame.hidden, true);
    assert.ok(isInPage(app));
    respond();
    const session = await attempt;
    assert.deepEqual(frame.contentWindow.received, [[RECEIVED, 'https://app.example']]);
    assert.ok(!isInPage(app));
    assert.equal(app.client.getState().session, session);
    assert.deepEqual(app.events, ['signedIn']);
    assert.deepEqual(app.popups, []);
  });
}

test('pushed request: has prompt=none, and the response in the iframe completes the sign-in', async (t) => {
  const app = await openWithEvents(t, { options: { authorizeMethod: 'push' } });
  const { ehr } = app;
  ehr.configure({ pushed_authorization_request_endpoint: `${ehr.origin}/par` });
  let pushedFields;
  ehr.answer('/par', ({ fields }) => {
    pushedFields = fields;
    return { status: 201, json: { request_uri: 'urn:example:1', expires_in: 60 } };
  });
  const attempt = app.client.authorize({ target: 'frame' });
  attempt.catch(() => {});
  while (app.frames.length === 0 || !app.frames.at(-1).parent) await wait(5);
  const frame = app.frames.at(-1);
  const { url } = await frame.contentWindow.authorizationRequest;
  assert.equal(new URL(url).searchParams.get('request_uri'), 'urn:example:1');
  assert.equal(pushedFields.get('prompt'), 'none');
  app.handOver(frame.contentWindow, callbackOf({ method: 'GET', url: `${ehr.origin}/authorize?${pushedFields}` }));
  assert.equal((await attempt).patient, 'zoe');
});

for (const error of ['login_required', 'consent_required', 'interaction_required', 'account_selection_required']) {
  test(`${error}: interaction_required, and an existing session stays unchanged`, async (t) => {
    const app = await openWithEvents(t);
    const { client } = app;
    const session = await signIn(client);
    const { attempt, respond } = await startSilentSignIn(app);
    respond(withError(error));
    await assert.rejects(attempt, { code: 'interaction_required' });
    const { status, activity } = client.getState();
    assert.deepEqual([status, activity, client.getState().session], ['authenticated', 'idle', session]);
    assert.equal(await client.getAccessToken(), 'canary-access-1');
    assert.equal((await client.refresh()).patient, 'zoe');
    assert.deepEqual(app.events, ['signedIn', 'interaction_required', 'refreshed']);
    assert.ok(!isInPage(app));
  });
}

test('without a session at the client and at the server, the status is unauthenticated', async (t) => {
  const app = await openWithEvents(t);
  const { attempt, respond } = await startSilentSignIn(app);
  respond(withError('login_required'));
  await assert.rejects(attempt, { code: 'interaction_required' });
  assert.equal(app.client.getState().status, 'unauthenticated');
});

test('no response: timeout after ten seconds, the iframe is removed, the session is kept, no sign-in is pending', async (t) => {
  const app = await openWithEvents(t);
  const session = await signIn(app.client);
  const originalSetTimeout = setTimeout;
  const expireTimers = [];
  t.mock.method(globalThis, 'setTimeout', (call, milliseconds, ...values) => {
    if (milliseconds === 10_000) expireTimers.push(() => call(...values));
    return originalSetTimeout(call, milliseconds, ...values);
  });
  const { attempt } = await startSilentSignIn(app);
  for (const expire of expireTimers) expire();
  await assert.rejects(attempt, { code: 'timeout', retryable: true });
  assert.ok(!isInPage(app));
  assert.equal(app.client.getState().session, session);
  const records = Object.entries(app.tab.storage).filter(([key]) => key.includes('sign-in'));
  assert.ok(records.every(([, record]) => JSON.parse(record).used));
});

test('the same user: the new session replaces the existing session, without a sign-out', async (t) => {
  const app = await openWithEvents(t, WITH_OPENID);
  await signIn(app.client);
  const { attempt, respond } = await startSilentSignIn(app);
  respond();
  assert.equal((await attempt).tokenResponse.access_token, 'canary-access-2');
  assert.equal(await app.client.getAccessToken(), 'canary-access-2');
  assert.deepEqual(app.events, ['signedIn', 'signedIn']);
});

for (const [description, options, tokens] of [
  ['another user', {}, ({ idToken }) => ({ id_token: idToken({ sub: 'noah' }) })],
  ['without a verified user', { scope: 'launch/patient' }, () => ({ id_token: undefined })],
]) {
  test(`${description}: the existing and the new session end, and the app is notified`, async (t) => {
    const app = await openWithEvents(t, WITH_OPENID);
    const { ehr, client } = app;
    await signIn(client);
    ehr.grant(() => tokens(ehr));
    const { attempt, respond } = await startSilentSignIn(app, options);
    respond();
    await assert.rejects(attempt, { code: 'id_token_invalid', message: /signed-in user/ });
    const { status, session, error } = client.getState();
    assert.deepEqual([status, session, error.code], ['unauthenticated', null, 'id_token_invalid']);
    assert.deepEqual(app.events, ['signedIn', 'identity_changed', 'id_token_invalid']);
    await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
    for (let polls = 0; ehr.requestsTo('/revoke').length === 0 && polls < 1_000; polls++) await wait(10);
    assert.ok(!JSON.stringify(app.tab.storage).includes('canary'));
    assert.equal(await client.ready(), null);
    // The new tokens are revoked.
    assert.equal(ehr.requestsTo('/revoke')[0].fields.get('token'), 'canary-refresh-2');
  });
}

for (const name of ['patient', 'encounter']) {
  test(`another ${name}: the existing and the new session end, and the error is launch_context_invalid`, async (t) => {
    const app = await openWithEvents(t);
    const { ehr, client } = app;
    await signIn(client);
    ehr.grant({ [name]: 'another' });
    const { attempt, respond } = await startSilentSignIn(app);
    respond();
    await assert.rejects(attempt, { code: 'launch_context_invalid' });
    assert.deepEqual(app.events, ['signedIn', 'identity_changed', 'launch_context_invalid']);
    assert.equal(client.getState().session, null);
    assert.equal(await client.ready(), null);
  });
}

test('the new user is also compared with the user of a stored session that is not restored yet', async (t) => {
  const app = await openWithEvents(t, WITH_OPENID);
  await signIn(app.client);
  const page = await app.open();
  const client = page.createSmartClient(app.settings);
  app.ehr.grant(() => ({ id_token: app.ehr.idToken({ sub: 'noah' }) }));
  const { attempt, respond } = await startSilentSignIn({ ...app, frames: app.frames, client });
  respond();
  await assert.rejects(attempt, { code: 'id_token_invalid' });
  assert.equal(client.getState().status, 'unauthenticated');
});

test('if the token request fails, the session is kept', async (t) => {
  const app = await openWithEvents(t);
  const session = await signIn(app.client);
  app.ehr.answer('/token', { status: 503 });
  const { attempt, respond } = await startSilentSignIn(app);
  respond();
  await assert.rejects(attempt, { code: 'http_status' });
  assert.equal(app.client.getState().session, session);
  assert.equal(await app.client.getAccessToken(), 'canary-access-1');
});

test('app in a sandboxed iframe without an origin: interaction_required at once, and no iframe is created', async (t) => {
  const app = await openWithEvents(t, { globals: { origin: 'null' } });
  await assert.rejects(app.client.authorize({ target: 'frame' }), { code: 'interaction_required' });
  assert.deepEqual(app.frames, []);
  assert.equal(app.ehr.requests.length, 0);
});

test('concurrent calls are one sign-in, and a popup sign-in can run at the same time', async (t) => {
  const app = await openWithEvents(t);
  const popup = app.client.authorize({ target: 'popup' });
  const { attempt, respond } = await startSilentSignIn(app);
  assert.equal(app.client.authorize({ target: 'frame' }), attempt);
  assert.equal(app.frames.length, 1);
  assert.equal(app.popups[0].focused, 0);
  respond();
  await attempt;
  app.handOver(app.popups[0], callbackOf(await app.popups[0].authorizationRequest));
  assert.equal((await popup).tokenResponse.access_token, 'canary-access-2');
});

test('silent sign-in in a page with a callback: the sign-in of the callback is completed first', async (t) => {
  const app = await openWithEvents(t);
  const request = await app.client.authorize({ navigate: false });
  const page = await app.tab.open(callbackOf(request));
  const client = page.createSmartClient({ ...app.settings });
  // `PUT` is invalid, so the silent sign-in is refused, but only after the sign-in of the callback.
  await assert.rejects(client.authorize({ target: 'frame', authorizeMethod: 'PUT' }), { code: 'config_invalid' });
  assert.equal(page.address(), '/back');
  assert.equal(client.getState().status, 'authenticated');
});
