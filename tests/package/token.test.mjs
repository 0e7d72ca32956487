// Access tokens are valid when returned, and refreshed once for concurrent callers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { beOnePage, signIn } from './sign-in.mjs';

/** A client that has signed in; by default with an expired token that can be refreshed. */
async function openSignedIn(test, tokens = { expires_in: 0 }, options = {}) {
  const ehr = await startEhr(test);
  ehr.grant(tokens, {});
  const client = createSmartClient(ehr.options(options));
  await signIn(client);
  return { ehr, client };
}

const refreshRequests = (ehr) => ehr.requestsTo('/token').filter(({ fields }) => fields.get('grant_type') === 'refresh_token');

test('valid token is returned without a request', async (t) => {
  const { ehr, client } = await openSignedIn(t, {});
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  assert.equal(refreshRequests(ehr).length, 0);
});

test('100 callers at once make one token request and get one token', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const tokens = await Promise.all(Array.from({ length: 100 }, () => client.getAccessToken()));
  assert.deepEqual([...new Set(tokens)], ['canary-access-2']);
  assert.equal(refreshRequests(ehr).length, 1);
});

test('refresh request is as in the specification', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  await client.getAccessToken();
  const [{ fields, headers }] = refreshRequests(ehr);
  assert.deepEqual(Object.fromEntries(fields), {
    client_id: 'growth-chart',
    grant_type: 'refresh_token',
    refresh_token: 'canary-refresh-1',
  });
  assert.equal(headers.authorization, undefined);
});

test('new refresh token replaces the old one, which is kept if none is returned', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.grant({ refresh_token: undefined }, {}, {});
  await client.refresh();
  await client.refresh();
  await client.refresh();
  const sentTokens = refreshRequests(ehr).map(({ fields }) => fields.get('refresh_token'));
  assert.deepEqual(sentTokens, ['canary-refresh-1', 'canary-refresh-1', 'canary-refresh-3']);
});

test('minValiditySeconds refreshes a token that expires earlier', async (t) => {
  const { ehr, client } = await openSignedIn(t, { expires_in: 600 });
  await client.getAccessToken({ minValiditySeconds: 60 });
  assert.equal(refreshRequests(ehr).length, 0);
  // At most a quarter of the lifetime counts, otherwise short-lived tokens would be refreshed with every call.
  await client.getAccessToken({ minValiditySeconds: 10_000 });
  assert.equal(refreshRequests(ehr).length, 0);
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 460_000);
  await client.getAccessToken({ minValiditySeconds: 60 });
  assert.equal(refreshRequests(ehr).length, 0);
  await client.getAccessToken({ minValiditySeconds: 145 });
  assert.equal(refreshRequests(ehr).length, 1);
});

test('token is refreshed a minute before it expires', async (t) => {
  const { ehr, client } = await openSignedIn(t, { expires_in: 3600 });
  const now = Date.now();
  const clock = t.mock.method(Date, 'now', () => now + 3_530_000);
  await client.getAccessToken();
  assert.equal(refreshRequests(ehr).length, 0);
  clock.mock.mockImplementation(() => now + 3_545_000);
  assert.equal(await client.getAccessToken(), 'canary-access-2');
  assert.equal(refreshRequests(ehr).length, 1);
});

test('expired token is not returned if the clock was set back', async (t) => {
  const { ehr, client } = await openSignedIn(t, {});
  const [now, elapsed] = [Date.now(), performance.now()];
  t.mock.method(Date, 'now', () => now + 60_000);
  t.mock.method(performance, 'now', () => elapsed + 3_601_000);
  assert.equal(await client.getAccessToken(), 'canary-access-2');
  assert.equal(await client.getAccessToken(), 'canary-access-2');
  assert.equal(refreshRequests(ehr).length, 1);
});

test('token without a lifetime is assumed to last assumedLifetimeSeconds', async (t) => {
  const { ehr, client } = await openSignedIn(t, { expires_in: undefined }, { assumedLifetimeSeconds: 1_000 });
  assert.equal(client.getState().session.expiresAt, null);
  const now = Date.now();
  const clock = t.mock.method(Date, 'now', () => now + 900_000);
  await client.getAccessToken();
  assert.equal(refreshRequests(ehr).length, 0);
  clock.mock.mockImplementation(() => now + 950_000);
  await client.getAccessToken();
  assert.equal(refreshRequests(ehr).length, 1);
});

test('refresh() refreshes even if the token is valid, and returns the new session', async (t) => {
  const { client } = await openSignedIn(t, {});
  const previousSession = client.getState().session;
  const session = await client.refresh();
  assert.notEqual(session, previousSession);
  assert.equal(session, client.getState().session);
  assert.equal(session.tokenResponse.access_token, 'canary-access-2');
  assert.equal(session.patient, 'zoe');
});

test('aborted signal ends the wait and not the refresh', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const heldRefresh = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const controller = new AbortController();
  const abortedCall = client.getAccessToken({ signal: controller.signal });
  const otherCall = client.getAccessToken();
  await heldRefresh.arrived;
  controller.abort(new Error('the user left'));
  await assert.rejects(abortedCall, (error) => error.code === 'aborted' && error.cause.message === 'the user left');
  heldRefresh.release();
  assert.equal(await otherCall, 'canary-access-2');
  assert.equal(refreshRequests(ehr).length, 1);
});

test('already aborted signal rejects without a request', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  await assert.rejects(client.getAccessToken({ signal: AbortSignal.abort() }), { code: 'aborted' });
  await assert.rejects(client.refresh({ signal: AbortSignal.abort() }), { code: 'aborted' });
  assert.equal(refreshRequests(ehr).length, 0);
});

test('not signed in: signed_out', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  for (const call of [() => client.getAccessToken(), () => client.refresh(), () => client.fetch('Patient')]) {
    await assert.rejects(call(), { code: 'signed_out' });
  }
  assert.equal(ehr.requests.length, 0);
});

test('expired without a refresh token: session_expired', async (t) => {
  const { client } = await openSignedIn(t, { expires_in: 0, refresh_token: undefined });
  await assert.rejects(client.getAccessToken(), { code: 'session_expired', retryable: false });
});

test('invalid_grant: the refresh token is not sent again, and the access token is used until it expires', async (t) => {
  const { ehr, client } = await openSignedIn(t, { expires_in: 3600 });
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: 'revoked' } });
  await assert.rejects(client.refresh(), (error) => {
    assert.equal(error.code, 'refresh_rejected');
    assert.deepEqual(error.oauth, { error: 'invalid_grant', description: 'revoked' });
    return true;
  });
  assert.equal(client.getState().status, 'authenticated');
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  await assert.rejects(client.refresh(), { code: 'session_expired', message: 'the session has no refresh token' });
  assert.equal(client.getState().status, 'authenticated');
  assert.equal(refreshRequests(ehr).length, 1);
});

for (const [description, response, code] of [
  ['server error', { status: 500 }, 'http_status'],
  ['lost connection', { json: {}, cut: true }, 'network'],
  ['proxy page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'content_type'],
  ['temporary refusal', { status: 400, json: { error: 'temporarily_unavailable' } }, 'token_refused'],
]) {
  test(`${description} while refreshing keeps the refresh token`, async (t) => {
    const { ehr, client } = await openSignedIn(t);
    ehr.answer('/token', response, () => ({ json: ehr.tokenResponse() }));
    await assert.rejects(client.getAccessToken(), { code });
    assert.equal(client.getState().status, 'authenticated');
    // After some of these failures, calls in the next second get the same error without a request.
    const newTime = Date.now() + 1_000;
    t.mock.method(Date, 'now', () => newTime);
    assert.equal(await client.getAccessToken(), 'canary-access-2');
    assert.deepEqual(
      refreshRequests(ehr).map(({ fields }) => fields.get('refresh_token')),
      ['canary-refresh-1', 'canary-refresh-1'],
    );
  });
}

for (const error of ['invalid_request', 'invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope']) {
  test(`${error} while refreshing ends the session when its token has expired, and not before`, async (t) => {
    const refusal = { status: 400, json: { error } };
    const validApp = await openSignedIn(t, {});
    validApp.ehr.answer('/token', refusal);
    await assert.rejects(validApp.client.refresh(), { code: 'token_refused' });
    assert.equal(validApp.client.getState().status, 'authenticated');
    assert.equal(await validApp.client.getAccessToken(), 'canary-access-1');

    const expiredApp = await openSignedIn(t);
    const reasons = [];
    expiredApp.client.on('signedOut', ({ reason }) => reasons.push(reason));
    expiredApp.ehr.answer('/token', refusal);
    await assert.rejects(expiredApp.client.getAccessToken(), { code: 'token_refused' });
    assert.deepEqual(reasons, ['session_expired']);
    assert.equal(expiredApp.client.getState().error.code, 'token_refused');
    await assert.rejects(expiredApp.client.getAccessToken(), { code: 'signed_out' });
    assert.equal(refreshRequests(expiredApp.ehr).length, 1);
  });
}

test('another patient in the response is an error, and the refresh token in this response is kept', async (t) => {
  const { ehr, client } = await openSignedIn(t, {});
  ehr.grant({ patient: 'kenji' }, {});
  await assert.rejects(client.refresh(), { code: 'launch_context_invalid' });
  assert.equal(client.getState().session.patient, 'zoe');
  await client.refresh();
  assert.equal(refreshRequests(ehr)[1].fields.get('refresh_token'), 'canary-refresh-2');
});

test('response of an older session does not replace a newer session', async (t) => {
  beOnePage(t);
  const { ehr, client } = await openSignedIn(t, {});
  const heldRefresh = ehr.hold('/token', () => ({ json: ehr.tokenResponse({ access_token: 'canary-access-of-the-old' }) }));
  const refreshPromise = client.refresh().catch((error) => error);
  await heldRefresh.arrived;
  await client.logout();
  ehr.grant({ patient: 'kenji', access_token: 'canary-access-of-the-new' });
  const session = await signIn(client);
  heldRefresh.release();
  await refreshPromise;
  assert.equal(client.getState().session, session);
  assert.equal(await client.getAccessToken(), 'canary-access-of-the-new');
  assert.equal((await createSmartClient(ehr.options()).ready()).patient, 'kenji');
});
