// Locks of tabs without the Web Locks API: a lease in the storage that the tabs share.

import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startEhr } from './ehr.mjs';
import { copyOfPackage, packageDirectory } from './installed.mjs';
import { callbackOf } from './sign-in.mjs';

const { lease } = await import(new URL('dist/lease.js', packageDirectory));

const KEY = 'smart-launch:lease:a lock';

/** Creates a storage that the tabs of an origin share. */
const storage = () => {
  const records = new Map();
  return {
    records,
    getItem: (key) => records.get(key) ?? null,
    setItem: (key, text) => void records.set(key, text),
    removeItem: (key) => void records.delete(key),
  };
};

/**
 * Starts a flow that requests the lease. `granted` resolves to the result: `+` if the flow got the lease, an empty text if the wait
 * timed out. `end` ends the flow.
 */
function startFlow(shared, signal = new AbortController().signal) {
  const flow = {};
  const ended = new Promise((resolve) => (flow.end = resolve));
  flow.granted = lease(shared, 'a lock', signal, ended).then((result) => (flow.result = result));
  return flow;
}

test('one of several tabs gets the lock, and the next tab gets the lock when it is released', async () => {
  const shared = storage();
  const flows = [1, 2, 3].map(() => startFlow(shared));
  const endedFlows = [];
  while (endedFlows.length < flows.length) {
    await Promise.race(flows.filter((flow) => !endedFlows.includes(flow)).map(({ granted }) => granted));
    const holders = flows.filter((flow) => flow.result === '+' && !endedFlows.includes(flow));
    assert.equal(holders.length, 1);
    endedFlows.push(...holders);
    holders[0].end();
  }
  await wait(1);
  assert.equal(shared.records.size, 0, 'no record remains');
});

test('a flow whose wait times out does not get the lock', async () => {
  const shared = storage();
  const holder = startFlow(shared);
  await holder.granted;
  assert.equal(await startFlow(shared, AbortSignal.timeout(250)).granted, '');
  holder.end();
});

test('lease of a closed tab expires after a minute, and a waiting tab gets the lock', async (t) => {
  const shared = storage();
  shared.setItem(KEY, `another-tab ${Date.now() + 60_000}`);
  const waiter = startFlow(shared);
  await wait(250);
  assert.equal(waiter.result, undefined);
  const later = Date.now() + 60_001;
  t.mock.method(Date, 'now', () => later);
  assert.equal(await waiter.granted, '+');
  waiter.end();
});

test('if the storage cannot be written, the lock is granted without a lease', async () => {
  const full = { ...storage(), setItem: () => assert.fail('the quota has been exceeded') };
  assert.equal(await startFlow(full).granted, '+');
});

test('if lease.js cannot be loaded: wasm_unavailable, no token request is sent, and the next call tries again', async (t) => {
  const { localStorage } = globalThis;
  t.after(() => Object.assign(globalThis, { localStorage }));
  globalThis.localStorage = storage();
  const ehr = await startEhr(t);
  const entry = pathToFileURL(await copyOfPackage(t));
  const { createSmartClient } = await import(entry);
  const client = createSmartClient(ehr.options({ storage: 'local' }));
  const [chunk, movedChunk] = ['lease.js', 'away.js'].map((name) => new URL(name, entry));
  await rename(chunk, movedChunk);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const expected = { name: 'SmartError', code: 'wasm_unavailable', fault: 'network', retryable: true };
  await assert.rejects(client.ready({ callback }), expected);
  assert.equal(ehr.requestsTo('/token').length, 0);
  await rename(movedChunk, chunk);
  assert.equal((await client.ready({ callback })).patient, 'zoe');
});

test('if the storage does not store records, the lock is granted without a lease', async () => {
  assert.equal(await startFlow({ ...storage(), setItem() {} }).granted, '+');
});
