/**
 * Back ends without a user (SMART App Launch 2.2, "Backend Services"), public keys, and requests of confidential clients. For apps
 * with a user, `createSmartClient` has the option `clientAuth`.
 */

export { createBackendClient } from './confidential/create-backend-client.js';
export { publicJwks } from './confidential/public-jwks.js';
export {
  createClientAssertion,
  createIntrospectionRequest,
  createRevocationRequest,
  createTokenRequest,
} from './confidential/requests.js';
export type { RequestingClient } from './confidential/requests.js';
export type { BackendClient, BackendEvents, BackendToken } from './confidential/backend-client.js';
export type { BackendClientOptions } from './confidential/backend-options.js';
export type { ClientAuth, ClientKeyAuth, ClientSecretAuth } from './values/client-auth.js';
