// The chunk with the calls of a session: a sign-in does not wait for it, and it may be loaded late or not at all.

import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { copyOfPackage } from './installed.mjs';
import { SharedStorage } from './platform.mjs';
import { beOnePage, callbackOf, signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** The gates, by the chunk's URL. */
globalThis.gates = new Map();

/** The code of a file in place of the chunk: it loads the chunk, and exports its function once the gate is open. */
const GATED = `import { createSessionCalls as create } from './session-itself.js';
const gate = globalThis.gates.get(import.meta.url);
gate.loads += 1;
await gate.opened;
export const createSessionCalls = (...args) => {
  gate.clients += 1;
  return create(...args);
};
`;

/** Loads the package as a page does; its session chunk waits for a gate. */
async function load(test) {
  const entry = await copyOfPackage(test);
  const [file, movedFile, missingFile] = ['session', 'session-itself', 'away'].map((name) => join(dirname(entry), `${name}.js`));
  await rename(file, movedFile);
  await writeFile(file, GATED);
  const gate = {
    loads: 0,
    clients: 0,
    /** Moves the chunk's file away, and back. */
    remove: () => rename(file, missingFile),
    restore: () => rename(missingFile, file),
  };
  gate.opened = new Promise((resolve) => (gate.open = resolve));
  globalThis.gates.set(pathToFileURL(file).href, gate);
  return { gate, ...(await import(pathToFileURL(entry))) };
}

/** A client that has signed in, before the chunk is loaded. */
async function openSignedIn(test, { options, ...ehrOptions } = {}) {
  const ehr = await startEhr(test, ehrOptions);
  const page = await load(test);
  const client = page.createSmartClient(ehr.options(options));
  const events = [];
  for (const name of ['signedIn', 'refreshed', 'expiring', 'signedOut', 'error']) client.on(name, () => events.push(name));
  await signIn(client);
  return { ehr, client, events, ...page };
}

/** A client in a tab that restores another tab's session from shared storage, before the chunk is loaded. */
async function openTwoTabs(test, { hasNoChannel = false, isMissing = false } = {}) {
  redefine(test, 'localStorage', new SharedStorage());
  const ehr = await startEhr(test);
  const options = ehr.options({ storage: 'local' });
  const otherClient = createSmartClient(options);
  await signIn(otherClient);
  await otherClient.getAccessToken();
  test.after(() => otherClient.logout());
  const { gate, ...page } = await load(test);
  if (isMissing) await gate.remove();
  const client = page.createSmartClient(options);
  const events = [];
  for (const name of ['refreshed', 'signedOut', 'error']) client.on(name, () => events.push(name));
  const restore = hasNoChannel ? redefine(test, 'BroadcastChannel', undefined) : () => {};
  await client.ready();
  restore();
  test.after(() => {
    gate.open();
    return client.logout();
  });
  return { ehr, gate, client, otherClient, events };
}

/** Replaces a member of the platform until the test ends or the returned function is called. */
function redefine(test, name, value) {
  const original = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
  const restore = () => {
    delete globalThis[name];
    if (original) Object.defineProperty(globalThis, name, original);
  };
  test.after(restore);
  return restore;
}

/** Waits until a condition is true. */
async function until(condition) {
  for (let count = 0; !condition(); count += 1) {
    assert.ok(count < 200, `never true: ${condition}`);
    await wait(10);
  }
}

const CALLS = {
  getAccessToken: (client) => client.getAccessToken(),
  refresh: (client) => client.refresh(),
  fetch: (client) => client.fetch('Patient/zoe'),
  request: (client) => client.request('Patient/zoe'),
  userInfo: (client) => client.userInfo(),
  introspect: (client) => client.introspect(),
};

test('chunk is loaded when ready() gets the callback, and the sign-in does not wait for the chunk', async (t) => {
  const ehr = await startEhr(t);
  const { gate, createSmartClient } = await load(t);
  const client = createSmartClient(ehr.options());
  assert.equal(await client.ready(), null);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  await wait(50);
  assert.equal(gate.loads, 0);
  const heldExchange = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const ready = client.ready({ callback });
  await heldExchange.arrived;
  await until(() => gate.loads === 1);
  heldExchange.release();
  assert.equal((await ready).patient, 'zoe');
  assert.equal(gate.clients, 0);
  gate.open();
  await until(() => gate.clients === 1);
});

test('chunk is loaded after a session has been restored', async (t) => {
  const { gate, client } = await openTwoTabs(t);
  assert.equal(client.getState().status, 'authenticated');
  await until(() => gate.loads === 1);
  gate.open();
  await until(() => gate.clients === 1);
});

test('calls wait for the chunk, which is loaded once', async (t) => {
  const { ehr, client, gate } = await openSignedIn(t);
  ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
  const calls = [client.getAccessToken(), client.getAccessToken(), client.request('Patient/zoe'), client.discover()];
  const fastest = await Promise.race([...calls, wait(50, 'none')]);
  assert.equal(fastest, 'none');
  gate.open();
  const [token, secondToken, patient, server] = await Promise.all(calls);
  assert.deepEqual([token, secondToken, patient, server.issuer], ['canary-access-1', 'canary-access-1', { id: 'zoe' }, ehr.origin]);
  assert.deepEqual([gate.loads, gate.clients], [1, 1]);
});

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} without a session: signed_out`, async (t) => {
    const ehr = await startEhr(t);
    const client = createSmartClient(ehr.options());
    await assert.rejects(call(client), { name: 'SmartError', code: 'signed_out' });
    assert.equal(await client.ready(), null);
    await assert.rejects(call(client), { name: 'SmartError', code: 'signed_out' });
    assert.equal(ehr.requests.length, 0);
  });
}

test('chunk cannot be loaded: wasm_unavailable, the session stays, and the next call tries again', async (t) => {
  const ehr = await startEhr(t);
  const { gate, createSmartClient, SmartError } = await load(t);
  const client = createSmartClient(ehr.options());
  gate.open();
  await gate.remove();
  const session = await signIn(client);
  const requestCount = ehr.requests.length;
  for (const call of [...Object.values(CALLS), () => client.discover()]) {
    await assert.rejects(call(client), (error) => {
      assert.ok(error instanceof SmartError);
      assert.ok(error.hint.length > 0 && error.cause instanceof Error);
      return error.code === 'wasm_unavailable' && error.retryable;
    });
  }
  assert.equal(ehr.requests.length, requestCount);
  assert.deepEqual(client.getState(), { status: 'authenticated', session, error: null, activity: 'idle' });
  await gate.restore();
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  assert.notEqual((await client.refresh()).issuedAt, undefined);
  assert.deepEqual([gate.loads, gate.clients], [1, 1]);
});

test('sign-out if the chunk cannot be loaded: the session ends, the tokens are revoked, and the call rejects', async (t) => {
  beOnePage(t);
  const ehr = await startEhr(t);
  const { gate, createSmartClient } = await load(t);
  const client = createSmartClient(ehr.options());
  const events = [];
  for (const name of ['signedOut', 'error']) client.on(name, ({ reason, code }) => events.push(reason ?? code));
  gate.open();
  await gate.remove();
  await signIn(client);
  await assert.rejects(client.logout(), { code: 'wasm_unavailable' });
  assert.deepEqual([client.getState().status, client.getState().session], ['unauthenticated', null]);
  assert.deepEqual(events, ['logout', 'wasm_unavailable']);
  assert.deepEqual(
    ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token')),
    ['canary-refresh-1', 'canary-access-1'],
  );
  await gate.restore();
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
  assert.equal(await createSmartClient(ehr.options()).ready(), null);
});

test('another tab signs out while the chunk cannot be loaded: signed_out from the first call that can load it', async (t) => {
  const { client, otherClient, gate } = await openTwoTabs(t, { isMissing: true });
  await otherClient.logout();
  await assert.rejects(client.getAccessToken(), { code: 'wasm_unavailable' });
  await gate.restore();
  gate.open();
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
  assert.deepEqual([client.getState().status, client.getState().session], ['unauthenticated', null]);
});

test('sign-out while the chunk is loading is immediate, and the session does not come back', async (t) => {
  const addListener = t.mock.fn();
  globalThis.addEventListener = addListener;
  t.after(() => delete globalThis.addEventListener);
  const { ehr, client, gate, events } = await openSignedIn(t, { tokens: { expires_in: 1 } });
  const logout = client.logout();
  await until(() => ehr.requestsTo('/revoke').length === 2);
  assert.deepEqual([client.getState().status, gate.clients], ['unauthenticated', 0]);
  gate.open();
  assert.deepEqual(await logout, { revoked: true, logoutUrl: null, error: null });
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
  await wait(1_000);
  assert.deepEqual([client.getState().status, client.getState().session], ['unauthenticated', null]);
  assert.deepEqual(events, ['signedIn', 'signedOut']);
  assert.equal(addListener.mock.callCount(), 0);
});

test('token expires while the chunk is loading: `expiring` is emitted when the chunk is loaded', async (t) => {
  const { gate, events } = await openSignedIn(t, { tokens: { expires_in: 1 } });
  await wait(1_000);
  gate.open();
  await until(() => events.includes('expiring'));
  assert.deepEqual(events, ['signedIn', 'expiring']);
});

for (const [description, hasNoChannel] of [
  ['received on the channel', false],
  ['detected without the channel', true],
]) {
  test(`another tab signs out while the chunk is loading: the sign-out is ${description} when the chunk is loaded`, async (t) => {
    const { client, otherClient, gate, events } = await openTwoTabs(t, { hasNoChannel });
    await otherClient.logout();
    gate.open();
    await until(() => client.getState().status === 'unauthenticated');
    assert.equal(client.getState().session, null);
    await wait(50);
    assert.deepEqual(events, ['signedOut']);
    await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
  });

  test(`another tab refreshes while the chunk is loading: the refresh is ${description} when the chunk is loaded`, async (t) => {
    const { client, otherClient, gate, events } = await openTwoTabs(t, { hasNoChannel });
    await otherClient.refresh();
    gate.open();
    await until(() => events.length > 0);
    assert.equal(client.getState().session.tokenResponse.access_token, 'canary-access-2');
    await wait(50);
    assert.deepEqual(events, ['refreshed']);
  });
}

test('another tab that requests the session while the chunk is loading gets the session', async (t) => {
  const { client, gate } = await openTwoTabs(t);
  const { serverUrl, issuer } = client.getState().session;
  const key = `smart-launch:session:growth-chart:${encodeURIComponent(serverUrl)}:${encodeURIComponent(issuer)}`;
  const { state } = JSON.parse(localStorage.getItem(Object.keys(localStorage).find((name) => name.startsWith(`${key}:1:`))));
  const channel = new BroadcastChannel(key);
  t.after(() => channel.close());
  const replies = [];
  channel.onmessage = ({ data }) => replies.push(data);
  channel.postMessage(['ask', state, '0']);
  await until(() => replies.length === 2);
  for (const [kind, family, record] of replies) {
    assert.deepEqual([kind, family, JSON.parse(record).access_token], ['renewed', state, 'canary-access-1']);
  }
  assert.equal(gate.clients, 0);
  gate.open();
});

test('front-channel logout by the server while the chunk is loading: the session ends when the chunk is loaded', async (t) => {
  const options = { scope: SCOPE_OPENID };
  const { ehr, client, gate } = await openSignedIn(t, { idToken: { sid: 'a session' }, options });
  const query = new URLSearchParams({ iss: ehr.origin, sid: 'a session' });
  const logout = createSmartClient(ehr.options(options)).frontChannelLogout(`https://app.example/signed-out?${query}`);
  await wait(50);
  gate.open();
  await until(() => client.getState().status === 'unauthenticated');
  await logout;
});

test('callback that another tab has handled: the session is requested from that tab', async (t) => {
  redefine(t, 'localStorage', new SharedStorage());
  const ehr = await startEhr(t);
  const options = ehr.options({ storage: 'session' });
  const tab = openTab(t);
  const client = (await tab.open('https://app.example/')).createSmartClient(options);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const copy = tab.duplicate();
  const session = await client.ready({ callback });
  // Waits until the page has read its `sessionStorage`, because the next tab replaces that global.
  await client.getAccessToken();
  t.after(() => (tab.show(), client.logout()));
  const lateClient = (await copy.open('https://app.example/')).createSmartClient(options);
  t.after(() => (copy.show(), lateClient.logout()));
  assert.deepEqual(await lateClient.ready({ callback }), session);
  assert.equal(ehr.requestsTo('/token').length, 1);
});
