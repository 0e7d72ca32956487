// State and events of a client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { beOnePage, callbackOf, signIn } from './sign-in.mjs';

async function newClient(test, ehrOptions, options) {
  const ehr = await startEhr(test, ehrOptions);
  return { ehr, client: createSmartClient(ehr.options(options)) };
}

test('state is one frozen object until something changes', async (t) => {
  const { client } = await newClient(t);
  const first = client.getState();
  assert.deepEqual(first, { status: 'loading', session: null, error: null, activity: 'idle' });
  assert.ok(Object.isFrozen(first));
  assert.equal(client.getState(), first);
  await signIn(client);
  const second = client.getState();
  assert.notEqual(second, first);
  await client.getAccessToken();
  await client.ready();
  assert.equal(client.getState(), second);
  assert.ok(Object.isFrozen(second));
});

test('listener is called after every change, when getState() has the new state', async (t) => {
  const { client } = await newClient(t);
  const states = [];
  const stop = client.subscribe((event) => event ?? states.push(client.getState()));
  await signIn(client);
  assert.deepEqual(
    states.map(({ status, activity }) => `${status} ${activity}`),
    ['loading signing-in', 'loading idle', 'loading signing-in', 'authenticated signing-in', 'authenticated idle'],
  );
  assert.equal(new Set(states).size, states.length);
  stop();
  stop();
  await client.logout();
  assert.equal(states.length, 5);
});

test('listener of subscribe() gets each event of the session', async (t) => {
  const { client } = await newClient(t);
  const subscribedEvents = [];
  const handledEvents = [];
  client.subscribe((event) => event && subscribedEvents.push(event));
  for (const type of ['signedIn', 'refreshed', 'scopeChanged', 'signedOut', 'error']) {
    client.on(type, (detail) => handledEvents.push({ type, detail }));
  }
  await signIn(client);
  await client.refresh();
  await client.logout();
  assert.deepEqual(
    subscribedEvents.map(({ type }) => type),
    ['signedIn', 'refreshed', 'signedOut'],
  );
  assert.deepEqual(subscribedEvents, handledEvents);
});

test('restoring, refreshing and signing out are activities', async (t) => {
  const { client } = await newClient(t);
  const states = [];
  client.subscribe(() => states.push(client.getState().activity));
  await client.ready();
  await signIn(client);
  await client.refresh();
  await client.logout();
  const withoutRepeats = states.filter((activity, index) => activity !== states[index - 1]);
  const activities = ['restoring', 'signing-in', 'signing-in', 'refreshing', 'signing-out'];
  assert.deepEqual(
    withoutRepeats,
    activities.flatMap((activity) => [activity, 'idle']),
  );
});

test('refreshing a token changes the session but not the status', async (t) => {
  const { client } = await newClient(t);
  const session = await signIn(client);
  const statuses = new Set();
  client.subscribe(() => statuses.add(client.getState().status));
  await client.refresh();
  assert.deepEqual([...statuses], ['authenticated']);
  assert.notEqual(client.getState().session, session);
});

test('failed sign-in sets the status to error, and the member `error` of the state', async (t) => {
  const { ehr, client } = await newClient(t);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  const error = await signIn(client).catch((error) => error);
  assert.deepEqual({ ...client.getState() }, { status: 'error', session: null, error, activity: 'idle' });
});

test('sign-in that cannot start sets the status to unauthenticated', async (t) => {
  const { client } = await newClient(t, { configuration: { code_challenge_methods_supported: [] } });
  const error = await client.authorize({ navigate: false }).catch((error) => error);
  assert.equal(error.code, 'pkce_unsupported');
  assert.deepEqual({ ...client.getState() }, { status: 'unauthenticated', session: null, error, activity: 'idle' });
});

test('callback with an unknown state does not end an existing session', async (t) => {
  const { client } = await newClient(t);
  const session = await signIn(client);
  const error = await client
    .ready({ callback: 'https://app.example/back?code=c&state=forged' })
    .catch((error) => error);
  assert.deepEqual({ ...client.getState() }, { status: 'authenticated', session, error, activity: 'idle' });
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  assert.equal((await client.ready()).patient, 'zoe');
});

test('failed refresh keeps the session and shows the error', async (t) => {
  const { ehr, client } = await newClient(t);
  const session = await signIn(client);
  ehr.answer('/token', { status: 500 });
  const error = await client.refresh().catch((error) => error);
  assert.deepEqual({ ...client.getState() }, { status: 'authenticated', session, error, activity: 'idle' });
});

test('events signedIn and refreshed have the session, signedOut the reason', async (t) => {
  const { client } = await newClient(t);
  const events = [];
  for (const name of ['signedIn', 'refreshed', 'signedOut', 'error']) {
    client.on(name, (detail) => events.push([name, detail]));
  }
  const session = await signIn(client);
  const refreshedSession = await client.refresh();
  await client.logout();
  assert.deepEqual(events, [
    ['signedIn', session],
    ['refreshed', refreshedSession],
    ['signedOut', { reason: 'logout' }],
  ]);
  assert.equal(events[0][1], session);
});

test('one refresh for many callers is one event', async (t) => {
  const { client } = await newClient(t, { tokens: { expires_in: 0 } });
  await signIn(client);
  let count = 0;
  client.on('refreshed', () => count++);
  await Promise.all(Array.from({ length: 20 }, () => client.getAccessToken()));
  assert.equal(count, 1);
});

test('restored session does not emit signedIn', async (t) => {
  beOnePage(t);
  const { ehr, client } = await newClient(t);
  await signIn(client);
  const secondClient = createSmartClient(ehr.options());
  secondClient.on('signedIn', () => assert.fail('signedIn is emitted'));
  await secondClient.ready();
  assert.equal(secondClient.getState().status, 'authenticated');
});

test('session that cannot be refreshed ends with signedOut and its reason', async (t) => {
  const { client } = await newClient(t, { tokens: { expires_in: 0, refresh_token: undefined } });
  await signIn(client);
  const events = [];
  client.on('signedOut', (detail) => events.push(detail));
  client.on('error', (error) => events.push(error.code));
  await assert.rejects(client.getAccessToken());
  assert.deepEqual(events, [{ reason: 'session_expired' }, 'session_expired']);
  assert.equal(client.getState().error.code, 'session_expired');
});

test('failed ready() emits an error event, until the listener is removed', async (t) => {
  const { ehr, client } = await newClient(t);
  const errors = [];
  const stop = client.on('error', (error) => errors.push(error));
  const error = await client
    .ready({ callback: `${ehr.options().redirectUri}?error=x&state=s` })
    .catch((error) => error);
  assert.deepEqual(errors, [error]);
  stop();
  await assert.rejects(client.ready({ callback: 'no callback' }));
  assert.equal(errors.length, 1);
});

test('request events have the purpose, method, URL without query, status and duration, and nothing else', async (t) => {
  const { ehr, client } = await newClient(t);
  ehr.answer('/fhir/Patient', { json: {} });
  const events = [];
  client.on('request', (event) => events.push(event));
  await signIn(client);
  await client.request('Patient?name=canary-name');
  await client.request('Patient#canary-name');
  await client.refresh();
  await client.logout();
  assert.deepEqual(
    events.map(({ milliseconds, ...event }) => event),
    [
      { purpose: 'discovery', method: 'GET', url: `${ehr.fhirBaseUrl}/.well-known/smart-configuration`, status: 200 },
      { purpose: 'token', method: 'POST', url: `${ehr.origin}/token`, status: 200 },
      { purpose: 'fhir', method: 'GET', url: `${ehr.fhirBaseUrl}/Patient`, status: 200 },
      { purpose: 'fhir', method: 'GET', url: `${ehr.fhirBaseUrl}/Patient`, status: 200 },
      { purpose: 'refresh', method: 'POST', url: `${ehr.origin}/token`, status: 200 },
      { purpose: 'revocation', method: 'POST', url: `${ehr.origin}/revoke`, status: 200 },
      { purpose: 'revocation', method: 'POST', url: `${ehr.origin}/revoke`, status: 200 },
    ],
  );
  assert.ok(events.every(({ milliseconds }) => Number.isInteger(milliseconds) && milliseconds >= 0));
  assert.ok(!JSON.stringify(events).includes('canary'));
});

test('request without a response is an event with status null', async (t) => {
  const { ehr, client } = await newClient(t);
  await signIn(client);
  const event = new Promise((resolve) => client.on('request', resolve));
  const controller = new AbortController();
  ehr.answer('/fhir/Patient', () => {
    controller.abort();
    return { silent: true };
  });
  await assert.rejects(client.fetch('Patient', { signal: controller.signal }), { code: 'aborted' });
  assert.equal((await event).status, null);
});

test('listener that throws does not end a sign-in, and its error is reported as uncaught', async (t) => {
  const { client } = await newClient(t);
  const messages = [];
  const originalListeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => messages.push(error.message));
  client.subscribe(() => {
    throw new Error('of a listener');
  });
  client.on('signedIn', () => {
    throw new Error('of a handler');
  });
  await signIn(client);
  await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners('uncaughtException');
  originalListeners.forEach((listener) => process.on('uncaughtException', listener));
  assert.equal(client.getState().status, 'authenticated');
  assert.ok(messages.includes('of a listener') && messages.includes('of a handler'));
});

test('listeners may unsubscribe while they are being called', async (t) => {
  const { client } = await newClient(t);
  const calls = [];
  const stops = ['first', 'second'].map((name) =>
    client.subscribe(() => {
      calls.push(name);
      stops.forEach((stop) => stop());
    }),
  );
  await client.ready();
  assert.deepEqual(calls, ['first', 'second']);
});

test('listener that is not a function is refused at once', async (t) => {
  const { client } = await newClient(t);
  for (const listener of [undefined, null, 7, 'refreshed', {}]) {
    const expectedError = { name: 'SmartError', code: 'config_invalid', message: 'the listener is not a function' };
    assert.throws(() => client.subscribe(listener), expectedError);
    assert.throws(() => client.on('refreshed', listener), expectedError);
  }
});
