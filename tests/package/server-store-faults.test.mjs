// Faults of session stores: calls that are applied although they reject, results that are no booleans, and locks that are lost.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createSmartServer, memoryStore } from 'smart-launch/server';
import { SCOPE_OPENID } from './ehr.mjs';
import { createBrowser, startApp } from './server-app.mjs';

/** @typedef {import('smart-launch/server').SessionStore} SessionStore */

/**
 * A store whose next write after `state.isLossy = true` rejects although it has stored or removed a record: the response was
 * lost, or came too late. Writes of the time of a session's last use (keys that end with `.used`) do not reject.
 *
 * @param {boolean} hasReplace
 */
function lossyStore(hasReplace) {
  const { replace, ...others } = memoryStore();
  const memory = hasReplace && replace ? { ...others, replace } : others;
  const state = { isLossy: false };
  /**
   * @template {unknown[]} Values
   * @template Result
   * @param {(...values: Values) => Promise<Result>} write
   */
  const lossy =
    (write) =>
    /** @param {Values} values */
    async (...values) => {
      const result = await write(...values);
      if (state.isLossy && !String(values[0]).endsWith('.used')) {
        state.isLossy = false;
        throw new Error('no response in time');
      }
      return result;
    };
  /** @type {SessionStore} */
  const store = {
    ...memory,
    set: lossy(memory.set),
    delete: lossy(memory.delete),
    ...(hasReplace && replace ? { replace: lossy(replace) } : {}),
  };
  return { store, state };
}

/** @param {string} id @returns {[path: string, init: RequestInit & { headers: Record<string, string> }]} */
const logoutOf = (id) => ['logout', { method: 'POST', headers: { 'smart-session': id } }];

for (const hasReplace of [true, false]) {
  const which = `store ${hasReplace ? 'with' : 'without'} \`replace\` that rejects although it has stored`;

  test(`${which} an attempt to refresh: the refresh token is not sent, and does not count as sent`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { store, state } = lossyStore(hasReplace);
    const { ehr, smart } = await startApp(t, { sessions: { store } });
    const browser = createBrowser(smart);
    ehr.grant({ expires_in: 100 });
    const { id } = await browser.signIn();
    t.mock.timers.tick(101_000);
    const session = await browser.session(id);
    for (let count = 0; count < 3; count++) {
      state.isLossy = true;
      await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'storage_unavailable' });
    }
    assert.equal(ehr.requestsTo('/token').length, 1);
    ehr.grant({});
    assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  });

  test(`${which} a refreshed session: it has the new tokens`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { store, state } = lossyStore(hasReplace);
    const { ehr, options, smart } = await startApp(t, { sessions: { store } });
    const browser = createBrowser(smart);
    ehr.grant({ expires_in: 100 }, () => ((state.isLossy = true), {}));
    const { id } = await browser.signIn();
    t.mock.timers.tick(101_000);
    const session = await browser.session(id);
    await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'storage_unavailable' });
    const other = await createSmartServer(options).session(browser.of(id));
    for (const reader of [session, other]) assert.equal(await reader?.getAccessToken(), ehr.issued[1]?.access_token);
    assert.equal(ehr.requestsTo('/token').length, 2);
    assert.equal(ehr.requestsTo('/revoke').length, 0);
  });

  test(`${which} a sign-out: the tokens are revoked`, async (t) => {
    const { store, state } = lossyStore(hasReplace);
    const { ehr, smart } = await startApp(t, { sessions: { store } });
    const browser = createBrowser(smart);
    const { id } = await browser.signIn();
    state.isLossy = true;
    assert.equal((await browser.visit(...logoutOf(id))).status, 503);
    assert.equal((await browser.visit(...logoutOf(id))).status, 401);
    assert.equal(ehr.requestsTo('/revoke').length, 2);
  });
}

test('sign-out whose record cannot be read after the lock was granted: the lock is released', async (t) => {
  const memory = memoryStore();
  let lockedKey = '';
  let failsAfterLock = false;
  let fails = false;
  /** @type {SessionStore} */
  const store = {
    ...memory,
    async get(key) {
      if (fails) throw new Error('connection refused');
      return memory.get(key);
    },
    async lock(key, seconds) {
      lockedKey = key;
      fails = failsAfterLock;
      return memory.lock(key, seconds);
    },
  };
  const { smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  failsAfterLock = true;
  assert.equal((await browser.visit(...logoutOf(id))).status, 503);
  assert.ok(await memory.lock(lockedKey, 0.1));
});

test('store that rejects although it has stored an attempt to refresh, and fails once more: the attempt is undone later', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { store, state } = lossyStore(true);
  let fails = false;
  let lockedKey = '';
  const get = async (/** @type {string} */ key) => {
    if (fails && !state.isLossy) {
      fails = false;
      throw new Error('connection refused');
    }
    return store.get(key);
  };
  const lock = (/** @type {string} */ key, /** @type {number} */ seconds) => store.lock((lockedKey = key), seconds);
  const { ehr, smart } = await startApp(t, { sessions: { store: { ...store, get, lock } } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  for (let count = 0; count < 3; count++) {
    fails = state.isLossy = true;
    await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'storage_unavailable' });
    assert.equal(fails, false);
    await (await store.lock(lockedKey, 30))?.release();
  }
  ehr.grant({});
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  assert.equal(ehr.requestsTo('/token').length, 2);
});

test('lock that is lost while an attempt to refresh is stored: the attempt is undone', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const memory = memoryStore();
  let isHeld = true;
  let losesLock = false;
  /** @type {SessionStore} */
  const store = {
    ...memory,
    async replace(...values) {
      const isDone = Boolean(await memory.replace?.(...values));
      isHeld = !losesLock;
      return isDone;
    },
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      isHeld = true;
      return lock && { ...lock, isHeld: () => isHeld };
    },
  };
  const { ehr, smart } = await startApp(t, { sessions: { store } });
  const browser = createBrowser(smart);
  ehr.grant({ expires_in: 100 });
  const { id } = await browser.signIn();
  t.mock.timers.tick(101_000);
  const session = await browser.session(id);
  losesLock = true;
  for (let count = 0; count < 3; count++) await assert.rejects(Promise.resolve(session?.getAccessToken()), { code: 'lock_timeout' });
  losesLock = false;
  ehr.grant({});
  assert.equal(await session?.getAccessToken(), ehr.issued[1]?.access_token);
  assert.equal(ehr.requestsTo('/token').length, 2);
});

for (const result of [undefined, 'OK', false]) {
  test(`store whose \`replace\` always returns ${result}: the sign-in fails`, async (t) => {
    /** @type {any} Not of the type of a session store. */
    const store = { ...memoryStore(), replace: async () => result };
    /** @type {unknown[]} */
    const codes = [];
    const { ehr, smart } = await startApp(t, { sessions: { store }, onError: (/** @type {any} */ { code }) => void codes.push(code) });
    const browser = createBrowser(smart);
    assert.equal((await browser.arrive(new URL(await browser.begin()))).status, 503);
    assert.deepEqual(codes, [result === false ? 'lock_timeout' : 'storage_unavailable']);
    assert.equal(ehr.requestsTo('/token').length, 0);
  });
}

test('list for front-channel logout that cannot be replaced: the sign-in fails after some attempts, its tokens are revoked', async (t) => {
  const memory = memoryStore();
  const absoluteSeconds = 3_600;
  let calls = 0;
  /** @type {SessionStore} */
  const store = {
    ...memory,
    async replace(key, present, value, seconds) {
      // Records of sign-ins are stored for less time.
      if (seconds !== absoluteSeconds) return Boolean(await memory.replace?.(key, present, value, seconds));
      assert.ok((calls += 1) < 10);
      return false;
    },
  };
  const sessions = { store, absoluteSeconds };
  const { ehr, smart } = await startApp(t, { scope: SCOPE_OPENID, sessions }, { idToken: { sid: 's1' } });
  const [first, second] = [createBrowser(smart), createBrowser(smart)];
  const { id } = await first.signIn();
  const response = await second.arrive(new URL(await second.begin()));
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1']);
  assert.match(await response.text(), /lock_timeout/);
  assert.ok(calls > 0);
  const revoked = ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
  assert.deepEqual(revoked.sort(), [ehr.issued[1]?.access_token, ehr.issued[1]?.refresh_token].sort());
  assert.ok(await first.session(id));
});

test('front-channel logout ends a session whose sign-in was paused before it stored the first list of sessions', async (t) => {
  const memory = memoryStore();
  /** Keys that were locked: first that of the pending sign-in, second that of the list. @type {string[]} */
  const locked = [];
  /** @type {(() => Promise<void>) | undefined} */
  let pause;
  /** @type {SessionStore} */
  const store = {
    ...memory,
    async get(key) {
      const value = await memory.get(key);
      if (key === locked[1]) await pause?.();
      return value;
    },
    async lock(key, seconds) {
      const lock = await memory.lock(key, seconds);
      let isHeld = true;
      if (locked.push(key) === 2) {
        pause = async () => {
          pause = undefined;
          isHeld = false;
          await lock?.release();
          ({ id: otherId } = await other.signIn());
        };
      }
      return lock && { ...lock, isHeld: () => isHeld };
    },
  };
  const { ehr, options, smart } = await startApp(t, { scope: SCOPE_OPENID, sessions: { store } }, { idToken: { sid: 's1' } });
  const [paused, other] = [createBrowser(smart), createBrowser(createSmartServer({ ...options, sessions: { store: memory } }))];
  let otherId = '';
  const { id } = await paused.signIn();
  assert.ok((await paused.session(id)) && (await other.session(otherId)));
  const iss = encodeURIComponent(ehr.origin);
  assert.equal((await other.visit(`front-channel-logout?iss=${iss}&sid=s1`)).status, 200);
  assert.deepEqual([await paused.session(id), await other.session(otherId)], [null, null]);
});

test('front-channel logout ends a session whose sign-in is completed meanwhile', async (t) => {
  const { ehr, smart } = await startApp(t, { scope: SCOPE_OPENID }, { idToken: { sid: 's1' } });
  const [first, second] = [createBrowser(smart), createBrowser(smart)];
  const { id } = await first.signIn();
  let secondId = '';
  ehr.answer(
    '/revoke',
    async () => {
      ({ id: secondId } = await second.signIn());
      return { status: 200 };
    },
    { status: 200 },
  );
  const iss = encodeURIComponent(ehr.origin);
  assert.equal((await first.visit(`front-channel-logout?iss=${iss}&sid=s1`)).status, 200);
  assert.deepEqual([await first.session(id), await second.session(secondId)], [null, null]);
  assert.notEqual(secondId, '');
});
