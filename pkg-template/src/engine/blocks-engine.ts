// The engine of the building blocks.

import { createGlue, instantiate } from 'smart-launch-blocks-wasm';
import { createModule, read, textOf } from './module.js';

const engine = createModule({ createGlue, instantiate });

/**
 * Does what the building block `name` does.
 */
export const block = async (name: string, input: object): Promise<unknown> => {
  const text = textOf(input);
  return read(await engine.run((glue) => glue.call(undefined, name, text)));
};
