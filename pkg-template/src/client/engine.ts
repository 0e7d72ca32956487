// The chunk that is loaded after the entry: the client's calls and the WebAssembly engine.

export { createJobs } from './calls.js';
export { block, can, run } from '../engine/engine.js';
