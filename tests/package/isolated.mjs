// An app whose session is in a worker.

import { SCOPE_WHO, startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';
import { watchWorkers } from './worker-double.mjs';

const APP = 'https://app.example/back';

/**
 * @param {import('node:test').TestContext} test
 * @param {{ configuration?: object, options?: object, tokens?: object, environment?: () => object }} [more]
 */
export async function openIsolated(test, { configuration, options, tokens, environment } = {}) {
  const ehr = await startEhr(test, { configuration, idToken: {}, tokens: { scope: SCOPE_WHO, ...tokens } });
  const tab = openTab(test);
  const workers = watchWorkers(test);
  const app = {
    ehr,
    tab,
    workers,
    /** Opens the app; what was in the worker of an earlier page is gone. */
    async open(url = APP) {
      workers.end();
      app.page = await tab.open(url, { also: ['isolated'] });
      const settings = ehr.options({ scope: SCOPE_WHO, storage: undefined, ...options });
      app.client = app.page.createIsolatedSmartClient(settings, environment?.());
      return app.client;
    },
    /** Signs in by leaving the page and coming back to it. */
    async signIn() {
      app.client.authorize().catch(() => {});
      const callback = callbackOf({ method: 'GET', url: await app.page.left });
      await app.open(callback);
      return app.client.ready();
    },
  };
  await app.open();
  return app;
}
