// The engine of the building blocks.

import { createGlue, instantiate } from 'smart-launch-blocks-wasm';
import { createModule, read } from './module.js';

const engine = createModule({ createGlue, instantiate });

/**
 * Does what the building block `name` does.
 *
 * @param {string} name
 * @param {object} input
 */
export const block = async (name, input) =>
  read(await engine.run((glue) => glue.call(undefined, name, JSON.stringify(input))));
