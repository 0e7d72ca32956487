// The time of the last use of each session. It is stored separately: storing it never overwrites newer tokens.

import type { Seal } from './seal.js';
import type { SessionStore } from './session-store.js';
import { asked } from './stored-record.js';

/** @param idle seconds for which a time is kept */
export function createLastUse(store: SessionStore, seal: Seal, idle: number) {
  const usedAt = (key: string) => `${key}.used`;

  /** Stores the present time, and returns it. */
  async function use(key: string): Promise<number> {
    const now = Date.now();
    const sealed = await seal.seal(String(now), usedAt(key));
    await asked(() => store.set(usedAt(key), sealed, idle));
    return now;
  }

  /** `NaN` if there is none. */
  async function lastUse(key: string): Promise<number> {
    const sealed = await asked(() => store.get(usedAt(key)));
    return Number((sealed && (await seal.open(sealed, usedAt(key)))) ?? NaN);
  }

  /** The session counts as idle for too long from now on. */
  const forget = (key: string) => asked(() => store.delete(usedAt(key)));

  return { use, lastUse, forget };
}
