/**
 * Registers the app by RFC 7591 and returns its client id.
 *
 * @param {Parameters<typeof registerClient>} args
 */
export const registerApp = async (...args) => (await registerClient(...args)).clientId;

/**
 * Registers a client by RFC 7591 and returns its client id and its secret.
 *
 * @param {string} endpoint
 * @param {import('./app.mjs').App} app
 * @param {object} metadata
 * @returns {Promise<{ clientId: string, secret?: string }>}
 */
export async function registerClient(endpoint, app, metadata = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'app',
      redirect_uris: [app.callback],
      post_logout_redirect_uris: [app.postLogoutUri],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...metadata,
    }),
  });
  const client = await response.json();
  if (!client.client_id) throw new Error(`no registration: HTTP ${response.status} ${JSON.stringify(client)}`);
  return { clientId: client.client_id, ...(client.client_secret && { secret: client.client_secret }) };
}
