// A lock for tabs without the Web Locks API: an item in the storage that they share. It is a chunk of its own, because
// the supported browsers have that API wherever they have such storage.

/** Milliseconds between two checks: twice the time after which a write has reached every tab. */
const LOOK = 100;
/** Milliseconds until the lease of a closed tab expires. An open tab extends its lease while it holds the lock. */
const LEASE = 60_000;
/** Milliseconds for which a ticket is valid: more than the second by which timers of a hidden page may be late. */
const TICKET = 3_000;

/**
 * Waits as `takeLock` in locks.js does.
 *
 * @param {Storage} storage
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {Promise<unknown>} released resolves when the lease is released
 */
export async function lease(storage, name, signal, released) {
  const key = `smart-launch:lease:${name}`;
  const id = `${Date.now()}.${Math.random()}`;
  const ticket = `${key} ${id}`;
  /** The owner of the lease; none if it has expired, or expires later than any lease can. */
  const owner = () => {
    const [ownerId, end] = storage.getItem(key)?.split(' ') ?? [];
    return isInFuture(end, LEASE) ? ownerId : undefined;
  };
  const extend = () => storage.setItem(key, `${id} ${Date.now() + LEASE}`);
  /** Whether no other waiting tab has an older ticket. */
  const isNext = () =>
    Object.keys(storage).every(
      (item) => !item.startsWith(`${key} `) || item >= ticket || !isInFuture(storage.getItem(item), TICKET),
    );
  try {
    while (!signal.aborted) {
      safely(() => storage.setItem(ticket, String(Date.now() + TICKET)));
      // If the storage does not store the lease, tabs cannot share it, and the lock is granted without a lease.
      if (!owner() && isNext() && !(safely(extend) && owner())) return '+';
      // If two tabs write at once, the later write remains.
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (owner() === id) {
        extendWhileHeld();
        return '+';
      }
    }
    return '';
  } finally {
    safely(() => storage.removeItem(ticket));
  }

  function extendWhileHeld() {
    // Nothing is changed if another tab has taken the lease over, because this tab was asleep until it expired.
    /** @param {() => unknown} change */
    const ifOwn = (change) => safely(() => storage.getItem(key)?.startsWith(`${id} `) && change());
    const renewal = setInterval(() => ifOwn(extend), LEASE / 4);
    released.then(() => {
      clearInterval(renewal);
      ifOwn(() => storage.removeItem(key));
    });
  }
}

/**
 * Whether a time is in the future, by at most `limit` milliseconds.
 *
 * @param {string | null | undefined} time of digits
 * @param {number} limit
 */
const isInFuture = (time, limit) =>
  /** @type {number} */ (/** @type {unknown} */ (time)) > Date.now() &&
  /** @type {number} */ (/** @type {unknown} */ (time)) <= Date.now() + limit;

/**
 * Makes a change; returns whether that worked.
 *
 * @param {() => void} change
 */
function safely(change) {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}
