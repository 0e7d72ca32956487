// Group O: locks of a refresh that others wait for, and a sign-out meanwhile.

import assert from 'node:assert/strict';
import { createWebLocks, setGlobal, SharedStorage } from '../platform.mjs';

/** Whatever can go on has gone on: promises, and chunks that are loaded. */
async function settled() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Timers that were set, by their milliseconds: to be run by hand, before their time. */
function watchTimers(test) {
  const { setTimeout } = globalThis;
  const timers = new Map();
  test.mock.method(globalThis, 'setTimeout', (call, milliseconds, ...rest) => {
    timers.set(milliseconds, call);
    return setTimeout(call, milliseconds, ...rest);
  });
  return timers;
}

/** Seconds that a client waits for a lock beyond its `timeoutSeconds`. */
const PATIENCE = 5;

/** A client waits for a lock as soon as it has set the timer for giving up. */
async function waitsFor(timers, timeoutSeconds) {
  while (!timers.has((timeoutSeconds + PATIENCE) * 1_000)) await settled();
  return timers.get((timeoutSeconds + PATIENCE) * 1_000);
}

const places = [
  ['the lock of a page', 'memory', {}],
  ['Web Locks', 'local', { locks: true }],
  ['Web Locks that know no signals', 'local', { locks: true, knowsSignals: false }],
  ['a lease', 'local', { locks: false }],
];

export const LOCKS = {
  H165: places.map(([what, storage, { locks, knowsSignals }]) => ({
    what,
    options: { storage, timeoutSeconds: 3_600 },
    async run(play) {
      const { test, ehr, settings } = play;
      setGlobal(test, 'localStorage', { value: new SharedStorage() });
      setGlobal(test, 'navigator', { value: locks ? { locks: createWebLocks({ knowsSignals }) } : {} });
      await play.signIn();
      const holder = play.client;
      // Of one page, or of other tabs that share what is stored.
      const another = async (timeoutSeconds) => {
        const { createSmartClient } = storage === 'memory' ? play.page : await play.tab.open('https://app.example/');
        const client = createSmartClient({ ...settings, timeoutSeconds });
        assert.equal((await client.ready()).patient, 'zoe');
        return client;
      };
      const [second, third] = [await another(101), await another(202)];
      play.mark();
      const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
      const first = holder.refresh();
      await held.arrived;
      const timers = watchTimers(test);
      const waiter = second.refresh();
      waiter.catch(() => {});
      const giveUp = await waitsFor(timers, 101);
      let isIn = false;
      const next = third.refresh().then((session) => ((isIn = true), session));
      await waitsFor(timers, 202);
      giveUp();
      try {
        return await waiter;
      } finally {
        await settled();
        assert.equal(isIn, false);
        assert.equal(play.refreshes().length, 1, 'nobody enters before the holder leaves');
        held.release();
        await first;
        assert.equal((await next).patient, 'zoe');
        const sent = play.refreshes().map(({ fields }) => fields.get('refresh_token'));
        assert.equal(new Set(sent).size, sent.length, 'no refresh token is sent twice');
      }
    },
  })),
  H166: [
    ['over', -1],
    ['dated tomorrow', 86_400_000],
    ['dated beyond its longest life', 120_000],
    ['without a time', NaN],
  ].map(([what, end]) => ({
    what: `lease that is ${what}`,
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
      const key = keys.find((key) => /^smart-launch:lease:\S+$/.test(key));
      play.mark();
      shared.setItem(key, `another-tab ${Date.now() + end}`);
      await play.client.refresh();
      assert.equal(play.refreshes().length, 2);
      await settled();
      assert.equal(shared.getItem(key), null, 'taken over, and given back');
    },
  })),
  H167: [
    ['token of another type', { token_type: 'mac' }],
    ['another patient', { patient: 'another' }],
    ['no type', { token_type: undefined }],
  ].map(([what, changes]) => ({
    what,
    async run(play) {
      const { ehr, client } = play;
      await play.signIn();
      const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse(changes) }));
      const late = client.refresh();
      late.catch(() => {});
      await held.arrived;
      await client.logout();
      held.release();
      return late;
    },
    check({ ehr, tab }) {
      const revoked = ehr.askedFor('/revoke').map(({ fields }) => fields.get('token'));
      assert.deepEqual(revoked, ehr.issued.flatMap((tokens) => [tokens.refresh_token, tokens.access_token]));
      assert.ok(!JSON.stringify(tab.storage).includes('canary'), 'no token is stored');
    },
  })),
};
