// Loads the chunk that creates the metadata object of a server.

import type * as errors from '../error/create-error.js';
import type { EngineServer } from './engine-server.js';
import type { SmartServerMetadata } from './smart-server-metadata.js';

/** Creates the metadata object. The functions of create-error.ts are parameters, because they are in the caller's bundle. */
export const loadMetadata = (
  server: EngineServer,
  { warnings, withChunk }: Pick<typeof errors, 'warnings' | 'withChunk'>,
): Promise<SmartServerMetadata> =>
  withChunk(import('./metadata.js'), (chunk) => chunk.metadata(server, warnings));
