// The first entry, for what is in directories here: other entries leave it outside, so that there is one copy.

export { createRefreshTokenRequest, createSmartClient, readTokenResponse, SmartError } from './index.js';
