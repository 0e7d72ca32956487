// Pages of an app whose sessions are on the server: `fetch` in a page calls the routes, with the cookies of the page's browser.

import { createServerSessionClient } from 'smart-launch/server-session';
import { createBrowser, ORIGIN, startApp } from './server-app.mjs';
import { openTab } from './tab.mjs';

/**
 * @param {import('node:test').TestContext} test
 * @param {object} [changes] of the server's options
 * @param {Parameters<typeof startApp>[2]} [ehrOptions]
 */
export async function startPages(test, changes = {}, ehrOptions = {}) {
  // Without a client secret: the server is in the same process as the page, and the engine refuses secrets in pages.
  const app = await startApp(test, { proxy: {}, clientAuth: undefined, ...changes }, ehrOptions);
  const browser = createBrowser(app.smart);
  const originalFetch = globalThis.fetch;
  test.after(() => (globalThis.fetch = originalFetch));
  /** @type {{ path: string, method: string, headers: Headers, init: RequestInit }[]} requests of pages to the routes */
  const sent = [];
  /** @type {((path: string, respond: () => Promise<Response>) => Response | Promise<Response>) | undefined} */
  let interceptor;

  globalThis.fetch = async (input, init = {}) => {
    const url = String(input);
    if (!url.startsWith(`${ORIGIN}/`)) return originalFetch(input, init);
    const headers = new Headers(init.headers);
    const path = url.slice(ORIGIN.length);
    sent.push({ path, method: String(init.method ?? 'GET'), headers, init });
    const respond = () => browser.visit(url, { ...init, headers: Object.fromEntries(headers) });
    return interceptor ? interceptor(path, respond) : respond();
  };

  /**
   * A page in a tab, and its client.
   *
   * @param {ReturnType<typeof openTab>} tab
   * @param {string} url
   * @param {{ state?: unknown, globals?: object }} [options]
   */
  async function open(tab, url, { state = null, globals = {} } = {}) {
    const page = await tab.open(url, { fresh: false, globals });
    page.setState(state);
    const smart = createServerSessionClient({ baseUrl: '/auth' });
    test.after(() => smart.dispose());
    return { tab, page, smart, stateOfHistory: () => page.globals.history.state };
  }

  return {
    ...app,
    browser,
    sent,
    /**
     * Sets a proxy between pages and the routes.
     *
     * @param {typeof interceptor} proxy
     */
    intercept: (proxy) => (interceptor = proxy),
    tab: () => openTab(test),
    open,
    /** Signs in, and opens the page that the sign-in leads to. */
    async enter(tab = openTab(test), path = 'login?returnTo=/chart%3Ftab%3D1%23top', globals = {}) {
      const { id, location } = await browser.signIn(path);
      const openedPage = await open(tab, location.href, { globals });
      return { ...openedPage, id, session: await openedPage.smart.ready() };
    },
  };
}
