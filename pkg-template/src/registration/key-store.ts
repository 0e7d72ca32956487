// Registrations of this browser, in IndexedDB: it stores keys that cannot be extracted.

/** A registration. */
export interface StoredClient {
  readonly clientId: string;
  readonly keyId: string;
  readonly privateKey: CryptoKey;
}

export const load = (name: string): Promise<StoredClient | undefined> =>
  withStore('readonly', (store) => store.get(name) as IDBRequest<StoredClient | undefined>);

export const save = (name: string, client: StoredClient): Promise<unknown> =>
  withStore('readwrite', (store) => store.put(client, name));

export const remove = (name: string): Promise<unknown> => withStore('readwrite', (store) => store.delete(name));

/** Runs a request, and resolves when its transaction is complete. */
async function withStore<Result>(
  mode: IDBTransactionMode,
  call: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  try {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        const request = call(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  } catch (cause) {
    throw { code: 'storage_unavailable', about: 'IndexedDB is blocked, full or not available', cause };
  }
}

const open = (): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const DATABASE = 'smart-launch-dynamic-clients';
const STORE = 'clients';
