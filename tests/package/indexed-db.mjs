// IndexedDB with one store, as far as the package uses it: databases that outlive a page, and values without copies.

import { setGlobal } from './platform.mjs';

/**
 * Gives Node an `indexedDB`.
 *
 * @param {import('node:test').TestContext} test
 */
export function useIndexedDb(test) {
  /** @type {Map<string, unknown>} */
  const records = new Map();
  const state = { isNew: true, blocked: false };

  /** @param {() => unknown} work */
  const request = (work) => {
    /** @type {Record<string, any>} */
    const made = {};
    queueMicrotask(() => {
      try {
        made.result = work();
        made.onsuccess?.();
      } catch (error) {
        made.error = error;
        made.onerror?.();
      }
    });
    return made;
  };

  /** @param {string} mode */
  const storeOf = (mode) => {
    const write = (/** @type {() => unknown} */ work) => {
      if (mode !== 'readwrite') throw new DOMException('', 'ReadOnlyError');
      return request(work);
    };
    return {
      get: (/** @type {string} */ key) => request(() => records.get(key)),
      put: (/** @type {unknown} */ value, /** @type {string} */ key) => write(() => records.set(key, value)),
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
                cursor.onsuccess();
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
      /** @type {Record<string, any>} */
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
          if (state.isNew) opening.onupgradeneeded();
          return database;
        });
        return opening;
      },
    },
  });
  return {
    /** The records, by token family. */
    records,
    /** Lets every use fail, as in a private window. */
    block: () => (state.blocked = true),
  };
}
