// The option idleTimeoutSeconds: activity in one or several tabs, reloads, sleep, and the end of the session.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as library from 'smart-launch';
import { createConfidentialClient } from 'smart-launch/confidential';
import { createIsolatedSmartClient } from 'smart-launch/isolated';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { copyOfPackage } from './installed.mjs';
import { pageAt } from './page.mjs';
import { createWebLocks, setGlobal, SharedStorage } from './platform.mjs';
import { seeded } from './seeded-random.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

const APP = 'https://app.example/';
const KEY = 'smart-launch:activity:100';
const INPUT = ['pointerdown', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove'];
const NAMES = ['location', 'history', 'document', 'sessionStorage', 'localStorage', 'addEventListener', 'removeEventListener', 'origin'];
/** The timeout in seconds. `expiring` is emitted 25 seconds before the end. */
const LIMIT = 100;
const START = Date.now();

const turn = () => new Promise(setImmediate);

async function until(condition) {
  for (let count = 0; !condition(); count += 1) {
    assert.ok(count < 20_000, `never: ${condition}`);
    await turn();
  }
}

/**
 * Replaces timers with timers that run when the test moves the time. Node's `mock.timers` would also stop requests.
 *
 * @returns a function that moves the time by some milliseconds
 */
function mockTimers(t) {
  const { clearTimeout } = globalThis;
  const timers = new Set();
  let now = 0;
  const add = (timer) => (timers.add(timer), timer);
  t.mock.method(globalThis, 'setTimeout', (call, after = 0, ...args) =>
    add({
      at: now + after,
      run: () => call(...args),
      unref() {
        return this;
      },
      refresh() {
        this.at = now + after;
        return add(this);
      },
    }),
  );
  t.mock.method(globalThis, 'clearTimeout', (timer) => void (timers.delete(timer) || clearTimeout(timer)));
  return (milliseconds) => {
    now += milliseconds;
    for (const timer of [...timers].sort((left, right) => left.at - right.at)) {
      if (timer.at > now || !timers.delete(timer)) continue;
      timer.run();
    }
  };
}

/** A browser whose clock the test sets, and its tabs. */
async function startBrowser(t, { options = {}, ...ehrOptions } = {}) {
  const ehr = await startEhr(t, ehrOptions);
  // The library is loaded once for all tests and compares these two clocks, so their difference has to be the same in each test.
  let clock = Date.now();
  let monotonic = clock - START;
  t.mock.method(Date, 'now', () => clock);
  t.mock.method(performance, 'now', () => monotonic);
  const tick = mockTimers(t);
  // Without Web Locks, the library waits for locks by timers.
  setGlobal(t, 'navigator', { value: { locks: createWebLocks(), onLine: true } });
  const tabs = [];
  let activeTab;
  const sharedStorage = new (class extends SharedStorage {
    setItem(key, text) {
      const previous = this.getItem(key);
      super.setItem(key, text);
      if (previous !== text) notifyOtherTabs(key);
    }
  })();

  /** Other tabs get the event `storage`, unless they are frozen. */
  function notifyOtherTabs(key) {
    const current = activeTab;
    for (const tab of tabs) if (tab !== current && !tab.isFrozen) tab.fire('storage', { key });
    current?.show();
  }

  /** Opens a page in a new tab, or in the tab that has `storage`. */
  async function open({ storage = new SharedStorage(), page = library, settings = options } = {}) {
    const listeners = new Map();
    const addEventListener = (name, listener) => void listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    const removeEventListener = (name, listener) =>
      void listeners.set(name, (listeners.get(name) ?? []).filter((item) => item !== listener));
    const { location, history } = pageAt(APP).globals;
    const document = { addEventListener, removeEventListener, hidden: false };
    const areas = { sessionStorage: storage, localStorage: sharedStorage };
    const { origin } = new URL(APP);
    const globals = { location, history, document, ...areas, addEventListener, removeEventListener, origin };
    const events = [];
    const tab = {
      storage,
      events,
      show() {
        activeTab = tab;
        for (const name of NAMES) setGlobal(t, name, { value: globals[name], writable: true });
      },
      /** Dispatches an event, as the browser does. */
      fire(name, members = {}) {
        tab.show();
        for (const listener of listeners.get(name) ?? []) listener({ type: name, isTrusted: true, persisted: false, ...members });
      },
      /** Whether the page has listeners for input. */
      isListening: () => INPUT.some((name) => (listeners.get(name) ?? []).length > 0),
      isFrozen: false,
      /** The browser discards the page, without an event. */
      discard() {
        tab.client.dispose();
        if (tabs.includes(tab)) tabs.splice(tabs.indexOf(tab), 1);
      },
      /** Discards the page, and opens another one in the same tab. */
      async reload(changes = {}) {
        tab.discard();
        return open({ storage, page, settings, ...changes });
      },
      async signIn(authorizeOptions) {
        tab.show();
        return signIn(tab.client, authorizeOptions);
      },
      /** The access token, or the code of the error. */
      accessToken() {
        tab.show();
        return tab.client.getAccessToken().catch(({ code }) => code);
      },
      status: () => tab.client.getState().status,
    };
    tabs.push(tab);
    tab.show();
    tab.client = page.createSmartClient(ehr.options({ storage: 'session', idleTimeoutSeconds: LIMIT, ...settings }));
    t.after(() => tab.client.dispose());
    for (const name of ['signedIn', 'refreshed']) tab.client.on(name, () => events.push(name));
    tab.client.on('expiring', ({ reason }) => events.push(`expiring ${reason}`));
    tab.client.on('signedOut', ({ reason }) => events.push(`signedOut ${reason}`));
    tab.client.on('error', ({ code }) => events.push(`error ${code}`));
    return tab;
  }

  return {
    ehr,
    sharedStorage,
    open,
    now: () => clock,
    notifyOtherTabs,
    /** Lets time pass, and runs the timers. */
    async pass(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        clock += 1_000;
        monotonic += 1_000;
        tick(1_000);
        await turn();
      }
    },
    /** The device sleeps: the clock continues; `performance.now()` and timers do not. */
    sleep: (seconds) => (clock += seconds * 1_000),
    /** The user or the system sets the clock. */
    setClock: (seconds) => (clock += seconds * 1_000),
    /** Lets time pass and runs no timer, as if all pages were closed. */
    wait(seconds) {
      clock += seconds * 1_000;
      monotonic += seconds * 1_000;
    },
  };
}

const ENDED = ['signedOut idle', 'error session_expired'];
/** The events in a tab that was suspended or closed until after another sign-in. */
const REPLACED = ['signedOut replaced', 'error session_expired'];
const revoked = (ehr) => ehr.requestsTo('/revoke').map(({ fields }) => fields.get('token'));
const lastActivityIn = ({ sharedStorage }) => Number(sharedStorage.getItem(KEY).split(' ')[1]);
const secretsIn = (...areas) => areas.filter((area) => JSON.stringify(area).includes('canary'));

test('without activity: `expiring`, then the session ends; tokens are removed and revoked', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  const session = await tab.signIn();
  const details = [];
  tab.client.subscribe((event) => event?.type === 'expiring' && details.push(event.detail));
  await browser.pass(60);
  tab.fire('keydown');
  await browser.pass(74);
  assert.deepEqual(tab.events, ['signedIn']);
  assert.equal(tab.client.getState().expiring, undefined);
  await browser.pass(1);
  const expected = { reason: 'idle', expiresAt: browser.now() + 25_000, session };
  assert.deepEqual(details, [expected]);
  assert.deepEqual(tab.client.getState().expiring, expected);
  await browser.pass(24);
  assert.equal(tab.status(), 'authenticated');
  await browser.pass(1);
  assert.deepEqual(tab.events, ['signedIn', 'expiring idle', ...ENDED]);
  const { status, error, expiring } = tab.client.getState();
  assert.deepEqual([status, error.code, error.fault, expiring], ['unauthenticated', 'session_expired', 'user', undefined]);
  assert.match(error.userMessage, /not used/);
  await until(() => revoked(browser.ehr).length === 2);
  assert.deepEqual(revoked(browser.ehr), ['canary-refresh-1', 'canary-access-1']);
  assert.deepEqual(secretsIn(tab.storage, browser.sharedStorage), []);
  assert.equal(await tab.accessToken(), 'signed_out');
  assert.equal(tab.isListening(), false);
});

for (const [name, members, isActivity] of [
  ...INPUT.map((name) => [name, {}, true]),
  ...INPUT.map((name) => [name, { isTrusted: false }, false]),
  ...['scroll', 'mousemove', 'pointermove', 'focus', 'visibilitychange', 'pageshow', 'online'].map((name) => [name, {}, false]),
]) {
  test(`${name}${members.isTrusted === false ? ' of a script' : ''} is ${isActivity ? '' : 'not '}activity`, async (t) => {
    const browser = await startBrowser(t);
    const tab = await browser.open();
    await tab.signIn();
    await browser.pass(50);
    tab.fire(name, members);
    await browser.pass(60);
    assert.equal(tab.status(), isActivity ? 'authenticated' : 'unauthenticated');
  });
}

test('a refresh and getAccessToken() are not activity, and work until the end', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(99);
  assert.equal((await tab.client.refresh()).tokenResponse.access_token, 'canary-access-2');
  assert.equal(await tab.accessToken(), 'canary-access-2');
  await browser.pass(1);
  assert.equal(tab.status(), 'unauthenticated');
  await until(() => revoked(browser.ehr).length === 2);
  assert.deepEqual(revoked(browser.ehr), ['canary-refresh-2', 'canary-access-2']);
});

test('activity while the session is expiring cancels the end, and `expiring` is emitted again later', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(99);
  tab.fire('pointerdown');
  assert.equal(tab.client.getState().expiring, undefined);
  await browser.pass(74);
  assert.deepEqual(tab.events, ['signedIn', 'expiring idle']);
  await browser.pass(1);
  assert.deepEqual(tab.events, ['signedIn', 'expiring idle', 'expiring idle']);
});

test('activity in any tab counts in all tabs, also with sessions of other patients; all sessions end together', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'memory' } });
  const [firstTab, otherTab] = [await browser.open(), await browser.open()];
  await firstTab.signIn();
  browser.ehr.grant({ patient: 'amal' });
  await otherTab.signIn();
  assert.deepEqual([firstTab, otherTab].map(({ client }) => client.getState().session.patient), ['zoe', 'amal']);
  await browser.pass(80);
  assert.deepEqual(firstTab.events, ['signedIn', 'expiring idle']);
  otherTab.fire('keydown');
  // The other tab has stored the time of its activity, and the first tab has got the event `storage`.
  assert.equal(firstTab.client.getState().expiring, undefined);
  await browser.pass(90);
  assert.deepEqual([firstTab.status(), otherTab.status()], ['authenticated', 'authenticated']);
  await browser.pass(10);
  for (const { events } of [firstTab, otherTab]) assert.deepEqual(events.slice(-2), ENDED);
});

test('tabs that share a session all report the reason `idle`', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'local' } });
  const firstTab = await browser.open();
  await firstTab.signIn();
  const otherTab = await browser.open();
  await otherTab.client.ready();
  await browser.pass(100);
  await until(() => [firstTab, otherTab].every((tab) => tab.status() === 'unauthenticated'));
  for (const { events } of [firstTab, otherTab]) assert.deepEqual(events.slice(-2), ENDED);
  assert.deepEqual(secretsIn(browser.sharedStorage), []);
});

test('time of frequent input is stored at most once a second, and the time of the last input is stored', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(10);
  const setItemMock = t.mock.method(browser.sharedStorage, 'setItem');
  for (let count = 0; count < 1_000; count += 1) tab.fire('wheel');
  browser.wait(0.5);
  tab.fire('wheel');
  const lastActivity = browser.now();
  await browser.pass(5);
  assert.deepEqual(setItemMock.mock.calls.map(({ arguments: [key] }) => key), [KEY, KEY]);
  assert.equal(lastActivityIn(browser), lastActivity);
});

test('the last input before a page is left is stored', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  tab.fire('keydown');
  browser.wait(0.5);
  tab.fire('keydown');
  tab.fire('pagehide');
  assert.equal(lastActivityIn(browser), browser.now());
});

test('a reload before the end restores the session, and is not activity', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  browser.wait(60);
  const reloadedTab = await tab.reload();
  assert.equal((await reloadedTab.client.ready()).patient, 'zoe');
  assert.equal(await reloadedTab.accessToken(), 'canary-access-1');
  await browser.pass(40);
  assert.equal(reloadedTab.status(), 'unauthenticated');
});

test('a stored session that was idle for too long is not restored: it ends, and its tokens are revoked', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  browser.wait(100);
  const reloadedTab = await tab.reload();
  const sessions = new Set();
  reloadedTab.client.subscribe(() => sessions.add(reloadedTab.client.getState().session));
  assert.equal(await reloadedTab.client.ready(), null);
  assert.deepEqual(reloadedTab.events, ENDED);
  assert.deepEqual([...sessions], [null], 'the state never had the session');
  assert.deepEqual([reloadedTab.status(), reloadedTab.client.getState().error.code], ['unauthenticated', 'session_expired']);
  assert.deepEqual(secretsIn(reloadedTab.storage, browser.sharedStorage), []);
  await until(() => revoked(browser.ehr).length === 2);
  assert.equal(reloadedTab.isListening(), false);
  assert.equal((await reloadedTab.signIn()).patient, 'zoe', 'a sign-in is activity');
  await browser.pass(99);
  assert.equal(reloadedTab.status(), 'authenticated');
  const lastTab = await reloadedTab.reload();
  browser.wait(1);
  assert.equal(await lastTab.client.ready(), null);
});

for (const [suffix, hasOtherSignIn] of [['', false], [', also after another sign-in', true]]) {
  test(`an authorization response that is used again is not activity${suffix}`, async (t) => {
    const browser = await startBrowser(t);
    const tab = await browser.open();
    const callback = callbackOf(await tab.client.authorize({ navigate: false }));
    await tab.client.ready({ callback });
    tab.discard();
    browser.wait(100);
    if (hasOtherSignIn) await (await browser.open()).signIn();
    const reloadedTab = await tab.reload();
    assert.equal(await reloadedTab.client.ready({ callback }), null);
    assert.deepEqual(reloadedTab.events, hasOtherSignIn ? REPLACED : ENDED);
    assert.deepEqual(secretsIn(reloadedTab.storage), []);
  });
}

test('a sign-in after the stored time was removed does not restore earlier sessions', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  tab.discard();
  browser.sharedStorage.clear();
  browser.wait(100);
  await (await browser.open()).signIn();
  assert.equal(await (await tab.reload()).client.ready(), null);
});

test('sleep: without any event the session ends within ten seconds after the device has woken up', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  browser.sleep(3_600);
  await browser.pass(10);
  assert.equal(tab.status(), 'unauthenticated');
});

test('`expiring` in the state has the new session after another sign-in', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(80);
  browser.ehr.grant({ patient: 'amal' });
  await tab.signIn();
  assert.equal(tab.client.getState().expiring.session.patient, 'amal');
});

test('sleep: no request is sent with the tokens of a session that has ended during the sleep', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  const { length } = browser.ehr.requestsTo('/fhir/Patient/zoe');
  browser.sleep(100);
  await assert.rejects(tab.client.request('Patient/zoe'), { code: 'signed_out' });
  assert.equal(browser.ehr.requestsTo('/fhir/Patient/zoe').length, length);
  assert.deepEqual(tab.events, ['signedIn', ...ENDED]);
});

for (const name of ['visibilitychange', 'pageshow', 'online', ...INPUT]) {
  test(`sleep: the first ${name} ends a session that was idle for too long`, async (t) => {
    const browser = await startBrowser(t);
    const tab = await browser.open();
    await tab.signIn();
    await browser.pass(1);
    browser.sleep(3_600);
    tab.fire(name);
    await turn();
    assert.deepEqual(tab.events, ['signedIn', ...ENDED]);
  });
}

test('sleep: activity in another tab before the sleep counts', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'memory' } });
  const [firstTab, otherTab] = [await browser.open(), await browser.open()];
  await firstTab.signIn();
  await otherTab.signIn();
  await browser.pass(70);
  // This call notifies no tab, as if the first tab were frozen.
  SharedStorage.prototype.setItem.call(browser.sharedStorage, KEY, `0 ${browser.now()}`);
  browser.sleep(60);
  firstTab.fire('visibilitychange');
  await turn();
  assert.equal(firstTab.status(), 'authenticated');
  browser.sleep(40);
  firstTab.fire('visibilitychange');
  await turn();
  assert.equal(firstTab.status(), 'unauthenticated');
});

test('a sign-in after the timeout does not extend the sessions of suspended tabs, nor stored sessions', async (t) => {
  const browser = await startBrowser(t);
  const [suspended, discarded] = [await browser.open({ settings: { storage: 'memory' } }), await browser.open()];
  await suspended.signIn();
  await discarded.signIn();
  suspended.isFrozen = true;
  discarded.discard();
  browser.sleep(100);
  const otherTab = await browser.open();
  browser.ehr.grant({ patient: 'amal' });
  assert.equal((await otherTab.signIn()).patient, 'amal');
  assert.equal(await suspended.accessToken(), 'signed_out');
  assert.deepEqual(suspended.events, ['signedIn', ...REPLACED]);
  const reloadedTab = await discarded.reload();
  assert.equal(await reloadedTab.client.ready(), null);
  assert.deepEqual(reloadedTab.events, REPLACED);
  assert.equal(await otherTab.accessToken(), 'canary-access-3');
  assert.equal((await (await otherTab.reload()).client.ready()).patient, 'amal');
});

test('a tab that resumes after another sign-in ends its own session, and not the new session', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'local' } });
  const suspended = await browser.open();
  await suspended.signIn();
  suspended.isFrozen = true;
  browser.sleep(100);
  const otherTab = await browser.open();
  await otherTab.signIn();
  suspended.fire('visibilitychange');
  await until(() => revoked(browser.ehr).length === 2);
  assert.deepEqual(revoked(browser.ehr), ['canary-refresh-1', 'canary-access-1']);
  // The reason is not `idle`, because after `idle` an app may sign out at the server, which would sign out the new user.
  assert.deepEqual(suspended.events, ['signedIn', ...REPLACED]);
  assert.equal(await otherTab.accessToken(), 'canary-access-2');
  assert.ok(!JSON.stringify(browser.sharedStorage).includes('canary-access-1'));
});

test('a sign-in before the timeout does not end the sessions of other tabs', async (t) => {
  const browser = await startBrowser(t);
  const firstTab = await browser.open({ settings: { storage: 'memory' } });
  await firstTab.signIn();
  await browser.pass(90);
  const otherTab = await browser.open();
  await otherTab.signIn();
  await browser.pass(90);
  assert.deepEqual([firstTab.status(), otherTab.status()], ['authenticated', 'authenticated']);
});

test('tabs with different timeouts count their own activity', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'memory' } });
  // The tabs use two copies of the library, because the clients of one copy share its memory.
  const { page } = await loadCopy(t);
  const tabWithShortTimeout = await browser.open({ page, settings: { storage: 'memory', idleTimeoutSeconds: 10 } });
  const tabWithLongTimeout = await browser.open();
  await tabWithShortTimeout.signIn();
  await tabWithLongTimeout.signIn();
  await browser.pass(5);
  tabWithLongTimeout.fire('keydown');
  await browser.pass(5);
  assert.deepEqual([tabWithShortTimeout.status(), tabWithLongTimeout.status()], ['unauthenticated', 'authenticated']);
  await tabWithShortTimeout.signIn();
  assert.equal(await tabWithLongTimeout.accessToken(), 'canary-access-2');
});

test('a clock that is set back does not extend a session in an open page', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(50);
  browser.setClock(-86_400);
  await browser.pass(49);
  assert.equal(tab.status(), 'authenticated');
  await browser.pass(1);
  assert.deepEqual(tab.events.slice(-2), ENDED);
});

test('a stored time in the future is replaced by the time at which it is first read', async (t) => {
  const browser = await startBrowser(t);
  let tab = await browser.open();
  await tab.signIn();
  tab.client.dispose();
  browser.setClock(-86_400);
  for (const seconds of [40, 40, 19]) {
    tab = await tab.reload();
    assert.equal((await tab.client.ready())?.patient, 'zoe');
    browser.wait(seconds);
  }
  browser.wait(1);
  tab = await tab.reload();
  assert.equal(await tab.client.ready(), null);
});

for (const [description, text] of [['was removed', null], ['is not a number', 'NaN'], ['is one number', '1'], ['is negative', '0 -1'], ['is not text of this library', '{"a":1}'], ['has too many digits', `0 ${'9'.repeat(400)}`]]) {
  test(`a stored time that ${description}: an open page keeps its own time, a reload uses the time of the token request`, async (t) => {
    const browser = await startBrowser(t);
    const tab = await browser.open();
    await tab.signIn();
    await browser.pass(50);
    tab.fire('keydown');
    const damage = () => {
      if (text === null) browser.sharedStorage.removeItem(KEY);
      else SharedStorage.prototype.setItem.call(browser.sharedStorage, KEY, text);
    };
    const lastActivity = browser.now();
    damage();
    tab.fire('storage', { key: text === null ? null : KEY });
    assert.equal(lastActivityIn(browser), lastActivity, 'the page stores its own time again');
    tab.discard();
    damage();
    browser.wait(40);
    const reloadedTab = await tab.reload();
    assert.equal((await reloadedTab.client.ready())?.patient, 'zoe');
    await browser.pass(9);
    assert.equal(reloadedTab.status(), 'authenticated');
    await browser.pass(1);
    assert.equal(reloadedTab.status(), 'unauthenticated');
  });
}

test('without localStorage each page counts only its own activity', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'memory' } });
  const tab = await browser.open();
  setGlobal(t, 'localStorage', {
    get() {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    },
  });
  await signIn(tab.client);
  await browser.pass(99);
  assert.equal(tab.status(), 'authenticated');
  await browser.pass(1);
  assert.equal(tab.status(), 'unauthenticated');
});

test('a sign-in in a page that has a session is not activity, because the sign-in may be silent', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'memory' } });
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(60);
  const request = await tab.client.authorize({ navigate: false });
  await tab.client.ready({ callback: callbackOf(request) });
  assert.equal(tab.status(), 'authenticated');
  await browser.pass(40);
  assert.equal(tab.status(), 'unauthenticated');
});

test('tokens of a refresh that was in progress at the end are revoked, and the session stays ended', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(95);
  const held = browser.ehr.hold('/token', () => ({ json: browser.ehr.tokenResponse() }));
  const refresh = tab.client.refresh();
  await held.arrived;
  await browser.pass(5);
  assert.equal(tab.status(), 'unauthenticated');
  held.release();
  await assert.rejects(refresh, { code: 'signed_out' });
  await until(() => revoked(browser.ehr).length === 4);
  assert.deepEqual(revoked(browser.ehr).sort(), ['canary-access-1', 'canary-access-2', 'canary-refresh-1', 'canary-refresh-2']);
  assert.equal(tab.client.getState().session, null);
  assert.deepEqual(secretsIn(tab.storage, browser.sharedStorage), []);
});

test('a refresh that another tab completes after the end does not restore the session', async (t) => {
  const browser = await startBrowser(t, { options: { storage: 'local' } });
  const firstTab = await browser.open();
  await firstTab.signIn();
  const otherTab = await browser.open();
  await otherTab.client.ready();
  await browser.pass(95);
  const held = browser.ehr.hold('/token', () => ({ json: browser.ehr.tokenResponse() }));
  firstTab.show();
  const refresh = firstTab.client.refresh();
  await held.arrived;
  await browser.pass(5);
  held.release();
  await assert.rejects(refresh, { code: 'signed_out' });
  for (let count = 0; count < 100; count += 1) await turn();
  assert.deepEqual([firstTab.status(), otherTab.status()], ['unauthenticated', 'unauthenticated']);
  assert.deepEqual(secretsIn(browser.sharedStorage), []);
});

test('logout() just before the end: one sign-out, with the reason `logout`', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(99);
  const held = browser.ehr.hold('/revoke', () => ({ status: 200 }));
  const logout = tab.client.logout();
  await held.arrived;
  await browser.pass(5);
  held.release();
  assert.equal((await logout).error, null);
  await browser.pass(100);
  assert.deepEqual(tab.events, ['signedIn', 'expiring idle', 'signedOut logout']);
  assert.deepEqual([tab.client.getState().error, tab.client.getState().expiring], [null, undefined]);
});

test('logout() in a listener of `expiring` or `signedOut`: the session ends once', async (t) => {
  for (const name of ['expiring', 'signedOut']) {
    const browser = await startBrowser(t);
    const tab = await browser.open();
    await tab.signIn();
    tab.client.on(name, () => void tab.client.logout());
    await browser.pass(110);
    await until(() => tab.client.getState().activity === 'idle' && revoked(browser.ehr).length === 2);
    assert.equal(tab.events.filter((event) => event.startsWith('signedOut')).length, 1);
    assert.equal(tab.status(), 'unauthenticated');
    t.mock.restoreAll();
  }
});

test('after the end, logout() still returns the logout URL; nothing is revoked again', async (t) => {
  const configuration = { end_session_endpoint: 'https://ehr.example/end' };
  const scope = { scope: SCOPE_OPENID };
  const browser = await startBrowser(t, { configuration, idToken: {}, tokens: scope, options: scope });
  const tab = await browser.open();
  await tab.signIn();
  await browser.pass(100);
  await until(() => revoked(browser.ehr).length === 2);
  const { logoutUrl, revoked: revokedAgain, error } = await tab.client.logout();
  assert.match(String(logoutUrl), /^https:\/\/ehr\.example\/end\?id_token_hint=ey/);
  assert.deepEqual([revokedAgain, error, revoked(browser.ehr).length], [null, null, 2]);
});

test('a failed revocation is emitted as an error, and the session has ended', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  browser.ehr.answer('/revoke', { status: 503 });
  await browser.pass(100);
  await until(() => tab.events.includes('error logout_remote_failed'));
  assert.deepEqual(tab.events, ['signedIn', 'expiring idle', ...ENDED, 'error logout_remote_failed']);
  assert.deepEqual(secretsIn(tab.storage, browser.sharedStorage), []);
});

test('dispose() removes the listeners and the timer', async (t) => {
  const browser = await startBrowser(t);
  const tab = await browser.open();
  await tab.signIn();
  assert.equal(tab.isListening(), true);
  tab.client.dispose();
  assert.equal(tab.isListening(), false);
  await browser.pass(200);
  assert.deepEqual(tab.events, ['signedIn']);
  const reloadedTab = await tab.reload();
  assert.equal(await reloadedTab.client.ready(), null, 'the stored session has ended');
});

/** Loads a copy of the package, as a page does. `chunk` is the path of its idle-timeout.js. */
async function loadCopy(t) {
  const entry = await copyOfPackage(t);
  return { page: await import(pathToFileURL(entry).href), chunk: join(dirname(entry), 'idle-timeout.js') };
}

test('without the option, idle-timeout.js is not loaded, and there are no listeners for input', async (t) => {
  const { page, chunk } = await loadCopy(t);
  await rm(chunk);
  const browser = await startBrowser(t, { options: { idleTimeoutSeconds: undefined } });
  const tab = await browser.open({ page });
  await tab.signIn();
  await browser.pass(200);
  assert.equal(await tab.accessToken(), 'canary-access-1');
  assert.equal(tab.isListening(), false);
  assert.equal(browser.sharedStorage.getItem(KEY), null);
});

test('if idle-timeout.js cannot be loaded, there is no session, and the callback can be used later', async (t) => {
  const { page, chunk } = await loadCopy(t);
  await rm(chunk);
  const browser = await startBrowser(t);
  const tab = await browser.open({ page });
  const callback = callbackOf(await tab.client.authorize({ navigate: false }));
  await assert.rejects(tab.client.ready({ callback }), { code: 'wasm_unavailable', retryable: true });
  assert.deepEqual([tab.status(), tab.client.getState().session], ['error', null]);
  assert.equal(await tab.accessToken(), 'signed_out');
  assert.equal(browser.ehr.requestsTo('/token').length, 0, 'the code is not used');
  // Node does not load a module again after a failure, so the new page uses another copy.
  const reloadedTab = await tab.reload({ page: (await loadCopy(t)).page });
  assert.equal((await reloadedTab.client.ready({ callback })).patient, 'zoe');
});

test('NaN is refused, because sessions would not end', async (t) => {
  const browser = await startBrowser(t, { options: { idleTimeoutSeconds: NaN } });
  const tab = await browser.open();
  await assert.rejects(tab.signIn(), { code: 'config_invalid', message: '`idleTimeoutSeconds` is not valid' });
});

test('clients in a worker or in Node refuse the option, because it needs a page', async (t) => {
  const ehr = await startEhr(t);
  const options = ehr.options({ idleTimeoutSeconds: LIMIT });
  await assert.rejects(signIn(library.createSmartClient(options)), { code: 'config_invalid', message: /`idleTimeoutSeconds` needs a page/ });
  const confidential = createConfidentialClient({ ...options, clientAuth: { secret: 'canary-secret' } });
  await assert.rejects(signIn(confidential), { code: 'config_invalid', message: /`idleTimeoutSeconds` needs a page/ });
  const isolated = createIsolatedSmartClient(options);
  t.after(() => isolated.dispose());
  await assert.rejects(isolated.ready(), { code: 'config_invalid', message: /`idleTimeoutSeconds` is not for a worker/ });
});

const SEEDS = 6;
const STEPS = 60;

test('random sequences: a session can be used exactly as long as the last activity in any tab is within the timeout', async (t) => {
  const tokens = { returned: 0, refused: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const browser = await startBrowser(t, { options: { storage: 'local' } });
    const random = seeded(seed);
    const steps = [];
    let tabs = [await browser.open(), await browser.open()];
    let lastActivity = 0;
    let hasEnded = true;
    const checkEnd = () => (hasEnded ||= browser.now() - lastActivity >= LIMIT * 1_000);
    for (let step = 0; step < STEPS; step += 1) {
      const index = random(tabs.length);
      const tab = tabs[index];
      const action = ['input', 'input', 'pass', 'pass', 'sleep', 'wait', 'reload', 'refresh', 'sign in'][random(9)];
      const seconds = 1 + random(70);
      const statusesBefore = tabs.map((eachTab) => eachTab.status());
      steps.push(`${index} ${action} ${seconds}`);
      try {
        if (action === 'input') {
          if (!checkEnd() && tab.status() === 'authenticated') lastActivity = browser.now();
          tab.fire('keydown');
        } else if (action === 'pass') {
          for (let second = 0; second < seconds; second += 1) {
            await browser.pass(1);
            checkEnd();
          }
        } else if (action === 'sleep') browser.sleep(seconds);
        else if (action === 'wait') browser.wait(seconds);
        else if (action === 'reload') tabs[index] = await tab.reload();
        else if (action === 'refresh') await tab.client.refresh().catch(({ code }) => assert.equal(code, 'signed_out'));
        else if (checkEnd()) {
          await tab.signIn();
          [lastActivity, hasEnded] = [browser.now(), false];
          for (const [number, status] of statusesBefore.entries()) {
            statusesBefore[number] = number === index ? 'authenticated' : status === 'loading' ? status : 'ended';
          }
        }
        checkEnd();
        for (const [number, eachTab] of tabs.entries()) {
          eachTab.show();
          if (eachTab.status() === 'loading') await eachTab.client.ready();
          const token = await eachTab.accessToken();
          if (hasEnded || statusesBefore[number] === 'ended') assert.equal(token, 'signed_out');
          else if (statusesBefore[number] === 'authenticated') assert.match(token, /^canary-access/);
          tokens[token === 'signed_out' ? 'refused' : 'returned'] += 1;
        }
      } catch (cause) {
        throw new Error(`seed ${seed}: ${steps.join(', ')}: ${cause}`, { cause });
      }
    }
    for (const { client } of tabs) client.dispose();
    t.mock.restoreAll();
  }
  assert.ok(tokens.returned > STEPS && tokens.refused > STEPS, JSON.stringify(tokens));
});
