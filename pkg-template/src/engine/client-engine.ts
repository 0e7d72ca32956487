// @ts-nocheck
// The engine of the client.

import { createGlue, instantiate } from 'smart-launch-client-wasm';
import { Env, createWorld } from '../../../src/web/env.js';
import { createModule, read, textOf } from './module.js';

export { named } from './module.js';

const engine = createModule({ createGlue, instantiate });

/**
 * Does a job.
 *
 * @param {string} job
 * @param {object} input
 * @param {Env} [env]
 */
export const run = async (job, input, env = new Env()) => engine.flow(env, textOf({ ...input, job }));

/**
 * Makes the outside world of each flow of a client. Its memory and locks are those of the page; where there is no page they
 * are the client's own, for a server's process has many users.
 *
 * @param {(event: object) => void} observe told of each request
 */
export function createEnvs(observe) {
  const world = globalThis.document ? undefined : createWorld();
  const areas = new Set();
  return () => new Env(observe, world, areas);
}

/** Whether scopes that were granted cover what is needed. */
export const can = (granted, needed) =>
  read(engine.runNow((glue) => glue.call(undefined, JSON.stringify({ job: 'can', granted, needed }))));
