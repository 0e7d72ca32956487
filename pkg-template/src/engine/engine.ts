// The engine: jobs of a client, and building blocks.

import { createGlue, instantiate } from 'smart-launch-wasm';
import type { PartName } from 'smart-launch-parts';
import { Env, createWorld } from '../../../src/web/env.js';
import { createModule, read, textOf } from './module.js';
import type { Environment } from './module.js';

export { named } from './module.js';

const engine = createModule({ createGlue, instantiate });

/** The parts that jobs call one after the other; all other jobs call that of sessions. */
const PARTS: Record<string, readonly PartName[]> = {
  authorize: ['core'],
  can: ['core'],
  discover: ['core'],
  restore: ['core', 'session'],
  userinfo: ['inquiries'],
  introspect: ['inquiries'],
  idToken: ['inquiries'],
};

/**
 * Does a job.
 */
export const run = async (job: string, input: object, environment: Environment = new Env()): Promise<unknown> =>
  engine.flow(PARTS[job] ?? ['session'], environment, textOf({ ...input, job }));

/**
 * Does what the building block `name` does.
 */
export const block = async (name: string, input: object): Promise<unknown> => {
  const text = textOf(input);
  return read(await engine.run('blocks', (glue) => glue.call('blocks', undefined, name, text)));
};

/**
 * Makes the outside world of each flow of a client. Its memory and locks are those of the page; where there is no page they
 * are the client's own, for a server's process has many users.
 *
 * @param observe told of each request
 * @param takeEarly gives the request for a document that was begun before, once
 */
export function createEnvs(observe: (event: object) => void, takeEarly: Env['takeEarly']): () => Env {
  const world = globalThis.document ? undefined : createWorld();
  const areas = new Set<string>();
  return () => new Env(observe, world, areas, takeEarly);
}

/** Whether scopes that were granted cover what is needed. */
export const can = (granted: string, needed: string): boolean =>
  read(engine.runNow((glue) => glue.call('core', undefined, JSON.stringify({ job: 'can', granted, needed })))) === true;
