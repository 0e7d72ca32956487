// Browser features that Node lacks: Web Locks, and storage that tabs share.

/**
 * Sets a member of the global object until the test ends.
 *
 * @param {import('node:test').TestContext} test
 * @param {string} name
 * @param {PropertyDescriptor} descriptor
 */
export function setGlobal(test, name, descriptor) {
  // The original value is restored, however often it is replaced, because hooks run in the order in which they were added.
  if (!replaced.has(name)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    replaced.add(name);
    test.after(() => {
      replaced.delete(name);
      if (before) Object.defineProperty(globalThis, name, before);
      else Reflect.deleteProperty(globalThis, name);
    });
  }
  Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
}

/** The names that a test has replaced. @type {Set<string>} */
const replaced = new Set();

/** Storage of an origin. */
export class SharedStorage {
  /** @param {string} key */
  getItem(key) {
    return Object.hasOwn(this, key) ? Reflect.get(this, key) : null;
  }

  /** @param {string} key @param {string} text */
  setItem(key, text) {
    Reflect.set(this, key, String(text));
  }

  /** @param {string} key */
  removeItem(key) {
    Reflect.deleteProperty(this, key);
  }

  clear() {
    for (const key of Object.keys(this)) this.removeItem(key);
  }
}

/**
 * The locks of an origin, as in the Web Locks API: first come, first served; shared ones at the same time.
 *
 * @param {{ knowsSignals?: boolean }} [of]
 *
 * @typedef {{ name: string, mode: string, enter: (value?: unknown) => void }} Lock
 */
export function createWebLocks({ knowsSignals = true } = {}) {
  /** @type {Lock[]} */
  const waiting = [];
  /** @type {Lock[]} */
  const held = [];
  /** @param {Lock} one @param {Lock} other */
  const excludes = (one, other) => one.name === other.name && (one.mode !== 'shared' || other.mode !== 'shared');

  function grant() {
    for (const lock of [...waiting]) {
      const before = waiting.slice(0, waiting.indexOf(lock));
      if ([...held, ...before].some((other) => excludes(lock, other))) continue;
      waiting.splice(waiting.indexOf(lock), 1);
      held.push(lock);
      lock.enter();
    }
  }

  return {
    /**
     * @param {string} name
     * @param {{ mode?: string, signal?: AbortSignal }} options
     * @param {(lock: Lock) => unknown} hold
     */
    async request(name, options, hold) {
      const { mode = 'exclusive', signal } = options;
      /** @type {Lock} */
      const lock = { name, mode, enter() {} };
      const entered = new Promise((resolve, reject) => {
        lock.enter = resolve;
        if (!knowsSignals) return;
        signal?.addEventListener('abort', () => {
          const at = waiting.indexOf(lock);
          if (at >= 0) waiting.splice(at, 1);
          reject(signal.reason);
          grant();
        });
      });
      waiting.push(lock);
      queueMicrotask(grant);
      await entered;
      try {
        return await hold(lock);
      } finally {
        held.splice(held.indexOf(lock), 1);
        grant();
      }
    },
    query: async () => ({ held: held.map(({ name, mode }) => ({ name, mode })), pending: [] }),
  };
}
