// Locks for stores that can atomically set a value if its key has none. The value is a lease, which is extended while the lock is
// held.

import type { SessionStore, StoreLock } from './session-store.js';

/** A store's operations on leases. Each is atomic in the store. */
export interface Leases {
  /** Gives the lease to this owner for that many milliseconds, if nobody has it; returns whether this owner got it. */
  take(key: string, owner: string, milliseconds: number): Promise<boolean>;
  /** Extends the lease if this owner has it; returns whether it was extended. */
  extend(key: string, owner: string, milliseconds: number): Promise<boolean>;
  /** Removes the lease if this owner has it. */
  remove(key: string, owner: string): Promise<unknown>;
}

/** Milliseconds that a lease lasts. If a process ends, others wait that long for its lock. */
const LEASE = 10_000;
/** Milliseconds between two attempts to take a lease: at least `PAUSE`, and up to `JITTER` more. */
const PAUSE = 20;
const JITTER = 60;

/**
 * Creates the method `lock` of a store of your own. A lease lasts ten seconds, and is extended while it is held.
 *
 * @example
 * import { leaseLock, type Leases, type SessionStore } from 'smart-launch/server';
 *
 * declare const leases: Leases;
 * const lock: SessionStore['lock'] = leaseLock(leases);
 */
export function leaseLock({ take, extend, remove }: Leases): SessionStore['lock'] {
  return async function lock(key, seconds): Promise<StoreLock | undefined> {
    const owner = crypto.randomUUID();
    const end = performance.now() + seconds * 1000;
    let requestedAt = performance.now();
    while (!(await take(key, owner, LEASE))) {
      if (performance.now() >= end) return undefined;
      await new Promise((resolve) => setTimeout(resolve, PAUSE + Math.random() * JITTER));
      requestedAt = performance.now();
    }
    // Counted from the time before the request, so that the lease does not end later here than in the store.
    let expiresAt = requestedAt + LEASE;
    let isReleased = false;
    const renewal = setInterval(() => {
      const now = performance.now();
      extend(key, owner, LEASE).then(
        (isOwn) => (expiresAt = isOwn ? now + LEASE : 0),
        // It is not known whether the lease was extended, so `expiresAt` is not changed.
        () => {},
      );
    }, LEASE / 4);
    return {
      isHeld: () => !isReleased && performance.now() < expiresAt,
      async release() {
        clearInterval(renewal);
        isReleased = true;
        await remove(key, owner);
      },
    };
  };
}
