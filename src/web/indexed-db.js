// One store of a database, for keys that cannot be extracted: IndexedDB alone can store these.

/**
 * Opens the database, runs a request on its store, and closes it. Resolves with the request's result when the transaction is
 * complete; rejects with the platform's error.
 *
 * @template T
 * @param {{ readonly database: string, readonly store: string }} place
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
export async function inStore({ database: name, store }, mode, work) {
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
