// Building blocks for confidential clients: single requests; nothing is stored.

import type { AuthorizationParameters } from '../blocks/blocks.js';
import { TOKEN_REQUEST } from '../blocks/token-request.js';
import type { TokenRequest } from '../blocks/token-request.js';
import { withSmartErrors, withChunk } from '../error/create-error.js';
import { plain } from '../values/plain.js';
import type { URL } from '../values/platform.js';
import type { ClientAuth } from './client-auth.js';

/** The client that sends a request. */
export interface RequestingClient {
  clientId: string;
  /** Absent for a public client. */
  clientAuth?: ClientAuth | undefined;
  /**
   * The server's issuer: the default audience of assertions at endpoints with the issuer's origin, except the token endpoint; and
   * the audience at all endpoints if `clientAuth.audience` is `issuer`.
   */
  issuer?: string | undefined;
  allowInsecureLoopback?: boolean | undefined;
}

/** Creates a token request that exchanges a code (SMART App Launch 2.2, "Obtain access token"). */
export function createCodeTokenRequest(
  input: RequestingClient & {
    tokenEndpoint: string | URL;
    code: string;
    redirectUri: string | URL;
    codeVerifier: string;
  },
): Promise<TokenRequest> {
  return withSmartErrors(() => authenticatedRequest('codeTokenRequest', input))();
}

/** Creates a token request that uses a refresh token (SMART App Launch 2.2, "Refresh access token"). */
export function createRefreshTokenRequest(
  input: RequestingClient & {
    tokenEndpoint: string | URL;
    refreshToken: string;
    /** A subset of the granted scopes. Default: all of them. */
    scope?: string | undefined;
  },
): Promise<TokenRequest> {
  return withSmartErrors(() => authenticatedRequest('refreshTokenRequest', input))();
}

/**
 * Creates a token request with any grant (RFC 6749 §4.5) except `password`: token exchange (RFC 8693), JWT bearer (RFC 7523
 * §2.1), client credentials. Read the response with `readTokenResponse`.
 *
 * @example
 * const { url, init } = await createTokenRequest({
 *   tokenEndpoint: 'https://ehr.example/token', clientId: 'portal', clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 *   grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
 *   params: { subject_token: await smart.getAccessToken(), subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
 * });
 */
export function createTokenRequest(
  input: RequestingClient & {
    tokenEndpoint: string | URL;
    grantType: string;
    /** The other fields. A list is sent as a repeated field. */
    params?: Readonly<Record<string, string | readonly string[]>> | undefined;
  },
): Promise<TokenRequest> {
  return withSmartErrors(() => authenticatedRequest('tokenRequest', input))();
}

/** Creates a pushed authorization request (RFC 9126 §2.1). Read the response with `readPushedAuthorizationResponse`. */
export function createPushedAuthorizationRequest(
  input: RequestingClient & AuthorizationParameters & { pushedAuthorizationRequestEndpoint: string | URL },
): Promise<TokenRequest> {
  return withSmartErrors(() => authenticatedRequest('pushedRequest', input))();
}

/**
 * Creates a token request with the password of a user (RFC 6749 §4.3), for servers such as OpenEMR whose operators enable it for
 * tests and scripts. RFC 9700 §2.4: this grant must not be used. The app learns the password, multi-factor authentication is not
 * possible, and users learn to enter passwords anywhere. Use `createConfidentialClient`, or `createBackendClient` for jobs
 * without a user.
 *
 * @throws {SmartError} `config_invalid` in a page or a worker of a page.
 * @example
 * const { url, init } = await dangerouslyCreatePasswordTokenRequest({
 *   tokenEndpoint: 'https://ehr.example/oauth2/default/token', clientId: 'import', clientAuth: { key: privateKeyPem },
 *   username: 'admin', password, scope: 'openid api:oemr', params: { user_role: 'users' },
 * });
 */
export function dangerouslyCreatePasswordTokenRequest(
  input: RequestingClient & {
    tokenEndpoint: string | URL;
    username: string;
    password: string;
    scope?: string | undefined;
    /** Other fields that the server requires. */
    params?: Readonly<Record<string, string | readonly string[]>> | undefined;
  },
): Promise<TokenRequest> {
  return withSmartErrors(async () => {
    const { isInPage } = await withChunk(import('../engine/confidential-engine.js'), (chunk) => chunk);
    if (isInPage()) throw { code: 'config_invalid', about: 'a page must not send the password of a user: send this request from a server' };
    return authenticatedRequest('passwordTokenRequest', input);
  })();
}

/** Creates a request that revokes a token (RFC 7009 §2.1). */
export function createRevocationRequest(
  input: RequestingClient & { revocationEndpoint: string | URL; token: string; tokenTypeHint?: string | undefined },
): Promise<TokenRequest> {
  return withSmartErrors(() => authenticatedRequest('revocationRequest', input))();
}

/** Creates a request that introspects a token (RFC 7662 §2.1). */
export function createIntrospectionRequest(
  input: RequestingClient & { introspectionEndpoint: string | URL; token: string; tokenTypeHint?: string | undefined },
): Promise<TokenRequest> {
  return withSmartErrors(() => authenticatedRequest('introspectionRequest', input))();
}

/**
 * Signs an authorization request (JWT-Secured Authorization Request, RFC 9101) with the client's key. Send the user to `url`,
 * which contains the token; or serve `requestObject` as `application/oauth-authz-req+jwt`, and send the user to the authorization
 * endpoint with `client_id` and the URL of the token in `request_uri`. The token is valid for four minutes.
 *
 * @example
 * const { url } = await createRequestObject({
 *   request: await smart.authorize({ navigate: false }), authorizationEndpoint: 'https://ehr.example/authorize',
 *   issuer: 'https://ehr.example', clientId: 'portal', clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 * });
 */
export function createRequestObject(input: {
  /** The request to sign, from `authorize({ navigate: false })` or `createAuthorizationRequest`. */
  request: { readonly url: string } | { readonly fields: readonly (readonly [string, string])[] };
  authorizationEndpoint: string | URL;
  /** The server's issuer: the audience of the token. The `aud` of the request becomes `resource`. */
  issuer: string;
  clientId: string;
  /** A key, or a secret with the method `client_secret_jwt`. */
  clientAuth: ClientAuth;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<{ requestObject: string; url: string }> {
  return withSmartErrors(() => {
    const plainInput = plain(input);
    return withChunk(import('../engine/confidential-engine.js'), ({ requestObject }) => requestObject(plainInput));
  })();
}

/**
 * Creates a client assertion for one request to the token endpoint (RFC 7523 §2.2): the value of `client_assertion`.
 *
 * @example
 * const assertion = await createClientAssertion({
 *   tokenEndpoint: 'https://ehr.example/token', clientId: 'portal', clientAuth: { key: privateKeyPem },
 * });
 */
export function createClientAssertion(
  input: RequestingClient & { tokenEndpoint: string | URL; clientAuth: ClientAuth },
): Promise<string> {
  return withSmartErrors(async () => {
    const request = { ...input, grantType: 'client_credentials' };
    const { init } = await authenticatedRequest('tokenRequest', request);
    const assertion = new URLSearchParams(init.body).get('client_assertion');
    if (!assertion) throw { code: 'config_invalid', about: '`clientAuth` authenticates without an assertion' };
    return assertion;
  })();
}

async function authenticatedRequest(name: string, input: object): Promise<TokenRequest> {
  const plainInput = plain(input);
  const chunk = import('../engine/confidential-engine.js');
  const { url, body, authorization } = await withChunk(chunk, ({ block }) => block(name, plainInput));
  const headers = authorization === undefined ? TOKEN_REQUEST.headers : { ...TOKEN_REQUEST.headers, authorization };
  return { url, init: { ...TOKEN_REQUEST, headers, body } };
}
