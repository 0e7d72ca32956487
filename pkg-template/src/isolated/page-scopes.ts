// The comparison of scopes in a page whose session is in a worker.

import { withChunk } from '../error/create-error.js';
import type { SmartError } from '../error/smart-error.js';

/** Loads the engine into the page, and returns its comparison of scopes, or the error if the engine does not start there. */
export const covers = () =>
  withChunk(import('../client/engine.js'), async ({ run, can }) => {
    // Compiles and starts the engine, so that `can` is synchronous from here on.
    await run('can', { granted: '', needed: '' });
    return can;
    // `withChunk` rejects only with this type.
  }).catch((error: SmartError) => error);
