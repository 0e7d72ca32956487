// Lists the app's sessions that belong to the same session at the authorization server: the server may end that session, and so
// all of them (OpenID Connect Front-Channel Logout).

import { hashOf } from './seal.js';
import type { Seal } from './seal.js';
import type { SessionStore, StoreLock } from './session-store.js';
import { lockOf, lost, replaceStored, withStoreDeadline } from './store-calls.js';
import { PATIENCE } from './stored-record.js';

/** Most attempts to add a session to a list. Each fails only if the lock was lost or the list was removed meanwhile. */
const ATTEMPTS = 5;

/** @param lifetime seconds for which a list is stored */
export function createLogoutIndex(store: SessionStore, seal: Seal, lifetime: number) {
  const indexOf = (iss: string, sid: string) => hashOf('logout', JSON.stringify([iss, sid]));

  /** The keys in a stored list. */
  async function keysIn(sealed: string | null | undefined, index: string): Promise<string[]> {
    const text = sealed ? await seal.open(sealed, index) : undefined;
    // The seal has authenticated the text, so its form is not checked.
    return text ? (JSON.parse(text) as string[]) : [];
  }

  /** The keys of the app's sessions that belong to one session at the server. */
  const listed = async (index: string) => keysIn(await withStoreDeadline(() => store.get(index)), index);

  /**
   * Adds a key to a list. Returns `false` if the key was not added, because the list was changed after it was read (if the store
   * can compare it) or the lock was lost.
   */
  async function add(index: string, key: string, lock: StoreLock): Promise<boolean> {
    const present = await withStoreDeadline(() => store.get(index));
    const keys = await keysIn(present, index);
    if (keys.includes(key)) return true;
    const sealed = await seal.seal(JSON.stringify([...keys, key]), index);
    if (present && store.replace) return replaceStored(store, index, present, sealed, lifetime);
    // Last: the process may have been stopped while it waited.
    if (!lock.isHeld()) return false;
    await withStoreDeadline(() => store.set(index, sealed, lifetime));
    return true;
  }

  /** Adds the key of an app's session to the list of a session at the server. */
  async function list(key: string, iss: string, sid: string) {
    const index = await indexOf(iss, sid);
    // This process may be stopped until its lock has expired, and another one change the list.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const lock = await lockOf(store, index, PATIENCE);
      if (!lock) break;
      try {
        if (await add(index, key, lock)) return;
      } finally {
        await withStoreDeadline(() => lock.release()).catch(() => {});
      }
    }
    throw await lost();
  }

  return { indexOf, listed, list };
}
