// The entry: what an app loads first. The engine follows with the first asynchronous call.

export { createSmartClient } from './client/smart-client.js';
export { SmartError } from './error/smart-error.js';
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
} from './blocks/blocks.js';
