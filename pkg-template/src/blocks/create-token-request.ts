// Token requests of public clients.

import { withSmartErrors } from '../error/create-error.js';
import type { URL } from '../values/platform.js';
import { formRequest } from './run-block.js';
import type { TokenRequest } from './token-request.js';

/** Creates a token request that exchanges a code (SMART App Launch 2.2, "Obtain access token"; public client). */
export function createCodeTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  code: string;
  redirectUri: string | URL;
  codeVerifier: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest> {
  return withSmartErrors(() => formRequest('codeTokenRequest', input))();
}

/** Creates a token request that uses a refresh token (SMART App Launch 2.2, "Refresh access token"; public client). */
export function createRefreshTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  refreshToken: string;
  /** A subset of the granted scopes. Default: all of them. */
  scope?: string | undefined;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest> {
  return withSmartErrors(() => formRequest('refreshTokenRequest', input))();
}
