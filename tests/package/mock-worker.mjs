// Dedicated workers as threads of Node, without a browser.

import { Worker as Thread } from 'node:worker_threads';

/**
 * Replaces the global `Worker`.
 *
 * @param {import('node:test').TestContext} test
 *
 * @typedef {object} StartedWorker
 * @property {Thread} thread
 * @property {WorkerOptions} [options]
 * @property {boolean} [mute] whether messages from the worker are not passed to the page
 * @property {() => void} terminate
 * @property {(event: string, members?: object) => void} dispatch dispatches an event to the page
 *
 * @typedef {object} WatchedWorkers
 * @property {StartedWorker[]} started
 * @property {unknown[]} sent
 * @property {unknown[]} received
 * @property {(url: string) => string} script the script to run instead of the package's worker
 * @property {Error} [failure] if set, `new Worker()` throws this error
 */
export function watchWorkers(test) {
  /** @type {WatchedWorkers} */
  const watched = { started: [], sent: [], received: [], script: (url) => url };

  class Worker extends EventTarget {
    /** @type {boolean | undefined} */
    mute;
    /** @type {boolean | undefined} */
    ended;

    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super();
      if (watched.failure) throw watched.failure;
      watched.started.push(this);
      this.options = options;
      this.thread = new Thread(new URL('./worker-thread.mjs', import.meta.url), {
        workerData: watched.script(String(url)),
      });
      this.thread.on('message', (data) => {
        watched.received.push(data);
        if (!this.mute) this.dispatch('message', { data });
      });
      this.thread.on('error', () => this.dispatch('error'));
    }

    /**
     * Sends a message, as any script of the page can.
     *
     * @param {unknown} message
     * @param {import('node:worker_threads').Transferable[]} [transfer]
     */
    postMessage(message, transfer) {
      watched.sent.push(message);
      this.thread.postMessage(message, transfer);
    }

    terminate() {
      this.ended = true;
      this.thread.terminate();
    }

    /** @param {string} event */
    dispatch(event, members = {}) {
      if (!this.ended) this.dispatchEvent(Object.assign(new Event(event), members));
    }
  }

  Object.defineProperty(globalThis, 'Worker', { configurable: true, value: Worker });
  test.after(() => {
    Reflect.deleteProperty(globalThis, 'Worker');
    return Promise.all(watched.started.map(({ thread }) => thread.terminate()));
  });
  /** Ends all workers without an event, as when a page is closed. */
  const end = () => watched.started.forEach((worker) => worker.terminate());
  /**
   * Sends a message to the latest worker, as any script of the page can, and returns the reply.
   *
   * @param {unknown} message
   */
  const forge = async (message) => {
    const thread = watched.started.at(-1)?.thread;
    if (!thread) throw new Error('no worker was started');
    const reply = new Promise((resolve) => {
      /** @param {object} data */
      const onMessage = (data) => {
        if (!('id' in data)) return;
        thread.off('message', onMessage);
        resolve(data);
      };
      thread.on('message', onMessage);
    });
    thread.postMessage(message);
    return reply;
  };
  return Object.assign(watched, { end, forge });
}
