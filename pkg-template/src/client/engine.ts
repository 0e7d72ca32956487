// The chunk that follows the entry: what a client does, and the engine that decides how.

export { createJobs } from './calls.js';
export { can, run } from '../engine/client-engine.js';
