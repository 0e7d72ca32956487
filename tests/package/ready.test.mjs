// ready(): one promise for concurrent calls; failures are not cached.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { beOnePage, callbackOf, signIn } from './sign-in.mjs';

test('concurrent calls get the same promise', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  assert.equal(client.ready(), client.ready());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const promise = client.ready({ callback });
  assert.equal(client.ready({ callback }), promise);
  assert.equal(client.ready(), promise);
  await promise;
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('a repeated callback returns the session without another token request', async (t) => {
  beOnePage(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const session = await client.ready({ callback });
  assert.equal((await client.ready({ callback })).patient, session.patient);
  assert.equal((await createSmartClient(ehr.options()).ready({ callback })).patient, session.patient);
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('a failure is not cached: the next call tries again', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await assert.rejects(client.ready({ callback: 'https://app.example/back?code=c&state=forged' }), {
    code: 'state_unknown',
  });
  assert.equal(client.getState().status, 'error');
  assert.equal(await client.ready(), null);
  assert.equal(client.getState().status, 'unauthenticated');
});

test('a failed token request can be followed by another sign-in', async (t) => {
  const ehr = await startEhr(t);
  ehr.answer('/token', { status: 503 }, { json: ehr.tokenResponse() });
  const client = createSmartClient(ehr.options());
  await assert.rejects(signIn(client), { code: 'http_status', status: 503, retryable: true });
  assert.equal((await signIn(client)).patient, 'zoe');
});

test('session of the page is restored by a client with the same options', async (t) => {
  beOnePage(t);
  const ehr = await startEhr(t);
  await signIn(createSmartClient(ehr.options()));
  const requestCount = ehr.requests.length;
  const secondClient = createSmartClient(ehr.options());
  assert.equal((await secondClient.ready()).patient, 'zoe');
  assert.equal(await secondClient.getAccessToken(), 'canary-access-1');
  assert.equal(ehr.requests.length, requestCount);
});

test('without a page a client does not see the session of another client', async (t) => {
  const ehr = await startEhr(t);
  await signIn(createSmartClient(ehr.options()));
  assert.equal(await createSmartClient(ehr.options()).ready(), null);
});

test('ready() after a refresh returns the current session', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  const refreshed = await client.refresh();
  assert.equal((await client.ready()).tokenResponse.access_token, refreshed.tokenResponse.access_token);
});

test('ready() after the end of the session returns null', async (t) => {
  const ehr = await startEhr(t, { tokens: { refresh_token: undefined, expires_in: 0 } });
  const client = createSmartClient(ehr.options());
  await signIn(client);
  await assert.rejects(client.getAccessToken(), { code: 'session_expired' });
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal(await client.ready(), null);
});

test('clients with different options share neither the session nor pending sign-ins', async (t) => {
  beOnePage(t);
  const [ehr, otherEhr] = [await startEhr(t), await startEhr(t)];
  const client = createSmartClient(ehr.options());
  await signIn(client);
  // Begun before the other clients exist: a server without `iss` is refused if another server of the page has its redirect URI.
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const otherClients = [ehr.options({ clientId: 'another-app' }), otherEhr.options()].map(createSmartClient);
  for (const otherClient of otherClients) {
    assert.equal(await otherClient.ready(), null);
    await assert.rejects(otherClient.getAccessToken(), { code: 'signed_out' });
    await assert.rejects(otherClient.ready({ callback }), { code: 'state_unknown' });
    await otherClient.logout();
  }
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  assert.equal((await client.ready({ callback })).patient, 'zoe');
});
