// An app with server-side sessions, and its users' browsers, which store cookies and send `Origin` and `Sec-Fetch-Site`.

import assert from 'node:assert/strict';
import { createSmartServer, memoryStore } from 'smart-launch/server';
import { CLIENT_SECRET } from './authenticating.mjs';
import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';

export const ORIGIN = 'https://app.example';
export const BASE_URL = `${ORIGIN}/auth`;
export const COOKIE_SECRET = 'canary-cookie-secret-0123456789-abcdef';

/**
 * @param {import('node:test').TestContext} test
 * @param {object} [changes] of the app's options
 * @param {Parameters<typeof startEhr>[1]} [ehrOptions]
 */
export async function startApp(test, changes = {}, ehrOptions = {}) {
  const ehr = await startEhr(test, ehrOptions);
  const options = optionsFor(ehr, changes);
  return { ehr, options, smart: createSmartServer(options) };
}

/**
 * @param {import('./ehr.mjs').Ehr} ehr
 * @param {object} [changes]
 * @returns {import('smart-launch/server').SmartServerSetup}
 */
export function optionsFor(ehr, changes = {}) {
  const { redirectUri: _, storage: __, responseMode: ___, ...options } = ehr.options({ clientAuth: { secret: CLIENT_SECRET } });
  return {
    ...options,
    baseUrl: BASE_URL,
    cookieSecret: COOKIE_SECRET,
    sessions: { store: memoryStore() },
    ...changes,
  };
}

/**
 * A store that calls a function before each write.
 *
 * @param {import('smart-launch/server').SessionStore} store
 * @param {(key: string, method: 'set' | 'replace' | 'delete') => unknown} before
 * @returns {import('smart-launch/server').SessionStore}
 */
export const callingBeforeWrites = (store, before) => ({
  ...store,
  async set(key, value, seconds) {
    await before(key, 'set');
    await store.set(key, value, seconds);
  },
  async replace(key, present, value, seconds) {
    await before(key, 'replace');
    return Boolean(await store.replace?.(key, present, value, seconds));
  },
  async delete(key) {
    await before(key, 'delete');
    await store.delete(key);
  },
});

/**
 * A user's browser, which sends its requests to the app.
 *
 * @typedef {ReturnType<typeof createBrowser>} Browser
 *
 * @param {import('smart-launch/server').SmartServer} smart
 */
export function createBrowser(smart) {
  /** @type {Map<string, string>} */
  const jar = new Map();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const { origin } = new URL(smart.baseUrl);

  /**
   * @param {string} url
   * @param {RequestInit & { headers?: Record<string, string> }} [init]
   */
  function requestOf(url, { headers = {}, ...init } = {}) {
    const siteHeaders = { 'sec-fetch-site': 'same-origin', ...(init.method === 'POST' ? { origin } : {}) };
    return new Request(new URL(url, `${smart.baseUrl}/`), { ...init, headers: { ...siteHeaders, cookie: cookie(), ...headers } });
  }

  const browser = {
    jar,
    cookie,
    requestOf,
    /** The `Set-Cookie` headers of the last response. @type {string[]} */
    set: [],
    /** The response mode of the last authorization request. @type {string | null} */
    mode: null,
    /**
     * @param {string} url
     * @param {Parameters<typeof requestOf>[1]} [init]
     */
    async visit(url, init) {
      return browser.take(await smart.handle(requestOf(url, init)));
    },
    /** @param {Response} response */
    take(response) {
      browser.set = response.headers.getSetCookie();
      for (const line of browser.set) {
        const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
        if (/Max-Age=0(?:;|$)/.test(attributes)) jar.delete(name);
        else jar.set(name, value);
      }
      return response;
    },
    /**
     * Requests this callback URL, or posts its parameters if the last authorization request had the response mode `form_post`.
     *
     * @param {URL} callback
     */
    arrive(callback) {
      const headers = { 'sec-fetch-site': 'cross-site' };
      if (browser.mode !== 'form_post') return browser.visit(callback.href, { headers });
      const postHeaders = { ...headers, origin: 'https://ehr.example', 'content-type': 'application/x-www-form-urlencoded' };
      const body = callback.searchParams.toString();
      return browser.visit(callback.origin + callback.pathname, { method: 'POST', headers: postHeaders, body });
    },
    /** Requests the login or the launch, and returns the callback URL to which the SMART server would redirect. */
    async begin(path = 'login') {
      const response = await browser.visit(path, { headers: { 'sec-fetch-site': 'none' } });
      assert.equal(response.status, 303, await response.clone().text());
      const url = String(response.headers.get('location'));
      browser.mode = new URL(url).searchParams.get('response_mode');
      return callbackOf({ method: 'GET', url });
    },
    /** Signs in, and returns the id of the session and the URL in the app. */
    async signIn(path = 'login') {
      const response = await browser.arrive(new URL(await browser.begin(path)));
      assert.equal(response.status, 303, await response.clone().text());
      const location = new URL(String(response.headers.get('location')));
      return { id: String(location.searchParams.get('smart_session')), location };
    },
    /**
     * A request that a page of the app sends with the id of a session.
     *
     * @param {string} id
     * @param {string} [url]
     */
    of: (id, url = `${origin}/page`) => requestOf(url, { headers: { 'smart-session': id } }),
    /** @param {string} id */
    session: (id) => smart.session(browser.of(id)),
  };
  return browser;
}
