// What a browser has and Node has not: Web Locks, and storage that tabs share.

/**
 * Puts a value at a name of the global object until the test ends.
 *
 * @param {import('node:test').TestContext} test
 */
export function setGlobal(test, name, descriptor) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  test.after(() => {
    if (before) Object.defineProperty(globalThis, name, before);
    else delete globalThis[name];
  });
  Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
}

/** Storage of an origin. */
export class SharedStorage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, text) {
    this[key] = String(text);
  }

  removeItem(key) {
    delete this[key];
  }

  clear() {
    for (const key of Object.keys(this)) delete this[key];
  }
}

/**
 * The locks of an origin, as the Web Locks API says: first come, first served; shared ones at the same time.
 *
 * @param {{ knowsSignals?: boolean }} [of]
 */
export function createWebLocks({ knowsSignals = true } = {}) {
  const waiting = [];
  const held = [];
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
    async request(name, options, hold) {
      const { mode = 'exclusive', signal } = options;
      const lock = { name, mode };
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
