// A lock for tabs without the Web Locks API: a line in the storage that they share. A chunk of its own, for browsers that
// run this library have that API wherever they have such storage.

/** Milliseconds after which a write has reached every tab. */
const SETTLE = 100;
/** Milliseconds until the lease of a tab that was closed is over: longer than any flow takes. */
const LEASE = 60_000;

/** Waits as `lock` in env.js does. */
export async function lease(storage, name, signal, held) {
  const key = `smart-launch:lease:${name}`;
  const own = crypto.randomUUID();
  const owner = () => storage.getItem(key)?.split(' ') ?? [];
  try {
    while (!signal.aborted) {
      if (!(owner()[1] > Date.now())) storage.setItem(key, `${own} ${Date.now() + LEASE}`);
      // Of two that write at once the later one stays.
      await new Promise((resolve) => setTimeout(resolve, SETTLE));
      if (owner()[0] === own) {
        held.then(() => owner()[0] === own && storage.removeItem(key));
        return '+';
      }
    }
  } catch {
    // Storage that cannot be written is shared with nobody.
    return '+';
  }
  return '';
}
