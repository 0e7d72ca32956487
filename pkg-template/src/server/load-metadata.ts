// @ts-nocheck
// What a server says of itself.

/** The engine's `Server` as `SmartServerMetadata`; with the making of errors, which is where the caller is. */
export const metadata = (server, { warnings, withChunk }) =>
  withChunk(import('./metadata.js'), (chunk) => chunk.metadata(server, warnings));
