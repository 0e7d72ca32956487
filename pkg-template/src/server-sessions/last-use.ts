// The time of the last use of each session. It is stored apart from the session's record, so it never overwrites newer tokens.

import type { Seal } from './seal.js';
import type { SessionStore } from './session-store.js';
import { withStoreDeadline } from './store-calls.js';

/** @param idle seconds for which the time of a use is stored */
export function createLastUse(store: SessionStore, seal: Seal, idle: number) {
  const lastUseKey = (key: string) => `${key}.used`;

  /** Stores the present time, and returns it. */
  async function use(key: string): Promise<number> {
    const now = Date.now();
    const sealed = await seal.seal(String(now), lastUseKey(key));
    await withStoreDeadline(() => store.set(lastUseKey(key), sealed, idle));
    return now;
  }

  /** The time of the last use in milliseconds since 1970; `NaN` if none is stored. */
  async function lastUse(key: string): Promise<number> {
    const sealed = await withStoreDeadline(() => store.get(lastUseKey(key)));
    return Number((sealed && (await seal.open(sealed, lastUseKey(key)))) ?? NaN);
  }

  /** Removes the time, so that the session counts as idle for too long. */
  const forget = (key: string) => withStoreDeadline(() => store.delete(lastUseKey(key)));

  return { use, lastUse, forget };
}
