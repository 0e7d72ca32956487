// Signed authorization requests that the server fetches (RFC 9101 §5.2). They are in the store for a short time.

import { ID, hashOf, random } from './seal.js';
import type { Seal } from './seal.js';
import type { SessionStore } from './session-store.js';
import { asked } from './stored-record.js';

/** Seconds for which a request is served. Browsers go to the server at once, but may load its page again. */
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
    /** A new id, and the URL at which the request with this id is served. */
    place() {
      const id = random();
      return { id, requestUri: `${baseUrl}/request/${id}` };
    },

    async save(id: string, requestObject: string): Promise<void> {
      const [key, until] = [await keyOf(id), Date.now() + SERVED * 1000];
      const sealed = await seal.seal(JSON.stringify([until, requestObject]), key);
      await asked(() => store.set(key, sealed, SERVED));
    },

    /** The request; nothing if there is none, or its time has passed. */
    async read(id: string): Promise<string | undefined> {
      if (!ID.test(id)) return undefined;
      const key = await keyOf(id);
      const sealed = await asked(() => store.get(key));
      const text = sealed ? await seal.open(sealed, key) : undefined;
      if (!text) return undefined;
      // It was decrypted, so it is as it was written. A store may keep values for longer than it was asked to.
      const [until, requestObject] = JSON.parse(text) as [number, string];
      return Date.now() < until ? requestObject : undefined;
    },
  };
}
