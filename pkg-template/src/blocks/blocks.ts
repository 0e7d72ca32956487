// The building blocks: each makes or reads one message, takes and returns plain values, and stores nothing.

export { createAuthorizationRequest, createPushedAuthorizationRequest, readPushedAuthorizationResponse } from './authorization-request.js';
export type { AuthorizationParameters } from './authorization-request.js';
export { readAuthorizationResponse } from './authorization-response.js';
export { createCodeTokenRequest, createRefreshTokenRequest } from './create-token-request.js';
export { readIdToken } from './id-token.js';
export type { IdTokenInput } from './id-token.js';
export { parseLaunch } from './launch.js';
export { createPkcePair, createState } from './pkce.js';
export type { PkcePair } from './pkce.js';
export { normalizeScope, scopeCovers } from './scopes.js';
export { readSmartConfiguration, smartConfigurationUrl } from './smart-configuration.js';
export type { SmartTokens } from './smart-tokens.js';
export { readTokenResponse } from './token-response.js';
