// A double of IndexedDB, as far as the library uses it. It copies records as browsers do, and keys are not extractable after it.

/** @param {import('node:test').TestContext} test it is there until the test ends */
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
