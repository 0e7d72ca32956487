// A callback that arrives in another window than the one that started the sign-in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';
import { anotherWindow, CALLBACK, ORIGIN, RECEIVED } from './windows.mjs';

const STATE = 'S'.repeat(43);
const ANSWER = `https://app.example/back?code=canary-code&state=${STATE}`;

/** A page in a popup or an iframe, with the response to a sign-in of another window. */
async function arrived(test, { globals = {}, url = ANSWER, ready } = {}) {
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
  const over = promise.then(
    () => true,
    () => true,
  );
  const settles = () => Promise.race([over, wait(1_300, false)]);
  /** Acknowledges the callback. */
  const acknowledge = (more = {}) => tab.post({ source: owner, origin: ORIGIN, data: RECEIVED, ...more });
  const handedOver = async () => {
    while (owner.received.length === 0) await wait(5);
    return owner.received;
  };
  const elapsed = () => Date.now() - started;
  return { ehr, tab, page, client, owner, closed, promise, settles, acknowledge, handedOver, elapsed };
}

test('callback is passed to the opener, at this origin only; when it is acknowledged, the window closes', async (t) => {
  const page = await arrived(t);
  assert.equal(page.page.address(), '/back', 'the code was removed from the URL before anything was awaited');
  assert.deepEqual(await page.handedOver(), [[CALLBACK + ANSWER, ORIGIN]]);
  page.acknowledge();
  assert.equal(await page.settles(), false);
  assert.deepEqual(page.closed, ['closed']);
  assert.equal(page.client.ready(), page.promise);
  assert.equal(page.ehr.requests.length, 0);
  assert.equal(page.owner.received.length, 1);
});

test('callback is passed to the page around an iframe', async (t) => {
  const page = await arrived(t, { globals: (owner) => ({ parent: owner }) });
  assert.deepEqual(await page.handedOver(), [[CALLBACK + ANSWER, ORIGIN]]);
  page.acknowledge();
  assert.equal(await page.settles(), false);
});

test('response in the fragment, and an error response, are passed on too', async (t) => {
  for (const url of [ANSWER.replace('?', '#'), ANSWER.replace('code=canary-code', 'error=login_required')]) {
    const page = await arrived(t, { url });
    assert.deepEqual(await page.handedOver(), [[CALLBACK + url, ORIGIN]]);
    page.acknowledge();
  }
});

test('without an acknowledgement: state_unknown after one second, as without an opener', async (t) => {
  const page = await arrived(t);
  await assert.rejects(page.promise, { code: 'state_unknown' });
  assert.ok(page.elapsed() >= 990, `${page.elapsed()} ms`);
  assert.deepEqual(page.closed, []);
  let read = 0;
  page.tab.post({
    get source() {
      return (read += 1);
    },
  });
  assert.equal(read, 0, 'a listener was left');
});

for (const [description, more] of [
  ['another window', { source: {} }],
  ['another origin', { origin: 'https://evil.example' }],
  ['other words', { data: `${RECEIVED}!` }],
]) {
  test(`message that is no acknowledgement is ignored: ${description}`, async (t) => {
    const page = await arrived(t);
    await page.handedOver();
    page.acknowledge(more);
    await assert.rejects(page.promise, { code: 'state_unknown' });
    assert.deepEqual(page.closed, []);
  });
}

/** The page has started the sign-in itself. */
async function own(test, globals) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const settings = ehr.options({ storage: 'session' });
  const start = await tab.open('https://app.example/');
  const request = await start.createSmartClient(settings).authorize({ navigate: false });
  const owner = anotherWindow();
  const page = await tab.open(callbackOf(request), { globals: { close() {}, ...globals(owner) } });
  return { owner, tab, client: page.createSmartClient(settings) };
}

test('app that an EHR opened or framed, and that signs in itself, passes nothing on', async (t) => {
  for (const globals of [(owner) => ({ opener: owner }), (owner) => ({ parent: owner })]) {
    const { owner, client } = await own(t, globals);
    assert.equal((await client.ready()).patient, 'zoe');
    assert.deepEqual(owner.received, []);
  }
});

test('iframe for silent sign-in passes the callback on, although it shares the storage of the page around it', async (t) => {
  const { owner, tab, client } = await own(t, (owner) => ({ parent: owner, name: 'smart-launch' }));
  const promise = client.ready();
  while (owner.received.length === 0) await wait(5);
  tab.post({ source: owner, origin: ORIGIN, data: RECEIVED });
  assert.equal(await Promise.race([promise, wait(200, 'open')]), 'open');
  assert.ok(Object.values(tab.storage).every((record) => !JSON.parse(record).used), 'it is not used here');
});

test('window without opener and not in an iframe continues at once', async (t) => {
  const page = await arrived(t, { globals: () => ({ opener: null, parent: globalThis }) });
  await assert.rejects(page.promise, { code: 'state_unknown' });
  assert.ok(page.elapsed() < 900, `${page.elapsed()} ms`);
});

test('callback in the options is not passed on', async (t) => {
  const page = await arrived(t, { url: 'https://app.example/back', ready: { callback: ANSWER } });
  await assert.rejects(page.promise, { code: 'state_unknown' });
  assert.deepEqual(page.owner.received, []);
});

test('page without a callback passes nothing on', async (t) => {
  const page = await arrived(t, { url: 'https://app.example/back?theme=dark' });
  assert.equal(await page.promise, null);
  assert.deepEqual(page.owner.received, []);
});

test('page in a sandboxed iframe passes nothing on', async (t) => {
  const ready = { dangerouslyHandOverToAnyOrigin: true };
  const page = await arrived(t, { ready, globals: (owner) => ({ opener: owner, origin: 'null' }) });
  await assert.rejects(page.promise, { code: 'state_unknown' });
  assert.deepEqual(page.owner.received, []);
});

test('dangerouslyHandOverToAnyOrigin: callback is passed to any opener, also one without an origin', async (t) => {
  const page = await arrived(t, { ready: { dangerouslyHandOverToAnyOrigin: true } });
  assert.deepEqual(await page.handedOver(), [[CALLBACK + ANSWER, '*']]);
  page.acknowledge({ origin: 'null' });
  assert.equal(await page.settles(), false);
  assert.deepEqual(page.closed, ['closed']);
});
