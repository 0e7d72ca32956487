// Doubles of IndexedDB, as far as the package uses it.

import { setGlobal } from './platform.mjs';

/**
 * Replaces `indexedDB` by a double that copies records as browsers do; a key in a copy is not extractable.
 *
 * @param {import('node:test').TestContext} test it is there until the test ends
 */
export function replaceIndexedDb(test) {
  /** @type {Map<string, Map<string, unknown>>} */
  const stores = new Map();
  let isBlocked = false;
  const before = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
  Object.defineProperty(globalThis, 'indexedDB', { configurable: true, value: { open } });
  test.after(() => {
    delete (/** @type {{ indexedDB?: unknown }} */ (globalThis).indexedDB);
    if (before) Object.defineProperty(globalThis, 'indexedDB', before);
  });

  function open() {
    /** @type {Record<string, any>} */
    const request = {};
    const database = {
      /** @param {string} name */
      createObjectStore: (name) => void stores.set(name, new Map()),
      transaction,
      close() {},
    };
    queueMicrotask(() => {
      if (isBlocked) {
        request.error = new DOMException('blocked', 'InvalidStateError');
        request.onerror();
        return;
      }
      request.result = database;
      if (stores.size === 0) request.onupgradeneeded();
      request.onsuccess();
    });
    return request;
  }

  /** @param {string} name @param {string} mode */
  function transaction(name, mode) {
    /** @type {Record<string, any>} */
    const transaction = {};
    queueMicrotask(() => queueMicrotask(() => transaction.oncomplete()));
    const records = /** @type {Map<string, unknown>} */ (stores.get(name));
    /** @param {boolean} writes @param {() => unknown} act */
    const run = (writes, act) => {
      if (writes && mode !== 'readwrite') throw new DOMException('', 'ReadOnlyError');
      return { result: act() };
    };
    transaction.objectStore = () => ({
      /** @param {string} key */
      get: (key) => run(false, () => records.get(key)),
      /** @param {unknown} value @param {string} key */
      put: (value, key) => run(true, () => records.set(key, structuredClone(value))),
      /** @param {string} key */
      delete: (key) => run(true, () => void records.delete(key)),
    });
    return transaction;
  }

  return {
    records: () => [...stores.values()].flatMap((records) => [...records.values()]),
    block: () => (isBlocked = true),
  };
}

/**
 * Gives Node an `indexedDB` with one store, which outlives a page. Its values are not copied.
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
