/**
 * Registers the app by RFC 7591 and returns its client id.
 *
 * @param {Parameters<typeof registered>} given
 */
export const register = async (...given) => (await registered(...given)).clientId;

/**
 * Registers a client by RFC 7591 and returns its client id and its secret.
 *
 * @param {string} endpoint
 * @param {import('./app.mjs').App} app
 * @param {object} more
 * @returns {Promise<{ clientId: string, secret?: string }>}
 */
export async function registered(endpoint, app, more = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'app',
      redirect_uris: [app.callback],
      post_logout_redirect_uris: [app.goodbye],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...more,
    }),
  });
  const answer = await response.json();
  if (!answer.client_id) throw new Error(`no registration: HTTP ${response.status} ${JSON.stringify(answer)}`);
  return { clientId: answer.client_id, ...(answer.client_secret && { secret: answer.client_secret }) };
}
