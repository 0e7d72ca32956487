// The chunk that follows the entry: what a client does, and the engine that decides how.

export { createJobs } from './jobs.js';
export { can, run } from './client-engine.js';
