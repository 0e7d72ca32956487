// A page with the `history` and `location` of happy-dom, which routers change.

import { document } from './dom.mjs';

const NAMES = ['location', 'history', 'sessionStorage', 'origin', 'addEventListener', 'removeEventListener'];

/**
 * Opens the page at this URL. `left` is a promise that resolves to the URL to which the page navigates.
 *
 * @param {import('node:test').TestContext} test
 * @param {string} url
 */
export function openHistory(test, url) {
  // A new page has none of the clients of the previous page.
  delete document[Symbol.for('smart-launch:clients')];
  window.happyDOM.setURL(url);
  const { history, sessionStorage } = window;
  const location = {};
  for (const name of ['href', 'origin', 'protocol', 'host', 'hostname', 'pathname', 'search', 'hash']) {
    Object.defineProperty(location, name, { get: () => window.location[name] });
  }
  const left = new Promise((resolve) => (location.assign = (target) => resolve(new URL(target, location.href).href)));
  const listeners = { addEventListener: window.addEventListener.bind(window), removeEventListener: window.removeEventListener.bind(window) };
  const globals = { location, history, sessionStorage, origin: location.origin, ...listeners };
  for (const name of NAMES) Object.defineProperty(globalThis, name, { configurable: true, value: globals[name] });
  test.after(() => NAMES.forEach((name) => Reflect.deleteProperty(globalThis, name)));
  return { left, address: () => location.pathname + location.search + location.hash };
}
