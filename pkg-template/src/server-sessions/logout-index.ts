// The sessions that belong to one session at the authorization server, which may end them all (OpenID Connect Front-Channel
// Logout).

import { smartError } from '../error/create-error.js';
import { hashOf } from './seal.js';
import type { Seal } from './seal.js';
import type { SessionStore } from './session-store.js';
import { PATIENCE, asked, lockOf } from './stored-record.js';

/** @param lifetime seconds for which a list is kept */
export function createLogoutIndex(store: SessionStore, seal: Seal, lifetime: number) {
  const indexOf = (iss: string, sid: string) => hashOf('logout', JSON.stringify([iss, sid]));

  /** The keys in a stored list. */
  async function keysIn(sealed: string | null | undefined, index: string): Promise<string[]> {
    const text = sealed ? await seal.open(sealed, index) : undefined;
    // It was decrypted, so it is as it was written.
    return text ? (JSON.parse(text) as string[]) : [];
  }

  /** The keys of the sessions that belong to one session at the server. */
  const listed = async (index: string) => keysIn(await asked(() => store.get(index)), index);

  /** Adds a key to a list; returns whether the list was as it was read, if the store can compare it. */
  async function add(index: string, key: string): Promise<boolean> {
    const present = await asked(() => store.get(index));
    const sealed = await seal.seal(JSON.stringify([...(await keysIn(present, index)), key]), index);
    if (present && store.replace) return Boolean(await asked(async () => store.replace?.(index, present, sealed, lifetime)));
    await asked(() => store.set(index, sealed, lifetime));
    return true;
  }

  /** Adds a session to those of a session at the server. */
  async function list(key: string, iss: string, sid: string) {
    const index = await indexOf(iss, sid);
    const lock = await lockOf(store, index, PATIENCE);
    if (!lock) throw await smartError({ code: 'lock_timeout', retryable: true });
    try {
      // This process may have been stopped until its lock had expired, and another one has changed the list.
      while (!(await add(index, key)));
    } finally {
      await asked(() => lock.release()).catch(() => {});
    }
  }

  return { indexOf, listed, list };
}
