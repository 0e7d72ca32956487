/**
 * Clients that authenticate with a key or a secret (SMART App Launch 2.2, "Client Authentication"): apps with a user, back ends
 * without one ("Backend Services"), public keys, and single requests.
 */

export { createBackendClient } from './confidential/create-backend-client.js';
export { createConfidentialClient } from './confidential/create-confidential-client.js';
export { publicJwks } from './confidential/public-jwks.js';
export {
  createClientAssertion,
  createCodeTokenRequest,
  createIntrospectionRequest,
  createPushedAuthorizationRequest,
  createRefreshTokenRequest,
  createRequestObject,
  createRevocationRequest,
  createTokenRequest,
  dangerouslyCreatePasswordTokenRequest,
} from './confidential/requests.js';
export type { RequestingClient } from './confidential/requests.js';
export type { BackendClient, BackendEvents, BackendToken } from './confidential/backend-client.js';
export type { BackendClientOptions } from './confidential/backend-options.js';
export type { ClientAuth, ClientKeyAuth, ClientSecretAuth, PrivateJwk, SignatureBytes } from './confidential/client-auth.js';
export type {
  ConfidentialClientOptions,
  ConfidentialServerDefaults,
  ConfidentialServerOptions,
} from './confidential/confidential-options.js';
