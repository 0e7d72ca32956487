// The entry: what an app loads first. The engine follows with the first asynchronous call.

export { createSmartClient } from './client.js';
export { SmartError } from './error.js';
export {
  createAuthorizationRequest,
  createCodeTokenRequest,
  createPkcePair,
  createRefreshTokenRequest,
  createState,
  parseLaunch,
  readAuthorizationResponse,
  readSmartConfiguration,
  readTokenResponse,
  smartConfigurationUrl,
} from './blocks.js';
