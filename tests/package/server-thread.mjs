// A server that renders a page twice, as for two users. It runs in a thread of its own, which has no DOM.

import { Writable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { renderToPipeableStream } from 'react-dom/server';
import { PAGES, watcher } from './components.mjs';

const { name, options } = workerData;
const { seen, status } = watcher();
const errors = [];
let engines = 0;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (...source) => {
  engines += 1;
  return instantiate(...source);
};

const render = () =>
  new Promise((resolve) => {
    const chunks = [];
    const sink = new Writable({
      write(chunk, _, done) {
        chunks.push(chunk);
        done();
      },
    });
    sink.on('finish', () => resolve(Buffer.concat(chunks).toString()));
    const onError = (error) => void errors.push(error.code ?? String(error));
    renderToPipeableStream(PAGES[name]({ options }, status), { onError }).pipe(sink);
  });

const pages = [await render(), await render()];
const states = seen.map(({ status, activity }) => `${status} ${activity}`);
const clients = new Set(seen.map(({ client }) => client)).size;
parentPort.postMessage({ html: pages[0], errors, states, clients, engines });
