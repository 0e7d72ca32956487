/**
 * Tokens that are bound to a key (DPoP, RFC 9449).
 */

export { createSmartClient } from './dpop/create-dpop-client.js';
export type { DpopClientOptions, DpopServerDefaults, DpopServerOptions, DpopSmartClient } from './dpop/dpop-client.js';
export type { ProofOptions } from './session/proof-options.js';
