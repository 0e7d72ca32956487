// Locks: of a page, and of all tabs by the Web Locks API or, without it, by a lease (lease.js). They are granted in the
// order of the requests. A flow that asks again for a lock that it holds gets it at once. A lock is released only by
// the flow that holds it, when that ends.

/**
 * The place of a flow in the queue of this page: `granted` resolves to whether the flow got the lock.
 *
 * @typedef {{ granted: Promise<boolean>, enter(): void, leave(): void }} Turn
 */

/** Milliseconds for which a note remains: far longer than storage takes to reach other tabs. */
const NOTE = 2_000;
/** Milliseconds to wait until a write to storage has certainly reached other tabs. */
const SETTLE = 100;

/**
 * Waits for a lock, and holds it until the flow ends.
 *
 * @param {object} flow
 * @param {Map<string, Turn[]>} flow.queues the waiting flows by lock of this page, the holder first
 * @param {Promise<boolean>} flow.ended resolves when the flow ends, to whether it failed
 * @param {string} area empty for a lock of this page
 * @param {string} name
 * @param {string} seconds
 * @param {Storage | '' | null} [storage] storage that the tabs share, for a lease
 * @returns {Promise<string>} the note that was left there, after a plus sign; an empty text after `seconds`
 */
export async function takeLock({ queues, ended }, area, name, seconds, storage) {
  // Not AbortSignal.timeout, because its timer keeps a program in Deno running.
  const timeout = new AbortController();
  const { signal } = timeout;
  /** @type {((failed: boolean) => void) | undefined} */
  let release;
  /** @type {Promise<boolean>} */
  const released = new Promise((resolve) => (release = resolve));
  ended.then(release);
  // A lock within the page is always needed: if Web Locks fail for one flow, another may hold the same lock by them.
  const turn = wait(queues, `${area} ${name}`, signal);
  released.then(turn.leave);
  const timer = setTimeout(() => timeout.abort(), /** @type {number} */ (/** @type {unknown} */ (seconds)) * 1000);
  let note = '';
  try {
    const held = area ? await webLock(name, signal, released) : undefined;
    if (held !== '' && (await turn.granted)) {
      note = held ?? (area && storage ? await (await leases()).lease(storage, name, signal, released) : '+');
    }
    return note;
  } finally {
    clearTimeout(timer);
    if (!note) /** @type {(failed: boolean) => void} */ (release)(false);
  }
}

/**
 * Waits for the lock within this page: `granted` resolves to `true` when it is granted, to `false` when `signal` aborts
 * first.
 *
 * @param {Map<string, Turn[]>} queues
 * @param {string} name
 * @param {AbortSignal} signal
 */
function wait(queues, name, signal) {
  const turn = /** @type {Turn} */ ({});
  /** @type {((isGranted: boolean) => void) | undefined} */
  let settle;
  turn.granted = new Promise((resolve) => (settle = resolve));
  turn.enter = () => /** @type {(isGranted: boolean) => void} */ (settle)(true);
  signal.addEventListener('abort', () => {
    turn.leave();
    /** @type {(isGranted: boolean) => void} */ (settle)(false);
  });
  const queue = queues.get(name) ?? [];
  queues.set(name, queue);
  turn.leave = () => {
    const index = queue.indexOf(turn);
    if (index < 0) return;
    queue.splice(index, 1);
    if (queue.length === 0) queues.delete(name);
    else if (index === 0) /** @type {Turn} */ (queue[0]).enter();
  };
  if (queue.push(turn) === 1) turn.enter();
  return turn;
}

const leases = () =>
  import('./lease.js').catch((cause) => {
    throw new Unavailable(cause);
  });

/** A chunk that could not be loaded, in the form of an error from the module. */
export class Unavailable {
  code = 'wasm_unavailable';
  retryable = true;

  /** @param {unknown} cause */
  constructor(cause) {
    this.cause = cause;
  }
}

/**
 * Resolves to the note after a plus sign; to an empty text when `signal` aborts; to `undefined` where Web Locks are not
 * available.
 *
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {Promise<boolean>} released
 * @returns {Promise<string | undefined>}
 */
function webLock(name, signal, released) {
  return new Promise((resolve) => {
    const hold = async () => {
      // The lock is valid without the note, too.
      const note = await Promise.race([noteAt(name).catch(() => ''), released]);
      // The platform may not support `signal`.
      if (signal.aborted) return;
      resolve(`+${note}`);
      // A stored failure has to reach the other tabs before the lock does.
      if (await released) await new Promise((resolve) => setTimeout(resolve, SETTLE));
    };
    signal.addEventListener('abort', () => resolve(''));
    // `navigator.locks` may be absent, or throw when read, as in a sandboxed iframe.
    const request = async () => navigator.locks.request(name, { signal }, hold);
    const resolveUnavailable = () => resolve(undefined);
    request().then(resolveUnavailable, resolveUnavailable);
  });
}

/** @param {string} name */
async function noteAt(name) {
  // `held` and `name` are always there, although their types are optional.
  const { held } = /** @type {{ held: { name: string }[] }} */ (await navigator.locks.query());
  // The times are decimal digits, which comparisons convert.
  const notes = /** @type {number[]} */ (
    /** @type {unknown} */ (
      held.flatMap(({ name: lock }) => (lock.startsWith(`${name} `) ? [lock.slice(name.length + 1)] : []))
    )
  );
  return notes.sort((a, b) => a - b).pop() ?? '';
}

/**
 * The note is a lock as well, so that tabs see it in the same order as the lock itself.
 *
 * @param {string} name
 * @param {string} note
 */
export function leaveNote(name, note) {
  const holdNote = () =>
    new Promise((resolve) => {
      const signal = AbortSignal.timeout(NOTE);
      signal.addEventListener('abort', resolve);
      // A page that holds a lock is not put into the back/forward cache.
      globalThis.addEventListener?.('pagehide', resolve, { signal });
    });
  const request = async () => navigator.locks.request(`${name} ${note}`, { mode: 'shared' }, holdNote);
  request().catch(() => {});
}
