// Authorization requests, pushed (RFC 9126) or not.

import { secondsFrom } from '../../../src/web/env.js';
import { withSmartErrors } from '../error/create-error.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { URL } from '../values/platform.js';
import { formRequest, run } from './run-block.js';
import type { TokenRequest } from './token-request.js';

/** The parameters of an authorization request besides the client's id. */
export interface AuthorizationParameters {
  redirectUri: string | URL;
  scope: string;
  aud: string;
  state: string;
  codeChallenge: string;
  launch?: string | undefined;
  nonce?: string | undefined;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
}

/**
 * Creates an authorization request (SMART App Launch 2.2, "Obtain authorization code"). The parameters are in the
 * specification's order.
 *
 * @example
 * const pkce = await createPkcePair(), state = await createState();
 * const request = await createAuthorizationRequest({
 *   authorizationEndpoint: 'https://ehr.example/authorize', clientId: 'app', redirectUri: 'https://app.example/back',
 *   scope: 'launch/patient patient/*.rs', aud: 'https://ehr.example/fhir', state, codeChallenge: pkce.codeChallenge,
 * });
 */
export function createAuthorizationRequest(
  input: AuthorizationParameters & {
    authorizationEndpoint: string | URL;
    clientId: string;
    method?: 'GET' | 'POST' | undefined;
    allowInsecureLoopback?: boolean | undefined;
  },
): Promise<AuthorizationRequest> {
  return withSmartErrors(() => run('authorizationRequest', input))();
}

/**
 * Creates a pushed authorization request (RFC 9126 §2.1; public client). Read the response with {@link
 * readPushedAuthorizationResponse}, which returns the request to navigate to.
 */
export function createPushedAuthorizationRequest(
  input: AuthorizationParameters & {
    pushedAuthorizationRequestEndpoint: string | URL;
    clientId: string;
    allowInsecureLoopback?: boolean | undefined;
  },
): Promise<TokenRequest> {
  return withSmartErrors(() => formRequest('pushedRequest', input))();
}

/**
 * Reads the response to a pushed authorization request, and creates the authorization request that refers to it (RFC 9126 §2.2,
 * §4). Navigate to it at once: the reference expires soon, and works only once.
 *
 * @throws {SmartError} `authorization_refused` (the server's reason in `oauth`), `http_status`, `json_invalid`,
 * `par_response_invalid`, `redirected`.
 */
export function readPushedAuthorizationResponse(input: {
  status: number;
  body: string;
  retryAfter?: string | null | undefined;
  authorizationEndpoint: string | URL;
  clientId: string;
  state: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<AuthorizationRequest> {
  return withSmartErrors(() => run('pushedResponse', { ...input, retryAfter: secondsFrom(input.retryAfter) }))();
}
