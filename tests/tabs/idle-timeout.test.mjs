// The idle timeout: input of a user in one tab counts in the others, input of scripts does not, and all tabs sign out.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, openApp } from './app.mjs';
import { until } from './page-program.mjs';

/** The idle timeout, in seconds. */
const LIMIT = 100;

for (const browser of browsers) {
  describe(browser.name, { timeout: 60_000 }, () => {
    it('a click in one tab extends the sessions of both tabs; events of scripts do not, and both sessions end', async (t) => {
      const app = await openApp(t, browser, { accessTokenSeconds: 3_600 });
      Object.assign(app.page.config.options ?? {}, { idleTimeoutSeconds: LIMIT });
      const [firstTab, secondTab] = [await app.open(), await app.open()];
      for (const tab of [firstTab, secondTab]) await app.signIn(tab);
      const advanceClocks = async (seconds) => {
        for (const tab of [firstTab, secondTab]) await tab.run((seconds) => moveClock(seconds), seconds);
      };
      const tokenOrCode = (tab) => tab.run(async () => (await outcome(smart.getAccessToken())).code ?? 'token');

      await advanceClocks(60);
      await secondTab.front();
      await secondTab.click('body');
      await advanceClocks(60);
      assert.deepEqual([await tokenOrCode(firstTab), await tokenOrCode(secondTab)], ['token', 'token']);
      await firstTab.run(() => {
        for (const type of ['pointerdown', 'keydown', 'input']) document.body.dispatchEvent(new Event(type, { bubbles: true }));
      });
      await advanceClocks(LIMIT - 60);
      for (const tab of [firstTab, secondTab]) {
        assert.equal(await tokenOrCode(tab), 'signed_out');
        assert.deepEqual(await tab.run(() => signOutReasons), ['idle']);
        assert.equal(await tab.run(() => Object.keys(sessionStorage).some((key) => key.includes(':session:'))), false);
      }
    });

    it('a session that was idle for too long is not restored by a reload', async (t) => {
      const app = await openApp(t, browser, { accessTokenSeconds: 3_600 });
      Object.assign(app.page.config.options ?? {}, { idleTimeoutSeconds: LIMIT });
      for (const [ahead, restored] of [[LIMIT - 10, true], [LIMIT, false]]) {
        const tab = await app.open();
        await app.signIn(tab);
        await app.leave(tab);
        await tab.goto(`${app.url}?ahead=${ahead * 1_000}`);
        await app.waitUntilLoaded(tab);
        assert.deepEqual(await tab.run(() => globalThis.restored), { value: restored });
        if (!restored) await until(() => tab.run(() => smart.getState().error?.code === 'session_expired'), 'the reason is known');
      }
    });
  });
}
