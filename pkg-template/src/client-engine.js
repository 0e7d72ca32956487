// The engine of the client.

import { createGlue, instantiate } from 'smart-launch-client-wasm';
import { Env } from '../../src/web/env.js';
import { createModule, read } from './module.js';

export { named } from './module.js';

const engine = createModule({ createGlue, instantiate });

/**
 * Does a job.
 *
 * @param {string} job
 * @param {object} input
 * @param {(event: object) => void} [observe] told of each request
 */
export const run = (job, input, observe) => engine.flow(createEnv(observe), JSON.stringify({ ...input, job }));

/** The outside world of a flow, with the memory and the locks of this page. */
export const createEnv = (observe) => new Env(observe);

/** Whether scopes that were granted cover what is needed. */
export const can = (granted, needed) =>
  read(engine.runNow((glue) => glue.call(JSON.stringify({ job: 'can', granted, needed }))));
