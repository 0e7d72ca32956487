// A callback that is opened in two tabs, each with the pending sign-in: the code is exchanged once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, logFigures, openApp } from './app.mjs';
import { until } from './page-program.mjs';

for (const browser of browsers) {
  describe(browser.name, { timeout: 120_000 }, () => {
    for (const [order, isAtOnce] of [
      ['at once', true],
      ['one after the other', false],
    ]) {
      it(`a callback opened in a tab and in its duplicate, ${order}: the code is exchanged once`, async (t) => {
        const app = await openApp(t, browser);
        const tab = await app.open();
        const request = await tab.run(() => smart.authorize({ navigate: false }));
        const copy = await app.duplicate(tab);
        const callback = await app.callbackOf(request);

        const openCallback = async (tab) => {
          await tab.goto(callback);
          await until(() => tab.run(() => globalThis.loaded), 'the callback is processed');
          return tab.run(async () => {
            const { status } = smart.getState();
            const usable = status === 'authenticated' && (await isUsable(await smart.getAccessToken()));
            return { status, usable, code: restored.code };
          });
        };
        const first = openCallback(tab);
        if (!isAtOnce) await first;
        const outcomes = await Promise.all([first, openCallback(copy)]);
        // The first tab may have lost its session because of the second tab's callback.
        const usable = await Promise.all(
          [tab, copy].map((tab) => tab.run(() => outcome(smart.getAccessToken().then(isUsable)))),
        );
        const { exchanges } = app.proxy.count();
        logFigures(browser, `callback in two tabs, ${order}`, {
          exchanges,
          tabs: outcomes.map(({ status, code }) => code ?? status).join(' and '),
          usable: usable.filter(({ value }) => value).length,
        });
        assert.equal(exchanges, 1, 'the code is exchanged once');
        for (const { status, code } of outcomes) {
          assert.ok(status === 'authenticated' || code === 'callback_replayed', code ?? status);
        }
        assert.ok(usable.some(({ value }) => value), 'a tab has a usable session');
      });
    }
  });
}
