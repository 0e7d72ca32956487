// Group O: calls that wait for the lock of a refresh, invalid leases, and a sign-out during a refresh.

import assert from 'node:assert/strict';
import { createWebLocks, setGlobal, SharedStorage } from '../platform.mjs';
import { required } from '../required.mjs';

/** Waits for all work that does not need the clock: promises, and chunks that are loaded. */
async function settle() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Seconds that a client waits for a lock beyond its `timeoutSeconds`. */
const EXTRA_SECONDS = 5;

/**
 * Watches the timers of calls that wait for a lock: each call sets one for its timeout, and clears it when it gets the lock.
 *
 * @param {import('node:test').TestContext} test
 */
function watchLockTimers(test) {
  const { setTimeout, clearTimeout } = globalThis;
  /** @type {Map<number, { call: () => void, timer: unknown, isCleared: boolean }>} */
  const timers = new Map();
  /** @param {() => void} call @param {number} milliseconds @param {unknown[]} args */
  const set = (call, milliseconds, ...args) => {
    const timer = Reflect.apply(setTimeout, globalThis, [call, milliseconds, ...args]);
    timers.set(milliseconds, { call, timer, isCleared: false });
    return timer;
  };
  test.mock.method(globalThis, 'setTimeout', set);
  test.mock.method(globalThis, 'clearTimeout', (/** @type {NodeJS.Timeout} */ timer) => {
    for (const entry of timers.values()) if (entry.timer === timer) entry.isCleared = true;
    clearTimeout(timer);
  });
  /**
   * The timer of the call of the client with these `timeoutSeconds`.
   *
   * @param {number} timeoutSeconds
   */
  return async (timeoutSeconds) => {
    const milliseconds = (timeoutSeconds + EXTRA_SECONDS) * 1_000;
    while (!timers.has(milliseconds)) await settle();
    const entry = required(timers.get(milliseconds));
    return { runOut: entry.call, isWaiting: () => !entry.isCleared };
  };
}

/** @type {[title: string, storage: string, platform: { locks?: boolean, knowsSignals?: boolean }][]} */
const LOCK_TYPES = [
  ['the lock of a page', 'memory', {}],
  ['Web Locks', 'local', { locks: true }],
  ['Web Locks without support for signals', 'local', { locks: true, knowsSignals: false }],
  ['a lease', 'local', { locks: false }],
];

/** @type {import('./play.mjs').Rows} */
export const LOCKS = {
  H165: LOCK_TYPES.map(([title, storage, { locks, knowsSignals }]) => ({
    title,
    options: { storage, timeoutSeconds: 3_600 },
    async run(play) {
      const { test, ehr, settings } = play;
      setGlobal(test, 'localStorage', { value: new SharedStorage() });
      setGlobal(test, 'navigator', { value: locks ? { locks: createWebLocks({ knowsSignals }) } : {} });
      await play.signIn();
      const holder = play.client;
      // Clients of the same page, or of further pages that share the storage.
      const openClient = async (/** @type {number} */ timeoutSeconds) => {
        const { createSmartClient } = storage === 'memory' ? play.page : await play.tab.open('https://app.example/');
        const client = createSmartClient({ ...settings, timeoutSeconds });
        assert.equal((await client.ready())?.patient, 'zoe');
        return client;
      };
      const [second, third] = [await openClient(101), await openClient(202)];
      play.mark();
      const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
      const firstRefresh = holder.refresh();
      await held.arrived;
      const lockTimerOf = watchLockTimers(test);
      const secondRefresh = second.refresh();
      secondRefresh.catch(() => {});
      const { runOut } = await lockTimerOf(101);
      const thirdRefresh = third.refresh();
      const { isWaiting } = await lockTimerOf(202);
      runOut();
      try {
        return await secondRefresh;
      } finally {
        // These requests take longer than another call would need to get the lock and send a request.
        for (let trip = 0; trip < 10; trip++) await holder.fetch('Patient/zoe');
        assert.ok(isWaiting(), 'no other call gets the lock before the holder releases it');
        assert.equal(play.refreshes().length, 1);
        held.release();
        await firstRefresh;
        assert.equal((await thirdRefresh)?.patient, 'zoe');
        const sentTokens = play.refreshes().map(({ fields }) => fields.get('refresh_token'));
        assert.equal(new Set(sentTokens).size, sentTokens.length, 'no refresh token is sent twice');
      }
    },
  })),
  H166: /** @satisfies {[string, number][]} */ ([
    ['expired', -1],
    ['dated tomorrow', 86_400_000],
    ['dated beyond its longest lifetime', 120_000],
    ['without a time', NaN],
  ]).map(([title, end]) => ({
    title: `lease that is ${title}`,
    options: { storage: 'local' },
    async run(play) {
      const { test } = play;
      const sharedStorage = new SharedStorage();
      setGlobal(test, 'localStorage', { value: sharedStorage });
      setGlobal(test, 'navigator', { value: {} });
      await play.signIn();
      const write = test.mock.method(SharedStorage.prototype, 'setItem');
      await play.client.refresh();
      const keys = write.mock.calls.map(({ arguments: [key] }) => key);
      const key = required(keys.find((key) => /^smart-launch:lease:\S+$/.test(key)));
      play.mark();
      sharedStorage.setItem(key, `another-tab ${Date.now() + end}`);
      await play.client.refresh();
      assert.equal(play.refreshes().length, 2);
      await settle();
      assert.equal(sharedStorage.getItem(key), null, 'the lease is taken, and released');
    },
  })),
  H167: /** @satisfies {[string, object][]} */ ([
    ['token of another type', { token_type: 'mac' }],
    ['another patient', { patient: 'another' }],
    ['no type', { token_type: undefined }],
  ]).map(([title, changes]) => ({
    title,
    async run(play) {
      const { ehr, client } = play;
      await play.signIn();
      const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse(changes) }));
      const refresh = client.refresh();
      refresh.catch(() => {});
      await held.arrived;
      await client.logout();
      held.release();
      return refresh;
    },
    check({ ehr, tab }) {
      const revoked = ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
      assert.deepEqual(revoked, ehr.issued.flatMap((tokens) => [tokens.refresh_token, tokens.access_token]));
      assert.ok(!JSON.stringify(tab.storage).includes('canary'), 'no token is stored');
    },
  })),
};
