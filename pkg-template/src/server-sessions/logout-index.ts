// Lists the app's sessions that belong to the same session at the authorization server: the server may end that session, and so
// all of them (OpenID Connect Front-Channel Logout).

import { smartError } from '../error/create-error.js';
import { hashOf } from './seal.js';
import type { Seal } from './seal.js';
import type { SessionStore } from './session-store.js';
import { PATIENCE, lockOf, withStoreDeadline } from './stored-record.js';

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

  /** Adds a key to a list. Returns `false` if the list was changed since it was read, which only a store with `replace` detects. */
  async function add(index: string, key: string): Promise<boolean> {
    const present = await withStoreDeadline(() => store.get(index));
    const sealed = await seal.seal(JSON.stringify([...(await keysIn(present, index)), key]), index);
    if (present && store.replace) {
      return Boolean(await withStoreDeadline(async () => store.replace?.(index, present, sealed, lifetime)));
    }
    await withStoreDeadline(() => store.set(index, sealed, lifetime));
    return true;
  }

  /** Adds the key of an app's session to the list of a session at the server. */
  async function list(key: string, iss: string, sid: string) {
    const index = await indexOf(iss, sid);
    const lock = await lockOf(store, index, PATIENCE);
    if (!lock) throw await smartError({ code: 'lock_timeout', retryable: true });
    try {
      // Repeated, because this process may have been stopped until its lock had expired, and another one has changed the list.
      while (!(await add(index, key)));
    } finally {
      await withStoreDeadline(() => lock.release()).catch(() => {});
    }
  }

  return { indexOf, listed, list };
}
