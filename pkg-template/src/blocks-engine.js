// The engine of the building blocks, and of inquiries about a session.

import { bytes, createGlue } from 'smart-launch-blocks-wasm';
import { Env } from '../../src/web/env.js';
import { createModule, read } from './module.js';

const engine = createModule({ bytes, createGlue });

/**
 * Does what the building block `name` does.
 *
 * @param {string} name
 * @param {object} input
 */
export const block = async (name, input) =>
  read(await engine.run((glue) => glue.call(name, JSON.stringify(input))));

/**
 * Asks the server about a session, or proves an ID token.
 *
 * @param {object} input
 * @param {{ run: Function }} [env] of the client's engine, whose memory and locks it has
 */
export async function ask(input, env = new Env()) {
  const text = JSON.stringify(input);
  const step = (env) =>
    engine.run((glue) => {
      glue.enter(env);
      return glue.call('ask', text);
    });
  return read(await env.run(step));
}
