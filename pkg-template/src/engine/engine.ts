// Runs the jobs of a client and the building blocks in the WebAssembly module.

import { createGlue, instantiate } from 'smart-launch-wasm';
import type { PartName } from 'smart-launch-parts';
import { Env, createWorld } from '../../../src/web/env.js';
import { createModule, readOutcome, textOf } from './module.js';
import type { Environment } from './module.js';

export { named } from './module.js';

const engine = createModule({ createGlue, instantiate }, 'session');

/** The parts of the module that a job calls, in order. A job that is not listed calls only `session`. */
const PARTS: Record<string, readonly PartName[]> = {
  authorize: ['core', 'push'],
  discover: ['core'],
  restore: ['core', 'session'],
  userinfo: ['inquiries'],
  introspect: ['inquiries'],
  idToken: ['inquiries'],
};

/**
 * Runs a job.
 */
export const run = async (job: string, input: object, environment: Environment = new Env()): Promise<unknown> =>
  engine.flow(PARTS[job] ?? ['session'], environment, textOf({ ...input, job }));

/**
 * Calls the building block `name`.
 */
export const block = async (name: string, input: object): Promise<unknown> => {
  const text = textOf(input);
  return readOutcome(await engine.run('blocks', (glue) => glue.call('blocks', undefined, name, text)));
};

/**
 * Returns a function that creates the environment of each flow of a client. In a page, memory and locks belong to the page;
 * elsewhere they belong to the client, because a server process has many users.
 *
 * @param observe called for each request
 * @param takeEarly returns the request that was sent for a smart-configuration before the engine was loaded; each request is
 *   returned only once
 */
export function createEnvs(observe: (event: object) => void, takeEarly: Env['takeEarly']): () => Env {
  const world = globalThis.document ? undefined : createWorld();
  const areas = new Set<string>();
  return () => new Env(observe, world, areas, takeEarly);
}

/** Whether the granted scopes cover the needed ones. */
export const can = (granted: string, needed: string): boolean =>
  readOutcome(engine.runNow((glue) => glue.call('session', undefined, JSON.stringify({ job: 'can', granted, needed })))) === true;
