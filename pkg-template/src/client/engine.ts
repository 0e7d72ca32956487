// The chunk that follows the entry: what a client does, and the engine that decides how.

export { createJobs } from './calls.js';
export { block, can, run } from '../engine/engine.js';
