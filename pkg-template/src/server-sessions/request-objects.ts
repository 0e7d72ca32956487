// Signed authorization requests that the SMART server fetches by their URL (RFC 9101 §5.2). They are in the session store for two
// minutes.

import { ID, hashOf, random } from './seal.js';
import type { Seal } from './seal.js';
import type { SessionStore } from './session-store.js';
import { withStoreDeadline } from './store-calls.js';

/** Seconds for which a request is served. The SMART server fetches it at once, and again if the user reloads its page. */
const SERVED = 120;

interface Settings {
  readonly seal: Seal;
  readonly store: SessionStore;
  readonly baseUrl: string;
}

export type Requests = ReturnType<typeof createRequests>;

export function createRequests({ seal, store, baseUrl }: Settings) {
  const keyOf = (id: string) => hashOf('request', id);
  return {
    /** Creates an id, and the URL at which the request with this id will be served. */
    place() {
      const id = random();
      return { id, requestUri: `${baseUrl}/request/${id}` };
    },

    async save(id: string, requestObject: string): Promise<void> {
      const [key, expiresAt] = [await keyOf(id), Date.now() + SERVED * 1000];
      const sealed = await seal.seal(JSON.stringify([expiresAt, requestObject]), key);
      await withStoreDeadline(() => store.set(key, sealed, SERVED));
    },

    /** Returns the signed request; `undefined` if there is none with this id, or it has expired. */
    async read(id: string): Promise<string | undefined> {
      if (!ID.test(id)) return undefined;
      const key = await keyOf(id);
      const sealed = await withStoreDeadline(() => store.get(key));
      const text = sealed ? await seal.open(sealed, key) : undefined;
      if (!text) return undefined;
      // The seal has authenticated the text. The time is checked, because a store may keep values for longer than requested.
      const [expiresAt, requestObject] = JSON.parse(text) as [number, string];
      return Date.now() < expiresAt ? requestObject : undefined;
    },
  };
}
