// The back button and the back/forward cache: a page from the cache has the current session, or is signed out.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { browsers, logFigures, openApp } from './app.mjs';
import { until } from './page-program.mjs';

/** Milliseconds after a sign-in until the client holds no lock any more. */
const LOCK_TIME = 2_500;

for (const browser of browsers) {
  describe(browser.name, { timeout: 120_000 }, () => {
    it('a page from the back/forward cache still has its session, and can refresh the token', async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.open();
      await app.signIn(tab);
      // Firefox does not cache a page that holds a lock.
      await wait(LOCK_TIME);
      await app.leave(tab);
      const since = app.proxy.tokenRequests.length;
      assert.ok(await goBack(tab), 'the page was in the back/forward cache');
      await app.expire(tab);
      assert.ok(await tab.run(async () => isUsable(await smart.getAccessToken())));
      assert.deepEqual(app.proxy.count(since), { refreshes: 1, refused: 0, exchanges: 0 });
      logFigures(browser, 'back to a page with a session', { kept: true, refreshes: 1 });
    });

    it('a page from the back/forward cache uses the token that another tab has refreshed', async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.open();
      await app.signIn(tab);
      const otherTab = await app.duplicate(tab);
      await app.leave(tab);
      await app.expire(otherTab);
      await otherTab.run(() => smart.getAccessToken().then(() => {}));
      const since = app.proxy.tokenRequests.length;
      const fromCache = await goBack(tab);
      await app.expire(tab);
      const { value: token, code } = await tab.run(() => outcome(smart.getAccessToken()));
      const usable = Boolean(token) && (await tab.run((token) => isUsable(token), token));
      const { refreshes, refused } = app.proxy.count(since);
      logFigures(browser, 'back after a refresh elsewhere', { fromCache, refreshes, refused, usable, code: code ?? 'none' });
      assert.equal(refused, 0, 'no used refresh token is sent');
      assert.ok(usable);
    });

    it('a page from the back/forward cache is signed out if another tab has signed out', async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.open();
      await app.signIn(tab);
      const otherTab = await app.duplicate(tab);
      await app.leave(tab);
      await otherTab.run(() => smart.logout().then(() => {}));
      const since = app.proxy.tokenRequests.length;
      const start = Date.now();
      const fromCache = await goBack(tab);
      const isSignedOut = await until(
        () => tab.run(() => smart.getState().status === 'unauthenticated'),
        'the page is signed out',
        2_000,
      ).catch(() => false);
      const milliseconds = Date.now() - start;
      const { value, code } = await tab.run(() => outcome(smart.getAccessToken().then(() => true)));
      const figures = { fromCache, 'signed out': isSignedOut, after: `${milliseconds} ms` };
      logFigures(browser, 'back after a sign-out elsewhere', figures);
      assert.ok(isSignedOut);
      assert.deepEqual({ value, code }, { value: undefined, code: 'signed_out' });
      assert.equal(app.proxy.tokenRequests.length, since);
    });

    it('going back from the authorization page abandons the sign-in, and the next sign-in works', async (t) => {
      const app = await openApp(t, browser);
      const tab = await app.open();
      const leave = async () => {
        await tab.click('#sign-in');
        // Asks the browser for the URL: Firefox does not cache a page in which WebDriver runs a script during navigation.
        await until(async () => (await tab.url()).includes('/interaction/'), "the server's page is open");
      };
      await leave();
      const fromCache = await goBack(tab);
      // A page that was loaded again has no attempt; in a page from the cache the attempt has been rejected.
      const attempt = fromCache && (await tab.run(() => globalThis.attempt));
      const activity = await tab.run(() => smart.getState().activity);
      logFigures(browser, 'back from the authorization page', { fromCache, attempt: attempt ? attempt.code : 'none', activity });
      assert.ok(fromCache, 'the page was in the back/forward cache');
      assert.deepEqual({ attempt, activity }, { attempt: { code: 'sign_in_abandoned' }, activity: 'idle' });
      await leave();
      for (const id of ['user-amara-okafor', 'patient-maria-alvarez', 'allow']) {
        const selector = `[data-testid="${id}"]`;
        // Waits for the style sheet too, because elements move until it is loaded.
        const isReady = (selector) => document.readyState === 'complete' && document.querySelector(selector) !== null;
        await until(() => tab.run(isReady, selector), `${id} is on the page`);
        await tab.click(selector);
      }
      await until(() => tab.run(() => globalThis.loaded && smart.getState().status === 'authenticated'), 'signed in');
    });
  });
}

/** Goes back, and returns whether the page came from the back/forward cache. */
async function goBack(tab) {
  await tab.back();
  await until(() => tab.run(() => globalThis.loaded), 'the page is back');
  return tab.run(() => persistedFlags.at(-1));
}
