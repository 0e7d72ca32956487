/**
 * An app as a public client (RFC 6749 §2.1), in the words of dynamic registration (RFC 7591). That it must use
 * PKCE goes without saying in oidc-provider.
 */

/**
 * @param {import('../sandbox.d.ts').App} app
 * @returns {import('oidc-provider').ClientMetadata}
 */
export function client({
  clientId,
  name,
  redirectUris,
  postLogoutRedirectUris = [],
  requirePar = false,
  dpop = false,
}) {
  return {
    client_id: clientId,
    client_name: name ?? clientId,
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    require_pushed_authorization_requests: requirePar,
    dpop_bound_access_tokens: dpop,
  };
}
