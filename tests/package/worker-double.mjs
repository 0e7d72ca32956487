// Dedicated workers without a browser.

import { Worker as Thread } from 'node:worker_threads';

/**
 * Puts them where the package looks for them.
 *
 * @param {import('node:test').TestContext} test
 */
export function watchWorkers(test) {
  const watched = { started: [], sent: [], received: [], script: (url) => url };

  class Worker extends EventTarget {
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
        if (!this.mute) this.tell('message', { data });
      });
      this.thread.on('error', () => this.tell('error'));
    }

    /** A message as the page's scripts can send one too. */
    postMessage(message, transfer) {
      watched.sent.push(message);
      this.thread.postMessage(message, transfer);
    }

    terminate() {
      this.ended = true;
      this.thread.terminate();
    }

    tell(event, members = {}) {
      if (!this.ended) this.dispatchEvent(Object.assign(new Event(event), members));
    }
  }

  Object.defineProperty(globalThis, 'Worker', { configurable: true, value: Worker });
  test.after(() => {
    delete globalThis.Worker;
    return Promise.all(watched.started.map(({ thread }) => thread.terminate()));
  });
  /** Ends all of them as the end of a page does: nobody is told. */
  watched.end = () => watched.started.forEach((worker) => worker.terminate());
  /** Sends the latest one a message, as a script in the page can, and gives the answer. */
  watched.forge = async (message) => {
    const { thread } = watched.started.at(-1);
    const answered = new Promise((resolve) => {
      const onMessage = (data) => {
        if (!('id' in data)) return;
        thread.off('message', onMessage);
        resolve(data);
      };
      thread.on('message', onMessage);
    });
    thread.postMessage(message);
    return answered;
  };
  return watched;
}
