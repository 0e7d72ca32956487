// A lock for tabs without the Web Locks API: a line in the storage that they share. A chunk of its own, for browsers that
// run this library have that API wherever they have such storage.

/** Milliseconds between two looks: twice the time after which a write has reached every tab. */
const LOOK = 100;
/** Milliseconds until the lease of a tab that was closed is over. It is renewed while it is held. */
const LEASE = 60_000;
/** Milliseconds that a ticket is good for: more than the second that timers of a hidden page may take. */
const TICKET = 3_000;

/**
 * Waits as `takeLock` in locks.js does.
 *
 * @param {Storage} storage
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {Promise<unknown>} held resolves when the lease is given back
 */
export async function lease(storage, name, signal, held) {
  const key = `smart-launch:lease:${name}`;
  const own = `${Date.now()}.${Math.random()}`;
  const ticket = `${key} ${own}`;
  /** Whose the lease is; nobody's where its end has passed, or is farther away than any lease lasts. */
  const owner = () => {
    const [who, end] = storage.getItem(key)?.split(' ') ?? [];
    return isGood(end, LEASE) ? who : undefined;
  };
  const extend = () => storage.setItem(key, `${own} ${Date.now() + LEASE}`);
  /** Whether nobody who waits has an older ticket. */
  const isNext = () =>
    Object.keys(storage).every(
      (other) => !other.startsWith(`${key} `) || other >= ticket || !isGood(storage.getItem(other), TICKET),
    );
  try {
    while (!signal.aborted) {
      safely(() => storage.setItem(ticket, String(Date.now() + TICKET)));
      // Storage that cannot be written, or does not keep what it is given, is shared with nobody.
      if (!owner() && isNext() && !(safely(extend) && owner())) return '+';
      // Of two that write at once the later one stays.
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (owner() === own) {
        keep();
        return '+';
      }
    }
    return '';
  } finally {
    safely(() => storage.removeItem(ticket));
  }

  function keep() {
    // No longer where it was lost: to a tab that found it over while this one was asleep.
    const ifOwn = (change) => safely(() => storage.getItem(key)?.startsWith(`${own} `) && change());
    const renewal = setInterval(() => ifOwn(extend), LEASE / 4);
    held.then(() => {
      clearInterval(renewal);
      ifOwn(() => storage.removeItem(key));
    });
  }
}

/** Whether a time is to come, and within so many milliseconds. */
const isGood = (time, most) => time > Date.now() && time <= Date.now() + most;

/** Whether a change could be made. */
function safely(change) {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}
