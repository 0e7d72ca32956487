// Registrations of this browser, in IndexedDB, which can store keys that cannot be extracted.

import { inStore } from '../../../src/web/indexed-db.js';

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

async function withStore<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  try {
    return await inStore(CLIENTS, mode, work);
  } catch (cause) {
    throw { code: 'storage_unavailable', about: 'IndexedDB is blocked, full or not available', cause };
  }
}

const CLIENTS = { database: 'smart-launch-dynamic-clients', store: 'clients' };
