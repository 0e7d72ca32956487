// Popups and iframes without a browser, as seen by the page that opens them.

import { startEhr } from './ehr.mjs';
import { pageAt } from './page.mjs';
import { openTab } from './tab.mjs';

export const APP = 'https://app.example/';
export const ORIGIN = 'https://app.example';
export const CALLBACK = 'smart-launch callback ';
export const RECEIVED = 'smart-launch received';

/**
 * A window, and a record of the calls on it.
 *
 * @typedef {import('./sign-in.mjs').Sent} Sent
 */
export function anotherWindow() {
  const newPage = pageAt('about:blank');
  /** @type {(request: Sent) => void} */
  let navigate = () => {};
  /** @type {Promise<Sent>} */
  const getRequest = new Promise((resolve) => (navigate = resolve));
  const postRequest = newPage.left.then(() => {
    const [{ action, fields } = { action: '', fields: [] }] = newPage.submitted;
    const postedFields = fields.map(([, name, value]) => /** @type {const} */ ([name, value]));
    return /** @type {const} */ ({ method: 'POST', action, fields: postedFields });
  });
  let closed = false;
  return {
    /** How often `closed` was read. */
    closedReads: 0,
    focused: 0,
    /** @type {unknown[][]} */
    received: [],
    /** The authorization request with which the window navigates. */
    authorizationRequest: Promise.race([getRequest, postRequest]),
    document: newPage.globals.document,
    location: { replace: (/** @type {string} */ url) => navigate({ method: 'GET', url }) },
    get closed() {
      this.closedReads += 1;
      return closed;
    },
    close: () => void (closed = true),
    focus() {
      this.focused += 1;
    },
    /** @param {...unknown} message */
    postMessage(...message) {
      this.received.push(message);
    },
  };
}

/**
 * An app whose page can have other windows.
 *
 * @param {import('node:test').TestContext} test
 * @param {{ options?: object, more?: object, globals?: object }} [settings] `options` of the client, `more` options of the
 *   server, `globals` of the page
 */
export async function openApp(test, { options = {}, more = {}, globals = {} } = {}) {
  const ehr = await startEhr(test, more);
  const app = showWindows(openTab(test));
  const page = await app.open(globals);
  const settings = ehr.options({ storage: 'session', ...options });
  return { ...app, ehr, page, settings, client: page.createSmartClient(settings) };
}

/**
 * Enables the pages of a tab to open windows.
 *
 * @param {import('./tab.mjs').Tab} tab
 *
 * @typedef {ReturnType<typeof anotherWindow>} AnotherWindow
 */
export function showWindows(tab) {
  /** @type {(AnotherWindow & { called: unknown[] })[]} */
  const popups = [];
  /** @type {{ contentWindow: AnotherWindow }[]} */
  const frames = [];
  /** @param {...unknown} called */
  const open = (...called) => {
    popups.push(Object.assign(anotherWindow(), { called }));
    return popups.at(-1);
  };
  return {
    tab,
    /** The windows that were opened, in order. */
    popups,
    frames,
    /** @param {object} [globals] @param {import('./tab.mjs').Opening} [opening] */
    async open(globals, opening) {
      const page = await tab.open(APP, { ...opening, globals: { open, ...globals } });
      const { createElement } = document;
      document.createElement = (/** @type {string} */ name) => {
        const element = createElement(name);
        if (name === 'iframe') frames.push(Object.assign(element, { contentWindow: anotherWindow() }));
        return element;
      };
      return page;
    },
    /**
     * Dispatches the message of a window that passes on a callback.
     *
     * @param {unknown} source
     * @param {string} url
     * @param {object} [changes] of the message
     */
    handOver: (source, url, changes = {}) => tab.post({ source, origin: ORIGIN, data: CALLBACK + url, ...changes }),
  };
}
