// Runs the package's worker in a thread, which has other names for what a dedicated worker has.

import { parentPort, workerData } from 'node:worker_threads';

globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
globalThis.addEventListener = (name, listener) =>
  name === 'message' && parentPort.on('message', (data) => listener({ data }));
await import(workerData);
// What a channel would tell the pages of the origin.
if (globalThis.location) throw new Error('the worker visits nothing by itself');
parentPort.on('message', ({ channel }) => channel && new BroadcastChannel(channel).postMessage('heard'));
