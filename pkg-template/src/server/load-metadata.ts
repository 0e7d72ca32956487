// Loads the chunk that makes a server's metadata.

import type * as errors from '../error/create-error.js';
import type { EngineServer } from './engine-server.js';
import type { SmartServerMetadata } from './smart-server-metadata.js';

/** With the functions that make errors, which are in the caller's bundle. */
export const loadMetadata = (
  server: EngineServer,
  { warnings, withChunk }: Pick<typeof errors, 'warnings' | 'withChunk'>,
): Promise<SmartServerMetadata> =>
  withChunk(import('./metadata.js'), (chunk) => chunk.metadata(server, warnings));
