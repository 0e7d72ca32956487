// An app whose session is in a worker.

import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';
import { watchWorkers } from './mock-worker.mjs';

const APP = 'https://app.example/back';

/**
 * @param {import('node:test').TestContext} test
 * @param {object} [settings]
 * @param {object} [settings.configuration]
 * @param {object} [settings.options]
 * @param {object} [settings.tokens]
 * @param {() => object} [settings.environment]
 * @param {typeof startEhr} [settings.start]
 */
export async function openIsolated(test, { configuration, options, tokens, environment, start = startEhr } = {}) {
  const ehr = await start(test, { configuration, idToken: {}, tokens: { scope: SCOPE_OPENID, ...tokens } });
  const tab = openTab(test);
  const workers = watchWorkers(test);
  /** @param {string} [url] */
  const openPage = async (url = APP) => {
    workers.end();
    const page = await tab.open(url, { also: ['isolated'] });
    const settings = ehr.options({ scope: SCOPE_OPENID, storage: undefined, ...options });
    const isolatedOptions = /** @type {import('smart-launch/isolated').IsolatedSmartClientOptions} */ (settings);
    return { page, client: page.createIsolatedSmartClient(isolatedOptions, environment?.()) };
  };
  const app = {
    ...(await openPage()),
    ehr,
    tab,
    workers,
    /** Ends the worker of the previous page, and opens the app. */
    async open(url = APP) {
      const { client } = Object.assign(app, await openPage(url));
      return client;
    },
    /** Starts a sign-in, and returns the URL to which the page navigates. */
    leave: () => Promise.race([app.client.authorize(), app.page.left]),
    /** Starts a sign-in, and opens the page with its callback. */
    async openCallback() {
      const url = await app.leave();
      return app.open(callbackOf({ method: 'GET', url }));
    },
    async signIn() {
      await app.openCallback();
      return app.client.ready();
    },
  };
  return app;
}
