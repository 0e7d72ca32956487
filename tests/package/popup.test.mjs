// Sign-in through a popup.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { callbackOf, parametersOf, signIn } from './sign-in.mjs';
import { CALLBACK, openApp, ORIGIN, RECEIVED } from './windows.mjs';

/** An app whose popup has navigated to the authorization endpoint. */
async function atServer(test, options) {
  const app = await openApp(test, options);
  const attempt = app.client.authorize({ target: 'popup' });
  attempt.catch(() => {});
  const [popup] = app.popups;
  const request = await popup.authorizationRequest;
  return { ...app, attempt, popup, request, callback: callbackOf(request) };
}

/** Asserts that listeners and timers are removed. */
async function assertReleased({ tab, popup }) {
  let reads = 0;
  tab.post({
    get source() {
      reads += 1;
      return popup;
    },
  });
  assert.equal(reads, 0, 'the message listener is removed');
  const { closedReads } = popup;
  await wait(600);
  assert.equal(popup.closedReads, closedReads, '`closed` is not read any more');
}

const pendingSignIns = ({ tab }) =>
  Object.entries(tab.storage).filter(([key, record]) => key.includes('sign-in') && !JSON.parse(record).used).length;

test('popup is opened before anything is awaited', async (t) => {
  const { client, popups } = await openApp(t);
  client.authorize({ target: 'popup' }).catch(() => {});
  assert.equal(popups.length, 1);
  const [address, name, features] = popups[0].called;
  assert.deepEqual([address, name], ['about:blank', '_blank']);
  assert.match(features, /^popup,width=\d+,height=\d+$/);
  popups[0].close();
});

for (const method of ['GET', 'POST']) {
  test(`${method}: the popup navigates to the server, its callback signs in this page, and the popup is closed`, async (t) => {
    const app = await atServer(t, { options: { authorizeMethod: method } });
    const { ehr, client, page, popup, popups, request, attempt, callback, handOver } = app;
    const events = [];
    for (const name of ['signedIn', 'error', 'redirecting']) client.on(name, () => events.push(name));
    assert.equal(request.method, method);
    assert.equal(parametersOf(request).client_id, 'growth-chart');
    assert.equal(client.getState().activity, 'signing-in');
    handOver(popup, callback);
    const session = await attempt;
    assert.equal(session.patient, 'zoe');
    assert.deepEqual({ ...client.getState() }, { status: 'authenticated', session, error: null, activity: 'idle' });
    assert.equal(await client.ready(), session);
    assert.deepEqual(events, ['signedIn']);
    assert.deepEqual(popup.received, [[RECEIVED, ORIGIN]]);
    assert.equal(popup.closed, true);
    assert.equal(popups.length, 1);
    assert.equal(ehr.requestsTo('/token').length, 1);
    assert.deepEqual(page.submitted, [], 'the page itself does not navigate');
    await assertReleased(app);
  });
}

test('concurrent calls are one sign-in, and the popup gets the focus', async (t) => {
  const { client, popup, popups, attempt, callback, handOver } = await atServer(t);
  assert.equal(client.authorize({ target: 'popup' }), attempt);
  assert.equal(popup.focused, 1);
  handOver(popup, callback);
  await attempt;
  const secondAttempt = client.authorize({ target: 'popup' });
  assert.notEqual(secondAttempt, attempt);
  assert.equal(popups.length, 2);
  popups[1].close();
  await assert.rejects(secondAttempt, { code: 'popup_closed' });
});

test('response in the fragment is accepted', async (t) => {
  const { popup, attempt, callback, handOver } = await atServer(t, { options: { responseMode: 'fragment' } });
  handOver(popup, callback.replace('?', '#'));
  assert.equal((await attempt).patient, 'zoe');
});

const failRead = () => assert.fail('a member was read');
/** An object that throws when a member is read. */
const UNREADABLE = new Proxy({}, { get: failRead, has: failRead, ownKeys: failRead });
/** Functions that send a message that is not the callback of this sign-in, or does not come from the app's page in its popup. */
const JUNK = {
  'another origin': ({ popup, callback, handOver }) => handOver(popup, callback, { origin: 'https://evil.example' }),
  'the same host with another port': ({ popup, callback, handOver }) =>
    handOver(popup, callback, { origin: `${ORIGIN}:8443` }),
  'no origin': ({ popup, callback, handOver }) => handOver(popup, callback, { origin: 'null' }),
  'another window': ({ callback, handOver }) => handOver({}, callback),
  'no window': ({ callback, handOver }) => handOver(null, callback),
  'another state': ({ popup, callback, handOver }) => handOver(popup, callback.replace(/state=./, 'state=~')),
  'no state': ({ popup, callback, handOver }) => handOver(popup, callback.replace(/state=[^&]*/, '')),
  'the state in the path': ({ popup, request, handOver }) =>
    handOver(popup, `https://app.example/state=${parametersOf(request).state}?code=c`),
  'the name of the message without a URL': ({ popup, tab }) => tab.post({ source: popup, origin: ORIGIN, data: CALLBACK }),
  'the URL without the name of the message': ({ popup, callback, tab }) =>
    tab.post({ source: popup, origin: ORIGIN, data: callback }),
  'text before the name of the message': ({ popup, callback, tab }) =>
    tab.post({ source: popup, origin: ORIGIN, data: `x${CALLBACK}${callback}` }),
  'an object': ({ popup, callback, tab }) =>
    tab.post({ source: popup, origin: ORIGIN, data: { type: CALLBACK, url: callback } }),
  'an object whose members must not be read': ({ popup, tab }) =>
    tab.post({ source: popup, origin: ORIGIN, data: UNREADABLE }),
  'an object with the method split': ({ popup, callback, tab }) =>
    tab.post({ source: popup, origin: ORIGIN, data: { split: () => ['', callback] } }),
  'another window, whose data must not be read': ({ tab }) =>
    tab.post(Object.defineProperty({ source: {}, origin: ORIGIN }, 'data', { get: () => assert.fail('`data` was read') })),
};

for (const [description, post] of Object.entries(JUNK)) {
  test(`message is ignored, and the sign-in continues: ${description}`, async (t) => {
    const app = await atServer(t);
    post(app);
    await wait(20);
    assert.equal(app.ehr.requestsTo('/token').length, 0);
    assert.deepEqual(app.popup.received, []);
    assert.equal(app.client.getState().activity, 'signing-in');
    app.handOver(app.popup, app.callback);
    assert.equal((await app.attempt).patient, 'zoe');
  });
}

test('popup that the browser does not open: popup_blocked, no request, and no pending sign-in', async (t) => {
  for (const returnValue of [null, undefined]) {
    const { ehr, tab, client } = await openApp(t, { globals: { open: () => returnValue } });
    await assert.rejects(client.authorize({ target: 'popup' }), { code: 'popup_blocked' });
    assert.equal(client.getState().status, 'unauthenticated');
    assert.equal(client.getState().error.code, 'popup_blocked');
    assert.equal(ehr.requests.length, 0);
    assert.deepEqual(Object.keys(tab.storage), []);
  }
});

test('popup that is closed: popup_closed within a second, its sign-in is marked as used, others stay pending', async (t) => {
  const app = await atServer(t);
  const { ehr, client, popup, attempt, callback } = app;
  const otherRequest = await client.authorize({ navigate: false });
  const started = Date.now();
  popup.close();
  await assert.rejects(attempt, { code: 'popup_closed' });
  assert.ok(Date.now() - started < 1_000);
  const { status, session, error, activity } = client.getState();
  assert.deepEqual([status, session, error.code, activity], ['unauthenticated', null, 'popup_closed', 'idle']);
  assert.equal(pendingSignIns(app), 1);
  await assertReleased(app);
  await assert.rejects(client.ready({ callback }), { code: 'callback_replayed' });
  assert.equal(ehr.requestsTo('/token').length, 0);
  assert.equal((await client.ready({ callback: callbackOf(otherRequest) })).patient, 'zoe');
});

test('popup closed during discovery: popup_closed, and no sign-in stays pending', async (t) => {
  const app = await openApp(t);
  const { ehr, client, popups } = app;
  const held = ehr.hold('/fhir/.well-known/smart-configuration', () => ({ json: ehr.document }));
  const attempt = client.authorize({ target: 'popup' });
  await held.arrived;
  popups[0].close();
  await assert.rejects(attempt, { code: 'popup_closed' });
  held.release();
  // The sign-in is stored when the document has arrived, and is then marked as used. Its record remains.
  while (Object.keys(app.tab.storage).length !== 1 || pendingSignIns(app) > 0) await wait(10);
});

test('callback that arrives just after the popup is closed is used', async (t) => {
  const { popup, attempt, callback, handOver } = await atServer(t);
  popup.close();
  const { closedReads } = popup;
  while (popup.closedReads === closedReads) await wait(10);
  handOver(popup, callback);
  assert.equal((await attempt).patient, 'zoe');
});

test('popup that the user navigated elsewhere before the request: popup_closed', async (t) => {
  const throwSecurityError = () => {
    throw new DOMException('another origin', 'SecurityError');
  };
  const popup = Object.defineProperty({ closed: false, close() {} }, 'document', { get: throwSecurityError });
  const app = await openApp(t, { options: { authorizeMethod: 'POST' }, globals: { open: () => popup } });
  await assert.rejects(app.client.authorize({ target: 'popup' }), { code: 'popup_closed' });
  assert.equal(pendingSignIns(app), 0);
});

test('sign-in that cannot start closes the popup', async (t) => {
  const { client, popups } = await openApp(t, { more: { configuration: { code_challenge_methods_supported: [] } } });
  await assert.rejects(client.authorize({ target: 'popup' }), { code: 'pkce_unsupported' });
  assert.equal(popups[0].closed, true);
});

test('refused or invalid response: SmartError, the sign-in is marked as used, and the popup is closed', async (t) => {
  const refusedApp = await atServer(t);
  refusedApp.handOver(refusedApp.popup, refusedApp.callback.replace(/code=[^&]*/, 'error=access_denied'));
  await assert.rejects(refusedApp.attempt, { code: 'authorization_refused' });
  const failedExchange = await atServer(t);
  failedExchange.ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  failedExchange.handOver(failedExchange.popup, failedExchange.callback);
  await assert.rejects(failedExchange.attempt, { code: 'token_refused' });
  const duplicated = await atServer(t);
  duplicated.handOver(duplicated.popup, `${duplicated.callback}&code=another`);
  await assert.rejects(duplicated.attempt, { code: 'callback_duplicate_param' });
  for (const app of [refusedApp, failedExchange, duplicated]) {
    assert.equal(pendingSignIns(app), 0);
    assert.equal(app.popup.closed, true);
    assert.equal(app.client.getState().status, 'unauthenticated');
  }
});

test('existing session survives a failed popup sign-in, and is replaced by a successful one', async (t) => {
  const app = await openApp(t);
  const { client, popups, handOver } = app;
  const session = await signIn(client);
  const attempt = client.authorize({ target: 'popup' });
  await popups[0].authorizationRequest;
  popups[0].close();
  await assert.rejects(attempt, { code: 'popup_closed' });
  assert.equal(client.getState().session, session);
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  const secondAttempt = client.authorize({ target: 'popup' });
  handOver(popups[1], callbackOf(await popups[1].authorizationRequest));
  assert.equal(client.getState().session, session);
  assert.equal((await secondAttempt).tokenResponse.access_token, 'canary-access-2');
  assert.equal(await client.getAccessToken(), 'canary-access-2');
});

test('sign-out while the code is exchanged: the user stays signed out', async (t) => {
  const { ehr, tab, client, popup, attempt, callback, handOver } = await atServer(t);
  const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  handOver(popup, callback);
  await held.arrived;
  await client.logout();
  held.release();
  await assert.rejects(attempt, { code: 'signed_out' });
  assert.equal(client.getState().status, 'unauthenticated');
  await wait(50);
  assert.ok(!JSON.stringify(tab.storage).includes('canary'));
  const revoked = ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
  assert.deepEqual(revoked, ['canary-refresh-1', 'canary-access-1']);
});

test('blocked storage: the pending sign-in is in memory', async (t) => {
  const { tab, client, popups, handOver } = await openApp(t);
  tab.block();
  const attempt = client.authorize({ target: 'popup' });
  handOver(popups[0], callbackOf(await popups[0].authorizationRequest));
  const session = await attempt;
  assert.equal(session.persisted, false);
  assert.equal(await client.getAccessToken(), 'canary-access-1');
});

test('sandboxed iframe without an origin: pushed request, and the callback from the origin of the page is accepted', async (t) => {
  const app = await openApp(t, { options: { authorizeMethod: 'push' }, globals: { origin: 'null' } });
  const { ehr, tab, client, popups, handOver } = app;
  tab.block();
  ehr.configure({ pushed_authorization_request_endpoint: `${ehr.origin}/par` });
  let pushedFields;
  ehr.answer('/par', ({ fields }) => {
    pushedFields = fields;
    return { status: 201, json: { request_uri: 'urn:example:1', expires_in: 60 } };
  });
  const attempt = client.authorize({ target: 'popup' });
  await popups[0].authorizationRequest;
  const callback = callbackOf({ method: 'GET', url: `${ehr.origin}/authorize?${pushedFields}` });
  handOver(popups[0], callback, { origin: 'null' });
  handOver(popups[0], callback, { origin: 'https://evil.example' });
  assert.deepEqual(popups[0].received, []);
  handOver(popups[0], callback);
  assert.deepEqual(popups[0].received, [[RECEIVED, ORIGIN]]);
  assert.equal((await attempt).patient, 'zoe');
});

test('redirect URI of another origin: config_invalid at once', async (t) => {
  const { client, popups } = await openApp(t, { options: { redirectUri: 'https://login.app.example/back' } });
  await assert.rejects(client.authorize({ target: 'popup' }), { code: 'config_invalid', message: /redirectUri/ });
  assert.equal(popups[0].closed, true);
});

test('unknown target, or no page: config_invalid', async (t) => {
  const { client } = await openApp(t);
  await assert.rejects(client.authorize({ target: 'tab' }), { code: 'config_invalid', message: /target/ });
  delete globalThis.document;
  await assert.rejects(client.authorize({ target: 'popup' }), { code: 'config_invalid', message: /without a page/ });
});

test('ten thousand messages of another origin take less than half a second', async (t) => {
  const { tab, popup, attempt, callback, handOver } = await atServer(t);
  const message = { source: {}, origin: 'https://evil.example', data: 'x'.repeat(1_000) };
  const started = performance.now();
  for (let count = 0; count < 10_000; count++) tab.post(message);
  const milliseconds = performance.now() - started;
  assert.ok(milliseconds < 500, `${milliseconds} ms`);
  handOver(popup, callback);
  assert.equal((await attempt).patient, 'zoe');
});
