// One store of a database, for keys that cannot be extracted: only IndexedDB can store such keys.

import { within } from './env.js';

/**
 * Time limit in milliseconds: in some browsers a request never ends. It is less than the time limit of an effect, which is at
 * least ten seconds (env.js).
 */
const LIMIT = 8_000;

/**
 * Opens the database, runs a request on its store, and closes it. Resolves with the request's result when the transaction is
 * complete; rejects with the platform's error, or after the time limit.
 *
 * @template T
 * @param {{ readonly database: string, readonly store: string }} location
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
export const inStore = (location, mode, work) => within(LIMIT, () => transact(location, mode, work));

/** @type {typeof inStore} */
async function transact({ database: name, store }, mode, work) {
  /** @type {IDBDatabase} */
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      // A request that fails aborts its transaction.
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
