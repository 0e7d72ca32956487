// Locks: of a page, and of all tabs by the Web Locks API or, without it, by a lease (lease.js). First come, first served. A
// flow that holds a lock has it at once when it asks again. Only the holder gives a lock back: when its flow ends.

/** Milliseconds that a note stays: by far longer than storage takes to reach other tabs. */
const NOTE = 2_000;
/** Milliseconds after which storage has reached them. */
const SETTLE = 100;

/**
 * Waits for a lock, and holds it until the flow ends.
 *
 * @param {object} flow
 * @param {Map<string, object[]>} flow.queues who waits for which lock of this page, the holder first
 * @param {Promise<boolean>} flow.ended resolves when the flow ends, to whether it failed
 * @param {string} area empty for a lock of this page
 * @param {string} name
 * @param {number} seconds
 * @param {Storage} [storage] what the tabs share, for a lease
 * @returns {Promise<string>} the note that was left there, behind a plus sign; nothing after so many seconds
 */
export async function takeLock({ queues, ended }, area, name, seconds, storage) {
  // Not AbortSignal.timeout, which a program in Deno would wait for before it ends.
  const late = new AbortController();
  const { signal } = late;
  let leave;
  const left = new Promise((resolve) => (leave = resolve));
  ended.then(leave);
  // In this page in any case: a flow for which Web Locks fail must not meet another one that holds such a lock.
  const turn = wait(queues, `${area} ${name}`, signal);
  left.then(turn.leave);
  const timer = setTimeout(() => late.abort(), seconds * 1000);
  let note = '';
  try {
    const held = area ? await webLock(name, signal, left) : undefined;
    if (held !== '' && (await turn.come)) {
      note = held ?? (area && storage ? await (await leases()).lease(storage, name, signal, left) : '+');
    }
    return note;
  } finally {
    clearTimeout(timer);
    if (!note) leave(false);
  }
}

/** Waits for a turn in this page: `come` resolves to whether it came before `signal` aborted. */
function wait(queues, name, signal) {
  const turn = {};
  let come;
  turn.come = new Promise((resolve) => (come = resolve));
  turn.enter = () => come(true);
  signal.addEventListener('abort', () => {
    turn.leave();
    come(false);
  });
  const queue = queues.get(name) ?? [];
  queues.set(name, queue);
  turn.leave = () => {
    const at = queue.indexOf(turn);
    if (at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) queues.delete(name);
    else if (at === 0) queue[0].enter();
  };
  if (queue.push(turn) === 1) turn.enter();
  return turn;
}

const leases = () =>
  import('./lease.js').catch((cause) => {
    throw new Unavailable(cause);
  });

/** A chunk that was not to be had: as the description of an error. */
export class Unavailable {
  code = 'wasm_unavailable';
  retryable = true;

  constructor(cause) {
    this.cause = cause;
  }
}

/** Resolves to the note behind a plus sign; to an empty text when `signal` aborts; to nothing where there are no Web Locks. */
function webLock(name, signal, left) {
  return new Promise((resolve) => {
    const hold = async () => {
      // The lock is good without the note, too.
      const note = await Promise.race([noteAt(name).catch(() => ''), left]);
      // It may not know signals.
      if (signal.aborted) return;
      resolve(`+${note}`);
      // What was written down about a failure is to reach the other tabs before the lock does.
      if (await left) await new Promise((resolve) => setTimeout(resolve, SETTLE));
    };
    signal.addEventListener('abort', () => resolve(''));
    // Not there, or blocked as in a sandboxed frame: then reading it may throw.
    const request = async () => navigator.locks.request(name, { signal }, hold);
    const none = () => resolve(undefined);
    request().then(none, none);
  });
}

async function noteAt(name) {
  const { held } = await navigator.locks.query();
  const notes = held.flatMap(({ name: other }) => (other.startsWith(`${name} `) ? [other.slice(name.length + 1)] : []));
  return notes.sort((one, other) => one - other).pop() ?? '';
}

/** The note is a lock too: those that hold locks hear of it in the same order as of the lock itself. */
export function leaveNote(name, note) {
  const stay = () =>
    new Promise((resolve) => {
      const signal = AbortSignal.timeout(NOTE);
      signal.addEventListener('abort', resolve);
      // A page that holds a lock is not kept for the back button.
      globalThis.addEventListener?.('pagehide', resolve, { signal });
    });
  const request = async () => navigator.locks.request(`${name} ${note}`, { mode: 'shared' }, stay);
  request().catch(() => {});
}
