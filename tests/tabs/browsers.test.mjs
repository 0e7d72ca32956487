// The browsers in these tests have users' default settings: no feature that matters between tabs is switched off.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browsers, logFigures, openApp } from './app.mjs';
import { until } from './page-program.mjs';

for (const browser of browsers) {
  describe(browser.name, () => {
    it('blocks popups, has a back/forward cache, partitions storage, and gives a duplicated tab its own storage', async (t) => {
      const { browser: running, page, url, open, duplicate, leave } = await openApp(t, browser);

      const tab = await open();
      await tab.run(() => sessionStorage.setItem('mark', 'first'));
      await tab.run(() => localStorage.setItem('mark', 'first'));
      const before = await running.count();
      const isBlocked = await tab.run(() => window.open('/blank.html') === null);
      assert.ok(isBlocked, 'without a click no window opens');
      assert.equal(await running.count(), before);

      const copy = await duplicate(tab);
      const observe = () => ({ mark: sessionStorage.getItem('mark'), opener: window.opener, hidden: document.hidden });
      const expected = { mark: 'first', opener: null, hidden: false };
      assert.deepEqual(await copy.run(observe), expected, 'the duplicate has a copy of the storage, and no opener');
      await copy.run(() => sessionStorage.setItem('mark', 'second'));
      await copy.front();
      if (browser.name === 'Chromium') assert.ok((await tab.run(observe)).hidden, 'the other tab is hidden');
      assert.equal((await tab.run(observe)).mark, 'first', 'the original keeps its own storage');
      await copy.close();

      const cachedTab = await open();
      await leave(cachedTab);
      await cachedTab.back();
      await until(() => cachedTab.run(() => globalThis.persistedFlags), 'the page is shown again');
      assert.deepEqual(await cachedTab.run(() => persistedFlags), [false, true], 'back shows the page from the back/forward cache');

      const foreignTab = await open(page.foreignUrl);
      const mark = await foreignTab.run(async (url) => {
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.append(frame);
        return new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data)));
      }, `${url}frame.html`);
      assert.deepEqual(mark, { mark: null }, 'an iframe of another site does not have the storage of the first party');
      logFigures(browser, 'as users have it', { popups: 'blocked', bfcache: 'on', partitions: 'on', sites: 'two' });
    });
  });
}
