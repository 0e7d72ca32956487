// Locks: first come, first served; exclusive; re-entrant within a flow.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REDIRECT_URI, SCOPE_OPENID, startEhr } from './ehr.mjs';
import { loadWithEffects } from './effects.mjs';
import { watchEngine } from './engine.mjs';
import { packageDirectory } from './installed.mjs';
import { createWebLocks, setGlobal, SharedStorage } from './platform.mjs';
import { signIn } from './sign-in.mjs';
import { keyFor, signed } from './signer.mjs';

const { lease } = await import(new URL('dist/lease.js', packageDirectory));

const NAME = 'smart-launch:family:a';
/** The memory of a page, and the queues of its locks. */
const createWorld = () => ({ memory: new Map(), queues: new Map() });

/** Waits for everything that does not need the clock: promises, and the loading of chunks. */
async function flushTasks() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Stops the clock, and returns a function that moves it. */
function stopClock(test) {
  test.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_700_000_000_000 });
  return async (milliseconds) => {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      test.mock.timers.tick(50);
      await flushTasks();
    }
  };
}

/**
 * Opens the effect `lock`, which flows call.
 *
 * @param {import('node:test').TestContext} test
 * @param {{ area: string, navigator?: object }} implementation
 */
async function openLocks(test, { area, navigator }) {
  setGlobal(test, 'navigator', { get: () => navigator?.() });
  setGlobal(test, 'localStorage', { value: new SharedStorage() });
  const { createSmartClient, effectsOf, load } = await loadWithEffects(test);
  const effects = await effectsOf(createSmartClient((await startEhr(test)).options()));
  await load('lease.js');
  const pass = stopClock(test);
  return {
    effects,
    pass,
    /**
     * Starts a flow that requests the lock in a page. `result` is set when the request ends: `+` and the note of an earlier
     * holder if the lock was granted, an empty text if the wait timed out.
     */
    async flow(world, seconds = 600, name = NAME) {
      const flow = { area };
      const env = { world, held: new Map(), areas: new Set(), ended: new Promise((resolve) => (flow.end = (failed = false) => resolve(failed))) };
      flow.again = () => effects.lock(env, area, name, seconds);
      flow.granted = Promise.resolve(flow.again()).then((result) => (flow.result = result));
      await flushTasks();
      return flow;
    },
  };
}

const createNavigator = (options) => () => {
  const navigator = { locks: createWebLocks(options) };
  return () => navigator;
};

/** Implementations of locks, and whether two pages share them. */
const IMPLEMENTATIONS = {
  'the lock of a page': { area: '' },
  'Web Locks': { area: 'localStorage', navigator: createNavigator(), isShared: true },
  'Web Locks without signals': { area: 'localStorage', navigator: createNavigator({ knowsSignals: false }), isShared: true },
  'a lease': { area: 'localStorage', isShared: true },
  'Web Locks that are blocked': {
    area: 'localStorage',
    isShared: true,
    navigator: () => () => ({
      get locks() {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      },
    }),
  },
  'Web Locks that return nothing': { area: 'localStorage', isShared: true, navigator: () => () => ({ locks: { request() {} } }) },
  'Web Locks that refuse': {
    area: 'localStorage',
    isShared: true,
    navigator: () => () => ({ locks: { request: () => Promise.reject(new DOMException('no', 'SecurityError')) } }),
  },
};

/** The milliseconds within which a waiting flow detects a free lease, or gets the lock of a flow that has failed. */
const DETECTION_TIME = 500;

for (const [description, { area, navigator, isShared }] of Object.entries(IMPLEMENTATIONS)) {
  const arrangements = { 'in one page': () => [0, 0, 0, 0] };
  if (isShared) Object.assign(arrangements, { 'in four tabs': () => [0, 1, 2, 3], 'in two tabs': () => [0, 1, 0, 1] });
  for (const [arrangement, arrange] of Object.entries(arrangements)) {
    const open = async (t) => {
      const implementation = await openLocks(t, { area, navigator: navigator?.() });
      const worlds = Array.from({ length: 4 }, createWorld);
      return { ...implementation, worlds: arrange().map((number) => worlds[number]) };
    };

    test(`${description} ${arrangement}: a waiter that times out does not release the lock`, async (t) => {
      const { worlds, flow, pass } = await open(t);
      const a = await flow(worlds[0]);
      await pass(DETECTION_TIME);
      assert.match(a.result, /^\+/);
      const b = await flow(worlds[1], 2);
      await pass(50);
      const c = await flow(worlds[2]);
      await pass(2_000 + DETECTION_TIME);
      assert.equal(b.result, '', 'B has timed out');
      assert.equal(c.result, undefined, 'A still holds the lock');
      // The end of a flow that did not get the lock changes nothing.
      b.end();
      await pass(DETECTION_TIME);
      assert.equal(c.result, undefined, 'A still holds the lock after the end of B');
      a.end();
      await pass(DETECTION_TIME);
      assert.match(c.result, /^\+/);
      c.end();
    });

    test(`${description} ${arrangement}: first come, first served`, async (t) => {
      const { worlds, flow, pass } = await open(t);
      const flows = [];
      for (const world of worlds) {
        flows.push(await flow(world));
        await pass(50);
      }
      for (const [turn, holder] of flows.entries()) {
        await pass(DETECTION_TIME);
        assert.deepEqual(
          flows.map(({ result }) => result?.[0]),
          flows.map((_, index) => (index <= turn ? '+' : undefined)),
        );
        holder.end(turn % 2 === 1);
      }
      // Flows that have ended are removed from the queue, so the next flow gets the lock.
      const nextFlow = await flow(worlds[0]);
      await pass(DETECTION_TIME);
      assert.match(nextFlow.result, /^\+/);
      nextFlow.end();
    });

    test(`${description} ${arrangement}: one flow at a time holds the lock, in any order of events`, async (t) => {
      const { worlds, flow, pass } = await open(t);
      let seed = 7;
      const randomBelow = (limit) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
      const flows = [];
      const isWaiting = ({ result }) => result === undefined;
      const isHolding = ({ result, hasEnded }) => result?.startsWith('+') && !hasEnded;
      for (let turn = 0; turn < 60; turn++) {
        const holders = flows.filter(isHolding);
        assert.ok(holders.length <= 1, `${holders.length} flows hold the lock`);
        // A later flow does not get the lock before an earlier flow that still waits.
        const [earliestWaiting] = flows.filter(isWaiting);
        const isFirst = (flow) => !earliestWaiting || flows.indexOf(flow) < flows.indexOf(earliestWaiting);
        assert.ok(holders.every(isFirst), 'not in order');
        const action = randomBelow(8);
        if (action < 4) flows.push(await flow(worlds[randomBelow(worlds.length)], 1 + randomBelow(3)));
        else if (action === 4 && holders.length > 0) {
          holders[0].hasEnded = true;
          holders[0].end(randomBelow(2) === 1);
        }
        await pass(50 + randomBelow(2) * 400);
      }
      for (const { end } of flows) end();
      await pass(4_000);
      assert.equal(flows.filter(isWaiting).length, 0, 'every flow has got a result');
    });

    test(`${description} ${arrangement}: a flow that requests its own lock again gets the same result at once`, async (t) => {
      const { worlds, flow, pass, effects } = await open(t);
      // A note for the next flow that gets the lock.
      effects.leave(undefined, NAME, '7');
      await flushTasks();
      const a = await flow(worlds[0]);
      await pass(DETECTION_TIME);
      const b = await flow(worlds[1]);
      effects.leave(undefined, NAME, '8');
      await pass(DETECTION_TIME);
      assert.equal(a.again(), a.result);
      assert.equal(b.result, undefined);
      // A lock that is requested twice is released once, when the flow ends.
      a.end();
      await pass(DETECTION_TIME);
      assert.match(b.result, /^\+/);
      b.end();
    });
  }
}

test('if the note of an earlier holder cannot be read from Web Locks, the lock is granted without a note', async (t) => {
  const navigator = { locks: { ...createWebLocks(), query: () => Promise.reject(new Error('on purpose')) } };
  const { flow, pass } = await openLocks(t, { area: 'localStorage', navigator: () => navigator });
  const a = await flow(createWorld());
  await pass(DETECTION_TIME);
  assert.equal(a.result, '+');
  let isFree = false;
  navigator.locks.request(NAME, {}, () => (isFree = true));
  await flushTasks();
  assert.equal(isFree, false, 'other tabs wait');
  a.end();
  await flushTasks();
  assert.equal(isFree, true);
});

const KEY = 'smart-launch:lease:a lock';

/** Starts a flow that requests the lease. `result` is set to `+` when the lease is granted; `end` ends the flow. */
function requestLease(shared, signal = new AbortController().signal) {
  const flow = {};
  const ended = new Promise((resolve) => (flow.end = resolve));
  lease(shared, 'a lock', signal, ended).then((result) => (flow.result = result));
  return flow;
}

for (const [description, end] of [
  ['expired', -1],
  ['dated tomorrow', 86_400_000],
  ['dated beyond its longest lifetime', 60_001],
  ['without a time', NaN],
]) {
  test(`lease that is ${description} is taken at once`, async (t) => {
    const pass = stopClock(t);
    const shared = new SharedStorage();
    shared.setItem(KEY, `another-tab ${Date.now() + end}`);
    const waiter = requestLease(shared);
    await pass(150);
    assert.equal(waiter.result, '+');
    waiter.end();
  });
}

test('ticket that has expired, or is dated tomorrow, is ignored', async (t) => {
  const pass = stopClock(t);
  for (const end of [-1, 86_400_000]) {
    const shared = new SharedStorage();
    shared.setItem(`${KEY} 0.0`, String(Date.now() + end));
    const waiter = requestLease(shared);
    await pass(150);
    assert.equal(waiter.result, '+');
    waiter.end();
    await flushTasks();
  }
});

test('lease is extended while it is held', async (t) => {
  const pass = stopClock(t);
  const shared = new SharedStorage();
  const holder = requestLease(shared);
  await pass(150);
  const waiter = requestLease(shared);
  for (let minute = 0; minute < 5; minute++) {
    t.mock.timers.tick(60_000);
    await flushTasks();
    assert.equal(waiter.result, undefined);
  }
  holder.end();
  await pass(300);
  assert.equal(waiter.result, '+');
  waiter.end();
});

test('holder that has lost the lease does not change the lease of the new holder', async (t) => {
  const pass = stopClock(t);
  const shared = new SharedStorage();
  const holder = requestLease(shared);
  await pass(150);
  // The holder was suspended for longer than its lease.
  const otherLease = `another-tab ${Date.now() + 60_000}`;
  shared.setItem(KEY, otherLease);
  await pass(20_000);
  assert.equal(shared.getItem(KEY), otherLease, 'the lease of the new holder is not extended');
  holder.end();
  await pass(150);
  assert.equal(shared.getItem(KEY), otherLease);
});

/** Creates a client, and records the locks that each of its flows requests: their names, and whether they were granted at once. */
async function watchLocks(t, ehr, options = {}) {
  const { createSmartClient, effectsOf } = await loadWithEffects(t);
  const client = createSmartClient(ehr.options(options));
  const effects = await effectsOf(client);
  const flows = new Map();
  const { lock } = effects;
  effects.lock = (env, area, name, seconds) => {
    const result = lock(env, area, name, seconds);
    if (!flows.has(env)) flows.set(env, []);
    flows.get(env).push({ name, atOnce: typeof result === 'string' });
    return result;
  };
  /** The locks that one flow has requested twice. */
  const repeatedRequests = () =>
    [...flows.values()].flatMap((requests) =>
      requests.filter(({ name }, index) => requests.findIndex((request) => request.name === name) < index),
    );
  return { client, flows, repeatedRequests };
}

/** With this timeout a flow that waited for its own lock would wait longer than any test. */
const LONG = { timeoutSeconds: 3_600 };

test('logout: a flow that ends two sessions of one issuer does not wait for its own lock of the configuration', async (t) => {
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_OPENID }, idToken: {} });
  const otherBase = `${ehr.origin}/other`;
  ehr.answer('/other/.well-known/smart-configuration', { json: ehr.document });
  const { fhirBaseUrl } = ehr;
  const issuer = ehr.origin;
  // A sign-in replaces the previous session, except in `localStorage`, which all tabs share.
  setGlobal(t, 'localStorage', { value: new SharedStorage() });
  const servers = [{ fhirBaseUrl, issuer }, { fhirBaseUrl: otherBase, issuer, redirectUri: `${REDIRECT_URI}/other` }];
  const options = { scope: SCOPE_OPENID, storage: 'local', fhirBaseUrl: undefined, servers };
  const { client, repeatedRequests } = await watchLocks(t, ehr, { ...LONG, ...options });
  await signIn(client, { iss: fhirBaseUrl });
  await signIn(client, { iss: otherBase });
  ehr.answer('/.well-known/openid-configuration', { status: 503 });
  const { revoked, logoutUrl, error } = await client.logout();
  assert.deepEqual({ revoked, logoutUrl, error }, { revoked: true, logoutUrl: null, error: null });
  assert.equal(ehr.requestsTo('/revoke').length, 4, 'both sessions had tokens');
  const [repeated, ...others] = repeatedRequests();
  assert.match(repeated.name, /openid-configuration$/);
  assert.deepEqual([repeated.atOnce, others.length], [true, 0]);
});

test('userInfo: a flow that has refreshed the token does not wait for its own lock of the keys', async (t) => {
  // The token expires at once, so userInfo() refreshes it. Each ID token has another `jti`, because an ID token that is repeated is
  // not verified again.
  const idToken = {
    get jti() {
      return crypto.randomUUID();
    },
  };
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_OPENID, expires_in: 0 }, idToken });
  const { client, repeatedRequests } = await watchLocks(t, ehr, { ...LONG, scope: SCOPE_OPENID });
  await signIn(client);
  const claims = { iss: ehr.origin, aud: 'growth-chart', sub: 'amara', name: 'Amara' };
  const key = keyFor();
  ehr.answer('/.well-known/openid-configuration', {
    json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` },
  });
  ehr.answer('/userinfo', {
    headers: { 'content-type': 'application/jwt' },
    body: signed({ alg: key.algorithm, kid: key.kid }, claims, key),
  });
  assert.deepEqual(await client.userInfo(), claims);
  const [repeated, ...others] = repeatedRequests();
  assert.match(repeated.name, /^jwks:/);
  assert.deepEqual([repeated.atOnce, others.length], [true, 0]);
});

test('instance whose memory has grown is released when its call ends, and synchronous calls work meanwhile', async (t) => {
  const engine = watchEngine(t);
  const ehr = await startEhr(t);
  const { createSmartClient } = await loadWithEffects(t);
  const client = createSmartClient(ehr.options());
  const session = await signIn(client);
  await client.discover();
  assert.equal(engine.starts(), 1);
  const sizeBefore = engine.size();
  await client.authorize({ navigate: false, appState: 'x'.repeat(4 * 1_048_576) });
  assert.ok(engine.size() > sizeBefore + 16 * 1_048_576, `${engine.size()} bytes`);
  assert.equal(session.can('patient/Patient.r'), true, 'immediately, with the old instance or the new one');
  await client.refresh();
  assert.equal(session.can('patient/Patient.r'), true);
  assert.equal(client.getState().status, 'authenticated');
  const grownSize = engine.size();
  const { starts } = engine;
  const count = starts();
  assert.ok(count > 1, 'another instance was started');
  await client.refresh();
  assert.deepEqual([starts(), engine.size()], [count, grownSize], 'the new instance is kept');
});
