// Locks within one page, and locks that all tabs share. The shared ones use the Web Locks API; where it is not available, a
// lease (lease.js). Locks are granted in the order of the requests. A lock is released only by the flow that holds it, when
// that flow ends. A flow must not request a lock that it holds: `lock` in env.js responds to such a request itself.

/**
 * The place of a flow in the queue of this page: `granted` resolves to whether the flow got the lock.
 *
 * @typedef {{ granted: Promise<boolean>, enter(): void, leave(): void }} Turn
 */

/**
 * Milliseconds for which a note remains, a text that the holder of a lock leaves for the next one: far longer than a write to
 * storage takes to reach other tabs.
 */
const NOTE = 2_000;
/** Milliseconds to wait until a write to storage has certainly reached other tabs. */
const SETTLE = 100;

/**
 * Waits for a lock, and holds it until the flow ends.
 *
 * @param {object} flow
 * @param {Map<string, Turn[]>} flow.queues for each lock of this page the flows that requested it; the first one holds it
 * @param {Promise<boolean>} flow.ended resolves when the flow ends, to whether it failed
 * @param {string} area name of the storage area of a lock that all tabs share; empty for a lock within this page
 * @param {string} name
 * @param {string} seconds
 * @param {Storage | '' | null} [storage] storage that the tabs share, for a lease
 * @returns {Promise<string>} a plus sign and the note of the last holder, if there is one; an empty text if the lock was not
 *   granted within `seconds`
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
  // A lock within the page is always needed: if Web Locks fail for one flow, another one may hold the same Web Lock.
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

/** The error if a chunk cannot be loaded. It has the members of an error from the WebAssembly module. */
export class Unavailable {
  code = /** @type {const} */ ('wasm_unavailable');
  retryable = true;
  fault = /** @type {const} */ ('network');

  /** @param {unknown} [cause] */
  constructor(cause) {
    this.cause = cause;
  }
}

/**
 * Resolves to a plus sign and the note; to an empty text when `signal` aborts; to `undefined` where Web Locks are not available.
 *
 * @param {string} name
 * @param {AbortSignal} signal
 * @param {Promise<boolean>} released
 * @returns {Promise<string | undefined>}
 */
function webLock(name, signal, released) {
  return new Promise((resolve) => {
    const hold = async () => {
      // The lock is granted even if the note cannot be read.
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
  // A note is a decimal number (`generation.rotated`), which the subtraction converts, or a single word.
  const notes = /** @type {number[]} */ (
    /** @type {unknown} */ (
      held.flatMap(({ name: lock }) => (lock.startsWith(`${name} `) ? [lock.slice(name.length + 1)] : []))
    )
  );
  return notes.sort((a, b) => a - b).pop() ?? '';
}

/**
 * Leaves a note for the next holder of the lock `name`. The note is the name of another lock, which is held for a short time, so
 * that a tab that is granted the lock sees the note.
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
