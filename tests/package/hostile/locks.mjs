// Group O: locks that other calls wait for during a refresh, and a sign-out meanwhile.

import assert from 'node:assert/strict';
import { createWebLocks, setGlobal, SharedStorage } from '../platform.mjs';
import { required } from '../required.mjs';

/** Waits for everything that does not need the clock: promises, and chunks that are loaded. */
async function settled() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Seconds that a client waits for a lock beyond its `timeoutSeconds`. */
const PATIENCE = 5;

/**
 * Calls that wait for a lock: each sets a timer for the timeout, and clears it when it gets the lock.
 *
 * @param {import('node:test').TestContext} test
 */
function watchWaiting(test) {
  const { setTimeout, clearTimeout } = globalThis;
  /** @type {Map<number, { call: () => void, timer: unknown, isCleared: boolean }>} */
  const timers = new Map();
  /** @param {() => void} call @param {number} milliseconds @param {unknown[]} rest */
  const set = (call, milliseconds, ...rest) => {
    const timer = Reflect.apply(setTimeout, globalThis, [call, milliseconds, ...rest]);
    timers.set(milliseconds, { call, timer, isCleared: false });
    return timer;
  };
  test.mock.method(globalThis, 'setTimeout', set);
  test.mock.method(globalThis, 'clearTimeout', (/** @type {NodeJS.Timeout} */ timer) => {
    for (const set of timers.values()) if (set.timer === timer) set.isCleared = true;
    clearTimeout(timer);
  });
  /**
   * The call of the client with these `timeoutSeconds`.
   *
   * @param {number} timeoutSeconds
   */
  return async (timeoutSeconds) => {
    const milliseconds = (timeoutSeconds + PATIENCE) * 1_000;
    while (!timers.has(milliseconds)) await settled();
    const set = required(timers.get(milliseconds));
    return { giveUp: set.call, isWaiting: () => !set.isCleared };
  };
}

/** @type {[title: string, storage: string, of: { locks?: boolean, knowsSignals?: boolean }][]} */
const places = [
  ['the lock of a page', 'memory', {}],
  ['Web Locks', 'local', { locks: true }],
  ['Web Locks without support for signals', 'local', { locks: true, knowsSignals: false }],
  ['a lease', 'local', { locks: false }],
];

/** @type {import('./play.mjs').Rows} */
export const LOCKS = {
  H165: places.map(([title, storage, { locks, knowsSignals }]) => ({
    title,
    options: { storage, timeoutSeconds: 3_600 },
    async run(play) {
      const { test, ehr, settings } = play;
      setGlobal(test, 'localStorage', { value: new SharedStorage() });
      setGlobal(test, 'navigator', { value: locks ? { locks: createWebLocks({ knowsSignals }) } : {} });
      await play.signIn();
      const holder = play.client;
      // Pages of one tab, or of other tabs that share the storage.
      const another = async (/** @type {number} */ timeoutSeconds) => {
        const { createSmartClient } = storage === 'memory' ? play.page : await play.tab.open('https://app.example/');
        const client = createSmartClient({ ...settings, timeoutSeconds });
        assert.equal((await client.ready())?.patient, 'zoe');
        return client;
      };
      const [second, third] = [await another(101), await another(202)];
      play.mark();
      const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
      const first = holder.refresh();
      await held.arrived;
      const waiting = watchWaiting(test);
      const outcome = second.refresh();
      outcome.catch(() => {});
      const { giveUp } = await waiting(101);
      const next = third.refresh();
      const { isWaiting } = await waiting(202);
      giveUp();
      try {
        return await outcome;
      } finally {
        // Longer than a flow that gets the lock needs to send a request.
        for (let trip = 0; trip < 10; trip++) await holder.fetch('Patient/zoe');
        assert.ok(isWaiting(), 'no other flow enters before the holder leaves');
        assert.equal(play.refreshes().length, 1);
        held.release();
        await first;
        assert.equal((await next)?.patient, 'zoe');
        const sent = play.refreshes().map(({ fields }) => fields.get('refresh_token'));
        assert.equal(new Set(sent).size, sent.length, 'no refresh token is sent twice');
      }
    },
  })),
  H166: /** @satisfies {[string, number][]} */ ([
    ['over', -1],
    ['dated tomorrow', 86_400_000],
    ['dated beyond its longest lifetime', 120_000],
    ['without a time', NaN],
  ]).map(([title, end]) => ({
    title: `lease that is ${title}`,
    options: { storage: 'local' },
    async run(play) {
      const { test } = play;
      const shared = new SharedStorage();
      setGlobal(test, 'localStorage', { value: shared });
      setGlobal(test, 'navigator', { value: {} });
      await play.signIn();
      const write = test.mock.method(SharedStorage.prototype, 'setItem');
      await play.client.refresh();
      const keys = write.mock.calls.map(({ arguments: [key] }) => key);
      const key = required(keys.find((key) => /^smart-launch:lease:\S+$/.test(key)));
      play.mark();
      shared.setItem(key, `another-tab ${Date.now() + end}`);
      await play.client.refresh();
      assert.equal(play.refreshes().length, 2);
      await settled();
      assert.equal(shared.getItem(key), null, 'taken, and released');
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
      const refreshed = client.refresh();
      refreshed.catch(() => {});
      await held.arrived;
      await client.logout();
      held.release();
      return refreshed;
    },
    check({ ehr, tab }) {
      const revoked = ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
      assert.deepEqual(revoked, ehr.issued.flatMap((tokens) => [tokens.refresh_token, tokens.access_token]));
      assert.ok(!JSON.stringify(tab.storage).includes('canary'), 'no token is stored');
    },
  })),
};
