// A session store in the memory of one process.

import type { SessionStore, StoreLock } from './session-store.js';

/** Milliseconds between two removals of expired values. */
const SWEEP = 60_000;

/**
 * Creates a store in memory: for development, tests, and apps with one process. A restart signs everybody out.
 *
 * @example
 * const sessions = { store: memoryStore(), idleSeconds: 900 };
 */
export function memoryStore(): SessionStore {
  const values = new Map<string, { readonly value: string; readonly until: number }>();
  const locks = new Map<string, Promise<void>>();
  let swept = Date.now();

  function sweep(now: number) {
    if (now - swept < SWEEP) return;
    swept = now;
    for (const [key, { until }] of values) if (until <= now) values.delete(key);
  }

  function read(key: string): string | undefined {
    const found = values.get(key);
    return found && found.until > Date.now() ? found.value : undefined;
  }

  function write(key: string, value: string, seconds: number) {
    const now = Date.now();
    sweep(now);
    values.set(key, { value, until: now + seconds * 1000 });
  }

  return {
    get: async (key) => read(key),
    set: async (key, value, seconds) => write(key, value, seconds),
    async replace(key, present, value, seconds) {
      if (read(key) !== present) return false;
      write(key, value, seconds);
      return true;
    },
    async delete(key) {
      values.delete(key);
    },
    async lock(key, seconds): Promise<StoreLock | undefined> {
      const previousTurn = locks.get(key);
      let resolveReleased: (() => void) | undefined;
      const released = new Promise<void>((resolve) => (resolveReleased = resolve));
      const ownTurn = Promise.resolve(previousTurn).then(() => released);
      locks.set(key, ownTurn);
      void ownTurn.then(() => locks.get(key) === ownTurn && locks.delete(key));
      let isHeld = true;
      const release = async () => {
        isHeld = false;
        resolveReleased?.();
      };
      if (previousTurn && !(await isFirst(previousTurn, seconds * 1000))) {
        // The next caller still waits for the previous turn, because `ownTurn` resolves after it.
        resolveReleased?.();
        return undefined;
      }
      return { isHeld: () => isHeld, release };
    },
  };
}

/** Whether a promise resolves within that many milliseconds. */
async function isFirst(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
