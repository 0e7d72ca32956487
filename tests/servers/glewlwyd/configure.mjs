// The setup by an administrator: the OpenID Connect plugin, scopes, a user and the app, through the server's own API.

import { generateKeyPairSync } from 'node:crypto';

export const USER = { username: 'dr1', password: 'password' };

/**
 * Returns the scope that the app can request.
 *
 * @param {string} base
 * @param {import('../app.mjs').App} app
 * @param {string} fhirBaseUrl
 */
export async function configure(base, app, fhirBaseUrl) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' };
  const cookie = await signIn(base);
  /** @param {string} what @param {object} body */
  const make = async (what, body) => {
    const headers = { cookie, 'content-type': 'application/json' };
    const response = await fetch(`${base}/api/${what}/`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${what}: HTTP ${response.status} ${await response.text()}`);
  };
  await make('mod/plugin', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'oidc',
    order_rank: 0,
    parameters: {
      iss: `${base}/api/oidc`,
      'jwt-type': 'rsa',
      'jwt-key-size': '256',
      'jwks-show': true,
      'jwks-private': JSON.stringify({ keys: [key] }),
      'default-kid': 'one',
      'access-token-duration': 3600,
      'refresh-token-duration': 86400,
      'code-duration': 60,
      'refresh-token-rolling': false,
      'refresh-token-one-use': 'always',
      'allow-non-oidc': true,
      'auth-type-code-enabled': true,
      'auth-type-code-revoke-replayed': true,
      'auth-type-token-enabled': false,
      'auth-type-id-token-enabled': true,
      'auth-type-none-enabled': false,
      'auth-type-password-enabled': false,
      'auth-type-client-enabled': false,
      'auth-type-device-enabled': false,
      'auth-type-refresh-enabled': true,
      'subject-type': 'public',
      'allowed-scope': ['openid', ...SCOPES],
      'pkce-allowed': true,
      'pkce-method-plain-allowed': false,
      'pkce-required-public-client': true,
      'introspection-revocation-allowed': true,
      'introspection-revocation-allow-target-client': true,
      'introspection-revocation-auth-scope': ['openid'],
      'session-management-allowed': true,
      'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
      'session-cookie-expiration': 2419200,
      'oauth-as-iss-id': true,
      'name-claim': 'no',
      'email-claim': 'no',
      'scope-claim': 'no',
      'address-claim': { type: 'no' },
      claims: [{ name: 'fhirUser', 'user-property': 'name', type: 'string', mandatory: true, scope: ['fhirUser'] }],
    },
  });
  for (const name of SCOPES) {
    const words = { name, display_name: name, description: name };
    await make('scope', { ...words, password_required: false, password_max_age: 0, scheme: {} });
  }
  await make('user', { ...USER, name: `${fhirBaseUrl}/Practitioner/dr1`, scope: ['openid', ...SCOPES], enabled: true });
  await make('client', {
    client_id: 'app',
    name: 'app',
    scope: [],
    confidential: false,
    enabled: true,
    redirect_uri: [app.callback],
    post_logout_redirect_uri: app.goodbye,
    authorization_type: ['code', 'refresh_token', 'delete_token'],
    token_endpoint_auth_method: ['none'],
  });
  return ['openid', ...SCOPES].join(' ');
}

/**
 * Signs in with the default password of a new installation.
 *
 * @param {string} base
 */
async function signIn(base) {
  const body = JSON.stringify({ username: 'admin', password: 'password' });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${base}/api/auth/`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`the administrator cannot sign in: HTTP ${response.status}`);
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return cookies.join('; ');
}

const SCOPES = ['offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs'];
