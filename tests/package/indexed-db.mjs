// A fake IndexedDB with the methods that the package uses.

import { setGlobal } from './platform.mjs';

/**
 * @typedef {object} Pending a request or a transaction
 * @property {unknown} [result]
 * @property {unknown} [error]
 * @property {() => void} [onsuccess]
 * @property {() => void} [onerror]
 * @property {() => void} [onupgradeneeded]
 * @property {() => void} [oncomplete]
 */

/**
 * Sets a global `indexedDB` with one store until the test ends. As in a browser, the store has copies of the values, and all pages
 * of the test share it.
 *
 * @param {import('node:test').TestContext} test
 */
export function useIndexedDb(test) {
  /** @type {Map<string, unknown>} */
  const records = new Map();
  const state = { isNew: true, blocked: false, silent: false, beforeTransaction: (/** @type {string} */ _mode) => {} };

  /** @param {() => unknown} work */
  const request = (work) => {
    /** @type {Pending} */
    const pending = {};
    queueMicrotask(() => {
      if (state.silent) return;
      try {
        pending.result = work();
        pending.onsuccess?.();
      } catch (error) {
        pending.error = error;
        pending.onerror?.();
      }
    });
    return pending;
  };

  /** @param {string} mode */
  const storeOf = (mode) => {
    const write = (/** @type {() => unknown} */ work) => {
      if (mode !== 'readwrite') throw new DOMException('', 'ReadOnlyError');
      return request(work);
    };
    return {
      get: (/** @type {string} */ key) => request(() => structuredClone(records.get(key))),
      put: (/** @type {unknown} */ value, /** @type {string} */ key) => write(() => records.set(key, structuredClone(value))),
      delete: (/** @type {string} */ key) => write(() => records.delete(key)),
      openCursor() {
        const keys = [...records.keys()];
        const cursor = request(function next() {
          const [key] = keys;
          if (key === undefined) return null;
          return {
            value: records.get(key),
            delete: () => write(() => records.delete(key)),
            continue() {
              keys.shift();
              queueMicrotask(() => {
                cursor.result = next();
                cursor.onsuccess?.();
              });
            },
          };
        });
        return cursor;
      },
    };
  };

  const database = {
    createObjectStore: () => (state.isNew = false),
    transaction(/** @type {string} */ _, /** @type {string} */ mode) {
      state.beforeTransaction(mode);
      /** @type {Pending & { objectStore: () => object }} */
      const transaction = { objectStore: () => storeOf(mode) };
      setTimeout(() => transaction.oncomplete?.(), 1);
      return transaction;
    },
    close() {},
  };

  setGlobal(test, 'indexedDB', {
    value: {
      open() {
        const opening = request(() => {
          if (state.blocked) throw new DOMException('', 'SecurityError');
          opening.result = database;
          if (state.isNew) opening.onupgradeneeded?.();
          return database;
        });
        return opening;
      },
    },
  });
  return {
    /** The records, by key. */
    records,
    /** Makes every attempt to open the database fail, as in a private window. */
    block: () => (state.blocked = true),
    /** Makes every request wait forever. */
    silence: () => (state.silent = true),
    /** Calls a function before each transaction. */
    beforeEach: (/** @type {typeof state.beforeTransaction} */ call) => (state.beforeTransaction = call),
  };
}
