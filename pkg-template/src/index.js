// The entry: what an app loads first. The engine follows with the first asynchronous call.

export { createSmartClient } from './client.js';
export { SmartError } from './smart-error.js';
export {
  createAuthorizationRequest,
  createCodeTokenRequest,
  createPkcePair,
  createRefreshTokenRequest,
  createState,
  normalizeScope,
  parseLaunch,
  readAuthorizationResponse,
  readIdToken,
  readSmartConfiguration,
  readTokenResponse,
  scopeCovers,
  smartConfigurationUrl,
} from './blocks.js';
