// Runs the package's worker in a thread, which has other names for what a dedicated worker has.

import { parentPort, workerData } from 'node:worker_threads';

globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
globalThis.addEventListener = (name, listener) =>
  name === 'message' && parentPort.on('message', (data) => listener({ data }));
// Each channel that is opened here is told of: it would reach every page of the origin.
globalThis.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name);
    parentPort.postMessage({ channel: name });
  }
};
await import(workerData);
if (globalThis.location) throw new Error('the worker visits nothing by itself');
