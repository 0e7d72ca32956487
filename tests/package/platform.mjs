// Browser features that Node lacks: Web Locks, and storage that tabs share.

/**
 * Sets a member of the global object until the test ends.
 *
 * @param {import('node:test').TestContext} test
 * @param {string} name
 * @param {PropertyDescriptor} descriptor
 */
export function setGlobal(test, name, descriptor) {
  // Only the first call for a name adds a hook, because hooks run in the order in which they were added.
  if (!replacedNames.has(name)) {
    const original = Object.getOwnPropertyDescriptor(globalThis, name);
    replacedNames.add(name);
    test.after(() => {
      replacedNames.delete(name);
      if (original) Object.defineProperty(globalThis, name, original);
      else Reflect.deleteProperty(globalThis, name);
    });
  }
  Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
}

/** The names of the globals that a test has replaced. @type {Set<string>} */
const replacedNames = new Set();

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
 * The locks of an origin, as in the Web Locks API: first come, first served; shared locks can be held at the same time.
 *
 * @param {{ knowsSignals?: boolean }} [options]
 *
 * @typedef {{ name: string, mode: string, enter: (value?: unknown) => void }} Lock
 */
export function createWebLocks({ knowsSignals = true } = {}) {
  /** @type {Lock[]} */
  const queue = [];
  /** @type {Lock[]} */
  const held = [];
  /** @param {Lock} lock @param {Lock} earlier */
  const conflicts = (lock, earlier) => lock.name === earlier.name && (lock.mode !== 'shared' || earlier.mode !== 'shared');

  function grant() {
    for (const lock of [...queue]) {
      const earlier = queue.slice(0, queue.indexOf(lock));
      if ([...held, ...earlier].some((blocker) => conflicts(lock, blocker))) continue;
      queue.splice(queue.indexOf(lock), 1);
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
      const acquired = new Promise((resolve, reject) => {
        lock.enter = resolve;
        if (!knowsSignals) return;
        signal?.addEventListener('abort', () => {
          const at = queue.indexOf(lock);
          if (at >= 0) queue.splice(at, 1);
          reject(signal.reason);
          grant();
        });
      });
      queue.push(lock);
      queueMicrotask(grant);
      await acquired;
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
