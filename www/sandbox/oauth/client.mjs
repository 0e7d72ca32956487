/** Converts an app to client metadata (RFC 6749 §2.1), with the names of dynamic registration (RFC 7591). */

/**
 * @param {import('../sandbox.d.ts').App} app
 * @returns {import('oidc-provider').ClientMetadata}
 */
export function clientMetadata({
  clientId,
  name,
  redirectUris = [],
  postLogoutRedirectUris = [],
  requirePar = false,
  dpop = false,
  backend = false,
  secret,
  jwks,
  authMethod,
}) {
  return {
    client_id: clientId,
    client_name: name ?? clientId,
    token_endpoint_auth_method: authMethod ?? (jwks ? 'private_key_jwt' : secret ? 'client_secret_basic' : 'none'),
    ...(secret !== undefined && { client_secret: secret }),
    ...(jwks && { jwks: { keys: [...jwks.keys] } }),
    grant_types: backend ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    response_types: backend ? [] : ['code'],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...postLogoutRedirectUris],
    require_pushed_authorization_requests: requirePar,
    dpop_bound_access_tokens: dpop,
  };
}
