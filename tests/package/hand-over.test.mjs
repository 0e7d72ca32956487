// A callback that arrives in another window than the one that started the sign-in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';
import { anotherWindow, CALLBACK, ORIGIN, RECEIVED } from './windows.mjs';

const STATE = 'S'.repeat(43);
const RESPONSE_URL = `https://app.example/back?code=canary-code&state=${STATE}`;

/** Opens the response to a sign-in of another window, in a popup or an iframe. */
async function openResponse(test, { globals = {}, url = RESPONSE_URL, ready } = {}) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const owner = anotherWindow();
  const closed = [];
  const allGlobals = typeof globals === 'function' ? globals(owner) : { opener: owner, ...globals };
  const page = await tab.open(url, { globals: { close: () => closed.push('closed'), ...allGlobals } });
  const client = page.createSmartClient(ehr.options({ storage: 'session' }));
  const started = Date.now();
  const promise = client.ready(ready);
  promise.catch(() => {});
  const settled = promise.then(
    () => true,
    () => true,
  );
  const settles = () => Promise.race([settled, wait(1_300, false)]);
  /** Acknowledges the callback. */
  const acknowledge = (changes = {}) => tab.post({ source: owner, origin: ORIGIN, data: RECEIVED, ...changes });
  const messagesToOwner = async () => {
    while (owner.received.length === 0) await wait(5);
    return owner.received;
  };
  const elapsed = () => Date.now() - started;
  return { ehr, tab, page, client, owner, closed, promise, settles, acknowledge, messagesToOwner, elapsed };
}

test('callback is passed to the opener, at this origin only; when it is acknowledged, the window closes', async (t) => {
  const app = await openResponse(t);
  assert.equal(app.page.address(), '/back', 'the code was removed from the URL before anything was awaited');
  assert.deepEqual(await app.messagesToOwner(), [[CALLBACK + RESPONSE_URL, ORIGIN]]);
  app.acknowledge();
  assert.equal(await app.settles(), false);
  assert.deepEqual(app.closed, ['closed']);
  assert.equal(app.client.ready(), app.promise);
  assert.equal(app.ehr.requests.length, 0);
  assert.equal(app.owner.received.length, 1);
});

test('callback is passed to the page around an iframe', async (t) => {
  const app = await openResponse(t, { globals: (owner) => ({ parent: owner }) });
  assert.deepEqual(await app.messagesToOwner(), [[CALLBACK + RESPONSE_URL, ORIGIN]]);
  app.acknowledge();
  assert.equal(await app.settles(), false);
});

test('response in the fragment and error response are also passed to the opener', async (t) => {
  for (const url of [RESPONSE_URL.replace('?', '#'), RESPONSE_URL.replace('code=canary-code', 'error=login_required')]) {
    const app = await openResponse(t, { url });
    assert.deepEqual(await app.messagesToOwner(), [[CALLBACK + url, ORIGIN]]);
    app.acknowledge();
  }
});

test('without an acknowledgement, ready() rejects with state_unknown after one second', async (t) => {
  const app = await openResponse(t);
  await assert.rejects(app.promise, { code: 'state_unknown' });
  assert.ok(app.elapsed() >= 990, `${app.elapsed()} ms`);
  assert.deepEqual(app.closed, []);
  let read = 0;
  app.tab.post({
    get source() {
      return (read += 1);
    },
  });
  assert.equal(read, 0, 'the listener is removed');
});

for (const [description, changes] of [
  ['another window', { source: {} }],
  ['another origin', { origin: 'https://evil.example' }],
  ['another text', { data: `${RECEIVED}!` }],
]) {
  test(`message that is no acknowledgement is ignored: ${description}`, async (t) => {
    const app = await openResponse(t);
    await app.messagesToOwner();
    app.acknowledge(changes);
    await assert.rejects(app.promise, { code: 'state_unknown' });
    assert.deepEqual(app.closed, []);
  });
}

/** Opens the callback of a sign-in that the same tab has started. */
async function openOwnCallback(test, globals) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const settings = ehr.options({ storage: 'session' });
  const start = await tab.open('https://app.example/');
  const request = await start.createSmartClient(settings).authorize({ navigate: false });
  const owner = anotherWindow();
  const page = await tab.open(callbackOf(request), { globals: { close() {}, ...globals(owner) } });
  return { owner, tab, client: page.createSmartClient(settings) };
}

test('app in a popup or an iframe of an EHR completes its own sign-in, and passes nothing on', async (t) => {
  for (const globals of [(owner) => ({ opener: owner }), (owner) => ({ parent: owner })]) {
    const { owner, client } = await openOwnCallback(t, globals);
    assert.equal((await client.ready()).patient, 'zoe');
    assert.deepEqual(owner.received, []);
  }
});

test('iframe for silent sign-in passes the callback on, although it shares the storage of the page around it', async (t) => {
  const { owner, tab, client } = await openOwnCallback(t, (owner) => ({ parent: owner, name: 'smart-launch' }));
  const promise = client.ready();
  while (owner.received.length === 0) await wait(5);
  tab.post({ source: owner, origin: ORIGIN, data: RECEIVED });
  assert.equal(await Promise.race([promise, wait(200, 'open')]), 'open');
  assert.ok(Object.values(tab.storage).every((record) => !JSON.parse(record).used), 'the iframe does not use the sign-in');
});

test('window without opener and not in an iframe continues at once', async (t) => {
  const app = await openResponse(t, { globals: () => ({ opener: null, parent: globalThis }) });
  await assert.rejects(app.promise, { code: 'state_unknown' });
  assert.ok(app.elapsed() < 900, `${app.elapsed()} ms`);
});

test('callback in the options of ready() is not passed on', async (t) => {
  const app = await openResponse(t, { url: 'https://app.example/back', ready: { callback: RESPONSE_URL } });
  await assert.rejects(app.promise, { code: 'state_unknown' });
  assert.deepEqual(app.owner.received, []);
});

test('page without a callback passes nothing on', async (t) => {
  const app = await openResponse(t, { url: 'https://app.example/back?theme=dark' });
  assert.equal(await app.promise, null);
  assert.deepEqual(app.owner.received, []);
});

test('page in a sandboxed iframe passes nothing on', async (t) => {
  const ready = { dangerouslyHandOverToAnyOrigin: true };
  const app = await openResponse(t, { ready, globals: (owner) => ({ opener: owner, origin: 'null' }) });
  await assert.rejects(app.promise, { code: 'state_unknown' });
  assert.deepEqual(app.owner.received, []);
});

test('dangerouslyHandOverToAnyOrigin: callback is passed to any opener, also one without an origin', async (t) => {
  const app = await openResponse(t, { ready: { dangerouslyHandOverToAnyOrigin: true } });
  assert.deepEqual(await app.messagesToOwner(), [[CALLBACK + RESPONSE_URL, '*']]);
  app.acknowledge({ origin: 'null' });
  assert.equal(await app.settles(), false);
  assert.deepEqual(app.closed, ['closed']);
});
