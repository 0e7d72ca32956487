// Runs the package's worker in a Node thread, whose globals differ from those of a dedicated worker.

import { parentPort, workerData } from 'node:worker_threads';

if (!parentPort) throw new Error('this file runs only in a worker thread');
const port = parentPort;
// The members of a dedicated worker's global object that the package uses.
const workerGlobal = /** @type {{ postMessage: unknown, addEventListener: unknown, location?: unknown }} */ (globalThis);

workerGlobal.postMessage = port.postMessage.bind(port);
workerGlobal.addEventListener = (/** @type {string} */ name, /** @type {(event: { data: unknown }) => void} */ listener) =>
  name === 'message' && port.on('message', (data) => listener({ data }));
// Reports each BroadcastChannel that is opened here, because it would reach every page of the origin.
globalThis.BroadcastChannel = class extends BroadcastChannel {
  /** @param {string} name */
  constructor(name) {
    super(name);
    port.postMessage({ channel: name });
  }
};
await import(workerData);
if (workerGlobal.location) throw new Error('the worker has set `location`');
