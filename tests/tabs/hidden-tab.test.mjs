// A hidden tab: its timers are throttled, and its calls work.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, logFigures, openApp } from './app.mjs';

const LIFETIME = 2;
const HIDDEN_MILLISECONDS = 6_000;
const READS = 10;

for (const browser of browsers) {
  describe(browser.name, { timeout: 60_000 }, () => {
    it('a token that expired while the tab was hidden is refreshed once, when it is needed', async (t) => {
      const app = await openApp(t, browser, { accessTokenSeconds: LIFETIME });
      const tab = await app.open(app.tasksUrl);
      await app.signIn(tab);
      // A second tab, which is not signed in, is in front and starts the task in both tabs, so that the first tab stays hidden.
      const frontTab = await app.open(app.tasksUrl);
      await frontTab.front();
      await wait(HIDDEN_MILLISECONDS);
      const since = { tokenRequests: app.proxy.tokenRequests.length, requests: app.sandbox.requests.length };
      const reports = await frontTab.run((count) => runInAllTabs('readWhileHidden', count, 2), READS);
      const hiddenReports = reports.filter(Boolean);
      const reads = app.sandbox.requests
        .slice(since.requests)
        .filter(({ purpose, method }) => purpose === 'fhir' && method === 'GET');
      logFigures(browser, `hidden for ${HIDDEN_MILLISECONDS / 1000} s`, {
        'hidden tabs': hiddenReports.length,
        ...app.proxy.count(since.tokenRequests),
        reads: reads.length,
        codes: hiddenReports.flatMap(({ codes }) => codes).join(' ') || 'none',
      });
      assert.equal(hiddenReports.length, 1);
      assert.deepEqual(hiddenReports.flatMap(({ codes }) => codes), []);
      assert.equal(reads.length, READS);
      assert.ok(reads.every(({ status }) => status === 200), 'no expired token was sent');
      assert.deepEqual(app.proxy.count(since.tokenRequests), { refreshes: 1, refused: 0, exchanges: 0 });
    });
  });
}
