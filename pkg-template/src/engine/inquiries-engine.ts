// The engine of inquiries: about a session, and of what an ID token says.

import { createGlue, instantiate } from 'smart-launch-inquiries-wasm';
import { Env } from '../../../src/web/env.js';
import { createModule, textOf } from './module.js';
import type { Environment } from './module.js';

const engine = createModule({ createGlue, instantiate });

/**
 * Asks the server about a session, or proves an ID token.
 *
 * @param environment of the client's engine, whose memory and locks it has
 */
export const ask = async (input: object, environment: Environment = new Env()): Promise<unknown> =>
  engine.flow(environment, textOf(input));
