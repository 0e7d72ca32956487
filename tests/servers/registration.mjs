/**
 * Registers the app by RFC 7591 and returns its client id.
 *
 * @param {string} endpoint
 * @param {import('./app.mjs').App} app
 * @param {object} more
 * @returns {Promise<string>}
 */
export async function register(endpoint, app, more = {}) {
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
  return answer.client_id;
}
