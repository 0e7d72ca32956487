// The engine of the client.

import { bytes, createGlue } from 'smart-launch-client-wasm';
import { Env } from '../../src/web/env.js';
import { createModule } from './module.js';

export { named } from './module.js';

const withGlue = createModule({ bytes, createGlue });

/**
 * Does a job.
 *
 * @param {string} job
 * @param {object} input
 * @param {(event: object) => void} [observe] told of each request
 */
export function run(job, input, observe) {
  const env = new Env(observe);
  return withGlue((glue) => env.run(glue.enter, () => glue.startTask(JSON.stringify({ ...input, job }))));
}
