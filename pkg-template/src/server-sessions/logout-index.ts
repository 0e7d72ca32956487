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

  /** The keys of the sessions that belong to one session at the server. */
  async function listed(index: string): Promise<string[]> {
    const sealed = await asked(() => store.get(index));
    const text = sealed ? await seal.open(sealed, index) : undefined;
    // It was decrypted, so it is as it was written.
    return text ? (JSON.parse(text) as string[]) : [];
  }

  /** Adds a session to those of a session at the server. */
  async function list(key: string, iss: string, sid: string) {
    const index = await indexOf(iss, sid);
    const lock = await lockOf(store, index, PATIENCE);
    if (!lock) throw await smartError({ code: 'lock_timeout', retryable: true });
    try {
      const sealed = await seal.seal(JSON.stringify([...(await listed(index)), key]), index);
      await asked(() => store.set(index, sealed, lifetime));
    } finally {
      await asked(() => lock.release()).catch(() => {});
    }
  }

  return { indexOf, listed, list };
}
