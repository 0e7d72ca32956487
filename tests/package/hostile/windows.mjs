// Group I: popups, iframes, storage.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { required } from '../required.mjs';
import { openTab } from '../tab.mjs';
import { CALLBACK, ORIGIN, showWindows } from '../windows.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {Awaited<ReturnType<typeof signInInPopup>>} PopupSignIn
 */

/**
 * Opens the app in a page that can open windows.
 *
 * @param {Play} play
 * @param {object} [globals]
 */
async function openApp(play, globals) {
  const app = showWindows(play.tab);
  const page = await app.open(globals, { fresh: false });
  Object.assign(play, { page, address: page.address, client: page.createSmartClient(play.settings) });
  return app;
}

/**
 * A sign-in in a popup, which shows the server's page; another sign-in is pending at the same time.
 *
 * @param {Play} play
 * @param {object} [globals]
 */
async function signInInPopup(play, globals) {
  const app = await openApp(play, globals);
  play.otherRequest = await play.client.authorize({ navigate: false });
  const attempt = play.client.authorize({ target: 'popup' });
  attempt.catch(() => {});
  const popup = required(app.popups[0]);
  const request = await popup.authorizationRequest;
  play.request = request;
  play.test.after(() => popup.close());
  return { ...app, attempt, popup, callback: String(play.honest(request)) };
}

/** @param {string} title @param {(app: PopupSignIn) => void} post @returns {Variant} */
const ignoredMessage = (title, post) => ({
  title,
  code: 'ok',
  async run(play) {
    const app = await signInInPopup(play);
    post(app);
    await wait(10);
    assert.equal(play.exchanges().length, 0);
    assert.deepEqual(app.popup.received, []);
  },
});

/**
 * @param {string} title
 * @param {(popup: PopupSignIn['popup']) => unknown} close
 * @param {object} [globals]
 * @returns {Variant}
 */
const closedPopup = (title, close, globals) => ({
  title,
  code: 'popup_closed',
  async run(play) {
    const { attempt, popup } = await signInInPopup(play, globals);
    const started = Date.now();
    close(popup);
    await attempt.finally(() => assert.ok(Date.now() - started < 1_000));
  },
});

/** @type {import('./play.mjs').Rows} */
export const WINDOWS = {
  H126: [
    ignoredMessage('another origin', ({ popup, callback, handOver }) =>
      handOver(popup, callback, { origin: 'https://evil.example' }),
    ),
    ignoredMessage('another window of this origin', ({ callback, handOver }) => handOver({}, callback)),
    ignoredMessage('the right shape with another state', ({ popup, callback, handOver }) =>
      handOver(popup, callback.replace(/state=./, 'state=~')),
    ),
    ignoredMessage('an object whose members must not be read', ({ popup, callback, tab }) => {
      const get = () => assert.fail('a member was read');
      tab.post({ source: popup, origin: ORIGIN, data: new Proxy({ url: callback }, { get, has: get, ownKeys: get }) });
    }),
    ignoredMessage('ten thousand messages', ({ popup, tab }) => {
      for (let count = 0; count < 10_000; count++) tab.post({ source: popup, origin: ORIGIN, data: CALLBACK + count });
    }),
  ],
  H127: [
    {
      title: 'blocked',
      code: 'popup_blocked',
      left: 'NONE',
      async run(play) {
        await openApp(play, { open: () => null });
        return play.client.authorize({ target: 'popup' });
      },
    },
    closedPopup('closed by the user', (popup) => popup.close()),
    closedPopup('cut off from its opener, so that `closed` is true', (popup) =>
      Object.defineProperty(popup, 'closed', { get: () => true }),
    ),
    closedPopup('navigated elsewhere and closed there', (popup) => {
      Object.defineProperty(popup, 'document', { get: () => assert.fail('another origin') });
      popup.close();
    }),
  ],
  H129: [
    {
      title: 'the popup of an app in an iframe, with storage of its own',
      async run(play) {
        const { attempt, popup, callback } = await signInInPopup(play, { parent: {}, close() {} });
        const mainWindow = {
          postMessage(/** @type {unknown} */ data, /** @type {string} */ targetOrigin) {
            assert.equal(targetOrigin, ORIGIN);
            play.tab.show();
            play.tab.post({ source: popup, origin: ORIGIN, data });
          },
        };
        const popupTab = openTab(play.test);
        popup.postMessage = (/** @type {unknown} */ data) => popupTab.post({ source: mainWindow, origin: ORIGIN, data });
        const page = await popupTab.open(callback, { globals: { opener: mainWindow, close() {} } });
        const ready = page.createSmartClient(play.settings).ready();
        const session = await attempt;
        assert.equal(session?.patient, 'zoe');
        assert.deepEqual(Object.keys(popupTab.storage), []);
        assert.equal(await Promise.race([ready, wait(50, 'open')]), 'open');
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    },
  ],
  H130: [
    {
      title: 'storage: memory, with a popup',
      options: { storage: 'memory' },
      async run(play) {
        const { tab, attempt, popup, callback, handOver } = await openSandboxed(play);
        handOver(popup, callback);
        const session = await attempt;
        assert.equal(session?.persisted, false);
        assert.deepEqual(session?.warnings, []);
        assert.deepEqual(Object.keys(tab.storage), []);
      },
    },
    {
      title: 'records that cannot be stored are in memory, with a warning',
      async run(play) {
        const { attempt, popup, callback, handOver } = await openSandboxed(play);
        handOver(popup, callback);
        const session = await attempt;
        assert.equal(session?.persisted, false);
        assert.deepEqual(session?.warnings.map(({ code }) => code), ['storage_unavailable']);
      },
    },
  ],
};

/**
 * A sign-in in a popup of an app that is in an iframe with `sandbox` and without `allow-same-origin`.
 *
 * @param {Play} play
 */
async function openSandboxed(play) {
  const app = await openApp(play, { origin: 'null' });
  play.tab.block();
  const attempt = play.client.authorize({ target: 'popup' });
  const popup = required(app.popups[0]);
  return { ...app, attempt, popup, callback: String(play.honest(await popup.authorizationRequest)) };
}
