// A tab without a browser: pages one after the other, and the storage they share.

import { pathToFileURL } from 'node:url';
import { copyOfPackage } from './installed.mjs';
import { pageAt } from './page.mjs';

const NAMES = [
  'location',
  'history',
  'document',
  'sessionStorage',
  'HTMLFormElement',
  'addEventListener',
  'removeEventListener',
];

/** `sessionStorage`, with its ways to fail. */
class SessionStorage {
  static quota = Infinity;

  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    if (JSON.stringify({ ...this, [key]: value }).length > SessionStorage.quota) {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    }
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }
}

/** @param {import('node:test').TestContext} test */
export function openTab(test, storage = new SessionStorage()) {
  const target = new EventTarget();
  test.after(() => {
    for (const name of NAMES) delete globalThis[name];
    SessionStorage.quota = Infinity;
  });
  const define = (name, descriptor) => Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });

  return {
    storage,
    /**
     * Loads a page: a copy of the package of its own, at this URL. What an earlier page had in memory is gone, unless it
     * is not to be `fresh`. `also` names entries of the package beside the first.
     */
    async open(url, { fresh = true, also = [] } = {}) {
      const page = pageAt(url);
      for (const [name, value] of Object.entries(page.globals)) define(name, { value });
      define('addEventListener', { value: target.addEventListener.bind(target) });
      define('removeEventListener', { value: target.removeEventListener.bind(target) });
      define('sessionStorage', { value: storage });
      const entry = fresh ? pathToFileURL(await copyOfPackage(test)) : import.meta.resolve('smart-launch');
      const entries = [entry, ...also.map((name) => new URL(`./${name}.js`, entry))];
      return Object.assign(page, ...(await Promise.all(entries.map((entry) => import(entry)))));
    },
    /** Another tab with a copy of this one's storage, as "duplicate tab" makes it. */
    duplicate: () => openTab(test, Object.assign(new SessionStorage(), storage)),
    /** Lets reading `sessionStorage` throw, as in a frame without `allow-same-origin`. */
    block() {
      define('sessionStorage', {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    },
    /** Lets storage take so many characters in all. */
    limit: (characters) => (SessionStorage.quota = characters),
    /** The user comes back by the back button to a page that was kept. */
    comeBack: (persisted = true) => target.dispatchEvent(Object.assign(new Event('pageshow'), { persisted })),
  };
}
