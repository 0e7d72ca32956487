// A tab without a browser: its pages, one after the other, and the storage that they share.

import { setMaxListeners } from 'node:events';
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
  'origin',
  'name',
  'opener',
  'parent',
  'open',
  'close',
];

/** `sessionStorage`, which tests can make fail. */
class SessionStorage {
  static quota = Infinity;

  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? Reflect.get(this, key) : null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    if (JSON.stringify({ ...this, [key]: value }).length > SessionStorage.quota) {
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    }
    Reflect.set(this, key, String(value));
  }

  /** @param {string} key */
  removeItem(key) {
    Reflect.deleteProperty(this, key);
  }
}

/**
 * @param {import('node:test').TestContext} test
 * @returns {Tab}
 *
 * @typedef {import('./page.mjs').Page & { entry: string } & typeof import('smart-launch')
 *   & typeof import('smart-launch/confidential') & typeof import('smart-launch/isolated')
 *   & typeof import('smart-launch/fhirclient')} OpenPage with the
 *   loaded entries
 *
 * @typedef {object} Opening
 * @property {boolean} [fresh]
 * @property {object} [globals]
 * @property {string[]} [also]
 *
 * @typedef {object} Tab
 * @property {SessionStorage} storage
 * @property {(url: string, opening?: Opening) => Promise<OpenPage>} open
 * @property {() => void} show
 * @property {(message: object) => void} post
 * @property {() => Tab} duplicate
 * @property {() => void} block
 * @property {(characters: number) => number} limit
 * @property {(persisted?: boolean) => boolean} comeBack
 */
export function openTab(test, storage = new SessionStorage()) {
  const target = new EventTarget();
  // Browsers have no limit on the number of listeners.
  setMaxListeners(0, target);
  test.after(() => {
    for (const name of NAMES) Reflect.deleteProperty(globalThis, name);
    SessionStorage.quota = Infinity;
  });
  /** @param {string} name @param {PropertyDescriptor} descriptor */
  const define = (name, descriptor) => Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
  /** @type {Record<string, unknown>} */
  let currentGlobals = {};

  return {
    storage,
    /**
     * Loads a page at this URL with its own copy of the package; with `fresh: false`, with the copy that the test file imports.
     * `globals` are further globals, such as `opener` and `parent`; `also` names entries of the package besides the main one.
     */
    async open(url, { fresh = true, globals, also = [] } = {}) {
      const page = pageAt(url);
      currentGlobals = {
        ...page.globals,
        addEventListener: target.addEventListener.bind(target),
        removeEventListener: target.removeEventListener.bind(target),
        sessionStorage: storage,
        origin: new URL(url).origin,
        ...globals,
      };
      this.show();
      const entry = fresh ? pathToFileURL(await copyOfPackage(test)).href : import.meta.resolve('smart-launch');
      const entries = [entry, ...also.map((name) => new URL(`./${name}.js`, entry).href)];
      return Object.assign(page, { entry }, ...(await Promise.all(entries.map((entry) => import(entry)))));
    },
    /** Sets the globals to those of this tab's page again, after another tab has set its own. */
    show() {
      for (const name of NAMES) define(name, { value: currentGlobals[name] });
    },
    /** Dispatches a message to the page. */
    post(message) {
      const event = new Event('message');
      target.dispatchEvent(Object.defineProperties(event, Object.getOwnPropertyDescriptors(message)));
    },
    /** Opens another tab with a copy of this tab's storage, as "duplicate tab" of a browser does. */
    duplicate: () => openTab(test, Object.assign(new SessionStorage(), storage)),
    /** Makes reading `sessionStorage` throw, as in an iframe without `allow-same-origin`. */
    block() {
      define('sessionStorage', {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    },
    /** Limits storage to this number of characters. */
    limit: (characters) => (SessionStorage.quota = characters),
    /** Dispatches the event of a page that the back button shows again; `persisted`: from the back/forward cache. */
    comeBack: (persisted = true) => target.dispatchEvent(Object.assign(new Event('pageshow'), { persisted })),
  };
}
