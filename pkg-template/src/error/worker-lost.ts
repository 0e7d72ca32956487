// @ts-nocheck
// What `worker_lost` says. A file of its own, because it is said when nothing can be loaded any more.

export const WORKER_LOST = [
  'the worker that keeps the session did not start, or is gone, and the session with it',
  'Call authorize() to sign in again. If it never starts: serve dist/worker.js from this origin and permit it in the Content-Security-Policy (worker-src).',
];
