// Messages of other tabs, events after sleep, and the event `expiring`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

const refreshRequests = (ehr) => ehr.requestsTo('/token').filter(({ fields }) => fields.get('grant_type') === 'refresh_token');

/** A client in a page that can be hidden, go offline and become active again. */
async function openPage(t, ehrOptions = {}) {
  const target = new EventTarget();
  const page = { hidden: false, onLine: true };
  const globals = {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    document: Object.defineProperty(new EventTarget(), 'hidden', { get: () => page.hidden }),
    navigator: { get onLine() { return page.onLine; } },
  };
  for (const [name, value] of Object.entries(globals)) {
    const original = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { configurable: true, value });
    t.after(() => {
      delete globalThis[name];
      if (original) Object.defineProperty(globalThis, name, original);
    });
  }
  const ehr = await startEhr(t, ehrOptions);
  // No jitter for this page.
  t.mock.method(Math, 'random', () => 0);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  // The listeners have been added when this call returns.
  await client.getAccessToken();
  const wake = (name) => (name === 'visibilitychange' ? document : target).dispatchEvent(new Event(name));
  return { ehr, client, page, wake };
}

const advanceClock = (t, milliseconds) => {
  const newTime = Date.now() + milliseconds;
  t.mock.method(Date, 'now', () => newTime);
};

for (const name of ['visibilitychange', 'online', 'pageshow']) {
  test(`expired token is refreshed when the page becomes active: ${name}`, async (t) => {
    const { ehr, client, wake } = await openPage(t);
    advanceClock(t, 3_601_000);
    const refreshed = new Promise((resolve) => client.on('refreshed', resolve));
    wake(name);
    await refreshed;
    assert.equal(refreshRequests(ehr).length, 1);
  });
}

test('valid token is not refreshed when the page becomes active', async (t) => {
  const { ehr, wake } = await openPage(t);
  wake('visibilitychange');
  await wait(50);
  assert.equal(refreshRequests(ehr).length, 0);
});

test('nothing is sent before the network is back, nor while the page is hidden', async (t) => {
  const { ehr, page, wake } = await openPage(t);
  advanceClock(t, 43_200_000);
  page.onLine = false;
  wake('visibilitychange');
  wake('pageshow');
  page.onLine = true;
  page.hidden = true;
  wake('online');
  await wait(50);
  assert.equal(refreshRequests(ehr).length, 0);
  page.hidden = false;
  wake('visibilitychange');
  wake('online');
  wake('pageshow');
  await wait(100);
  assert.equal(refreshRequests(ehr).length, 1);
});

test('pages that become active together refresh with up to 30 s of jitter', async (t) => {
  const { ehr, wake } = await openPage(t);
  advanceClock(t, 3_601_000);
  t.mock.method(Math, 'random', () => 0.5);
  const timers = t.mock.method(globalThis, 'setTimeout', () => 0);
  wake('online');
  assert.deepEqual(timers.mock.calls.map(({ arguments: [, delay] }) => delay), [15_000]);
  assert.equal(refreshRequests(ehr).length, 0);
});

test('listeners are removed when the session has ended', async (t) => {
  const { ehr, client, wake } = await openPage(t);
  await client.logout();
  const requestCount = ehr.requests.length;
  for (const name of ['visibilitychange', 'online', 'pageshow']) wake(name);
  await wait(50);
  assert.equal(ehr.requests.length, requestCount);
});

test('expiring is emitted once, a quarter of a short lifetime before expiry', async (t) => {
  const { client } = await openPage(t, { tokens: { expires_in: 1 } });
  const events = [];
  client.subscribe((event) => event?.type === 'expiring' && events.push(event.detail));
  await wait(1_000);
  const { session, expiring } = client.getState();
  assert.deepEqual(events, [{ reason: 'token', expiresAt: session.expiresAt, session }]);
  assert.equal(expiring, undefined, '`expiring` is not in the state, because the next call renews the token');
});

test('messages about another session are ignored, and a session in memory is not sent to other tabs', async (t) => {
  const { client } = await openPage(t);
  const key = `smart-launch:session:growth-chart:${encodeURIComponent(client.getState().session.serverUrl)}:${encodeURIComponent(client.getState().session.issuer)}`;
  const channel = new BroadcastChannel(key);
  t.after(() => channel.close());
  const events = [];
  channel.onmessage = ({ data }) => events.push(data);
  for (const message of [['ask', 'of another sign-in', '0'], ['ended', 'of another sign-in', '0'], ['renewed', 'x', '{}'], ['?']]) {
    channel.postMessage(message);
  }
  await wait(50);
  assert.deepEqual(events, [], 'a session in memory is not sent to other tabs');
  assert.equal(client.getState().status, 'authenticated');
});
