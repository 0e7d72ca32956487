// The engine of the client.

import { createGlue, instantiate } from 'smart-launch-client-wasm';
import { Env, createWorld } from '../../../src/web/env.js';
import { createModule, read, textOf } from './module.js';
import type { Environment } from './module.js';

export { named } from './module.js';

const engine = createModule({ createGlue, instantiate });

/**
 * Does a job.
 */
export const run = async (job: string, input: object, environment: Environment = new Env()): Promise<unknown> =>
  engine.flow(environment, textOf({ ...input, job }));

/**
 * Makes the outside world of each flow of a client. Its memory and locks are those of the page; where there is no page they
 * are the client's own, for a server's process has many users.
 *
 * @param observe told of each request
 */
export function createEnvs(observe: (event: object) => void): () => Env {
  const world = globalThis.document ? undefined : createWorld();
  const areas = new Set<string>();
  return () => new Env(observe, world, areas);
}

/** Whether scopes that were granted cover what is needed. */
export const can = (granted: string, needed: string): boolean =>
  read(engine.runNow((glue) => glue.call(undefined, JSON.stringify({ job: 'can', granted, needed })))) === true;
