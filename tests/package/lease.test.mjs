// Tabs without the Web Locks API: a lease in the storage that they share.

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

/** Storage of an origin. */
const storage = () => {
  const records = new Map();
  return {
    records,
    getItem: (key) => records.get(key) ?? null,
    setItem: (key, text) => void records.set(key, text),
    removeItem: (key) => void records.delete(key),
  };
};

/** A flow that waits for the lease, and a function that ends it. */
function flow(shared, signal = new AbortController().signal) {
  const owner = {};
  const held = new Promise((resolve) => (owner.end = resolve));
  owner.has = lease(shared, 'a lock', signal, held).then((note) => (owner.note = note));
  return owner;
}

test('of several tabs one gets the lock, and the next one when it is released', async () => {
  const shared = storage();
  const flows = [1, 2, 3].map(() => flow(shared));
  const endedFlows = [];
  while (endedFlows.length < flows.length) {
    await Promise.race(flows.filter((one) => !endedFlows.includes(one)).map(({ has }) => has));
    const holding = flows.filter((one) => one.note === '+' && !endedFlows.includes(one));
    assert.equal(holding.length, 1);
    endedFlows.push(...holding);
    holding[0].end();
  }
  await wait(1);
  assert.equal(shared.records.size, 0, 'nothing is left');
});

test('waiting for the lock times out', async () => {
  const shared = storage();
  const first = flow(shared);
  await first.has;
  assert.equal(await flow(shared, AbortSignal.timeout(250)).has, '');
  first.end();
});

test('lease of a closed tab expires after a minute', async (t) => {
  const shared = storage();
  shared.setItem(KEY, `another-tab ${Date.now() + 60_000}`);
  const next = flow(shared);
  await wait(250);
  assert.equal(next.note, undefined);
  const later = Date.now() + 60_001;
  t.mock.method(Date, 'now', () => later);
  assert.equal(await next.has, '+');
  next.end();
});

test('storage that cannot be written is not used', async () => {
  const full = { ...storage(), setItem: () => assert.fail('the quota has been exceeded') };
  assert.equal(await flow(full).has, '+');
});

test('chunk cannot be loaded: nothing is sent, wasm_unavailable, and the next call tries again', async (t) => {
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
  await assert.rejects(client.ready({ callback }), { name: 'SmartError', code: 'wasm_unavailable', retryable: true });
  assert.equal(ehr.requestsTo('/token').length, 0);
  await rename(movedChunk, chunk);
  assert.equal((await client.ready({ callback })).patient, 'zoe');
});

test('storage that does not store records is not used', async () => {
  assert.equal(await flow({ ...storage(), setItem() {} }).has, '+');
});
