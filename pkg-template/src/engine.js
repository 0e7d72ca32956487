// The engine of the client.

import { bytes, createGlue } from 'smart-launch-client-wasm';
import { Env } from '../../src/web/env.js';
import { createModule, read } from './module.js';

export { named } from './module.js';

const withGlue = createModule({ bytes, createGlue });

/**
 * Does a job.
 *
 * @param {string} job
 * @param {object} input
 * @param {(event: object) => void} [observe] told of each request
 */
export async function run(job, input, observe) {
  const text = JSON.stringify({ ...input, job });
  const step = (env) =>
    withGlue((glue) => {
      glue.enter(env);
      return glue.run(text);
    });
  return read(await new Env(observe).run(step));
}
