// A hidden tab: its timers are throttled, and its calls work.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, logFigures, openApp } from './app.mjs';

const LIFETIME = 2;
const HIDDEN = 6_000;
const READS = 10;

for (const browser of browsers) {
  describe(browser.name, { timeout: 60_000 }, () => {
    it('a token that expired while the tab was hidden is refreshed once, when it is needed', async (t) => {
      const app = await openApp(t, browser, { accessTokenSeconds: LIFETIME });
      const tab = await app.open(app.tasksUrl);
      await app.signIn(tab);
      // Another tab of the app, which is not signed in, requests the task, so that the hidden tab stays hidden.
      const front = await app.open(app.tasksUrl);
      await front.front();
      await wait(HIDDEN);
      const since = { passed: app.proxy.passed.length, requests: app.sandbox.requests.length };
      const reports = await front.run((count) => ask('readWhileHidden', count, 2), READS);
      const hidden = reports.filter(Boolean);
      const reads = app.sandbox.requests
        .slice(since.requests)
        .filter(({ purpose, method }) => purpose === 'fhir' && method === 'GET');
      logFigures(browser, `hidden for ${HIDDEN / 1000} s`, {
        'hidden tabs': hidden.length,
        ...app.proxy.count(since.passed),
        reads: reads.length,
        codes: hidden.flatMap(({ codes }) => codes).join(' ') || 'none',
      });
      assert.equal(hidden.length, 1);
      assert.deepEqual(hidden.flatMap(({ codes }) => codes), []);
      assert.equal(reads.length, READS);
      assert.ok(reads.every(({ status }) => status === 200), 'no expired token was sent');
      assert.deepEqual(app.proxy.count(since.passed), { refreshes: 1, refused: 0, exchanges: 0 });
    });
  });
}
