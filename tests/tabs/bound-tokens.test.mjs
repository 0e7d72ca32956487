// Many tabs whose tokens are bound to one key (DPoP): each tab can use the key, only one tab refreshes, and a sign-out in any tab
// deletes the key for all.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, LIFETIME, logFigures, openApp } from './app.mjs';
import { until } from './page-program.mjs';

const TABS = 20;

for (const browser of browsers) {
  describe(browser.name, { timeout: 120_000 }, () => {
    it(`${TABS} tabs with one key make one refresh, each tab can send requests, and signing out deletes the key`, async (t) => {
      const app = await openApp(t, browser, { dpop: true });
      const firstTab = await app.open(app.tasksUrl);
      await app.signIn(firstTab);
      const tabs = [firstTab];
      // Each tab is a duplicate of the previous tab, as a duplicated tab may be duplicated again.
      while (tabs.length < TABS) tabs.push(await app.duplicate(tabs.at(-1)));
      const runInTabs = (task, input = null) => firstTab.run((...args) => globalThis.runInAllTabs(...args), task, input, TABS);
      assert.equal((await runInTabs('ping')).length, TABS, 'all tabs are open');
      assert.equal(await firstTab.run(countKeys), 1);

      // The sandbox runs in this process: its clock moves by the same time as the tabs', so tokens expire and proofs are accepted.
      const { now } = Date;
      t.mock.method(Date, 'now', () => now() + LIFETIME * 1_000);
      assert.equal((await runInTabs('expire', LIFETIME)).length, TABS);
      const since = app.sandbox.requests.length;
      const reads = await runInTabs('read');
      const requests = app.sandbox.requests.slice(since);
      const requestsWith = (purpose, ...statuses) =>
        requests.filter((request) => request.purpose === purpose && request.method !== 'OPTIONS' && statuses.includes(request.status));
      logFigures(browser, `${TABS} tabs with one key`, {
        refreshes: requestsWith('token', 200).length,
        'refreshes repeated for a nonce': requestsWith('token', 400).length,
        'requests refused': requestsWith('fhir', 401).length,
      });
      assert.deepEqual([...new Set(reads)], ['read']);
      assert.equal(requestsWith('token', 200).length, 1);
      assert.ok(requestsWith('token', 400).length <= 1);
      assert.equal(requestsWith('fhir', 200).length, TABS);

      await tabs[TABS / 2].run(() => smart.logout().then(() => {}));
      const areSignedOut = async () => (await runInTabs('state')).every(({ status }) => status === 'unauthenticated');
      await until(areSignedOut, 'all tabs are signed out');
      assert.deepEqual([...new Set(await runInTabs('read'))], ['signed_out']);
      await until(async () => (await firstTab.run(countKeys)) === 0, 'the key is deleted');
    });
  });
}

/** Runs in the page: counts the keys of this origin. */
const countKeys = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open('smart-launch');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const counting = opening.result.transaction('proof-keys').objectStore('proof-keys').count();
      counting.onsuccess = () => {
        opening.result.close();
        resolve(counting.result);
      };
    };
  });
