// What a server says of itself.

import { warnings, withChunk } from './error.js';

/** The engine's `Server` as `SmartServerMetadata`. */
export const metadata = (server) => withChunk(import('./metadata.js'), (chunk) => chunk.metadata(server, warnings));
