// The setup by an administrator: the OpenID Connect plugin, scopes, a user and the app, through the server's own API.

import { generateKeyPairSync } from 'node:crypto';

export const USER = { username: 'dr1', password: 'password' };

/**
 * Configures the server, and returns the scope that the app can request.
 *
 * @param {string} base
 * @param {import('../app.mjs').App} app
 * @param {string} fhirBaseUrl
 * @param {import('../run-server.mjs').StartInput['credentials']} credentials
 */
export async function configure(base, app, fhirBaseUrl, { secret, specialSecret, jwks }) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' };
  const cookie = await signIn(base);
  /** @param {string} resource @param {object} body */
  const create = async (resource, body) => {
    const headers = { cookie, 'content-type': 'application/json' };
    const response = await fetch(`${base}/api/${resource}/`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${resource}: HTTP ${response.status} ${await response.text()}`);
  };
  await create('mod/plugin', {
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
      'auth-type-client-enabled': true,
      'auth-type-device-enabled': false,
      'auth-type-refresh-enabled': true,
      'subject-type': 'public',
      'allowed-scope': ['openid', ...SCOPES, 'system/*.rs'],
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
      'request-parameter-allow': true,
      'request-maximum-exp': 3600,
      'oauth-par-allowed': true,
      'oauth-par-required': false,
      'oauth-par-request_uri-prefix': 'urn:ietf:params:oauth:request_uri:',
      'oauth-par-duration': 90,
      'oauth-fapi-allow-jarm': true,
      'register-client-allowed': true,
      'register-client-auth-scope': [],
      'register-client-credentials-scope': [],
      'register-client-management-allowed': true,
      'client-jwks-parameter': 'jwks',
      'name-claim': 'no',
      'email-claim': 'no',
      'scope-claim': 'no',
      'address-claim': { type: 'no' },
      claims: [{ name: 'fhirUser', 'user-property': 'name', type: 'string', mandatory: true, scope: ['fhirUser'] }],
    },
  });
  for (const name of [...SCOPES, 'system/*.rs']) {
    const texts = { name, display_name: name, description: name };
    await create('scope', { ...texts, password_required: false, password_max_age: 0, scheme: {} });
  }
  await create('user', { ...USER, name: `${fhirBaseUrl}/Practitioner/dr1`, scope: ['openid', ...SCOPES], enabled: true });
  await create('client', {
    client_id: 'app',
    name: 'app',
    scope: [],
    confidential: false,
    enabled: true,
    redirect_uri: [app.callback],
    post_logout_redirect_uri: app.postLogoutUri,
    authorization_type: ['code', 'refresh_token', 'delete_token'],
    token_endpoint_auth_method: ['none'],
  });
  const user = {
    redirect_uri: [app.callback],
    authorization_type: ['code', 'refresh_token', 'delete_token'],
    scope: [],
  };
  const system = { authorization_type: ['client_credentials'], scope: ['system/*.rs'] };
  /** @param {string} method @param {object} fields */
  const confidentialClient = (method, fields) => ({ confidential: true, token_endpoint_auth_method: [method], ...fields });
  for (const [client_id, client] of Object.entries({
    basic: confidentialClient('client_secret_basic', { ...user, password: secret }),
    post: confidentialClient('client_secret_post', { ...user, password: secret }),
    RS256: confidentialClient('private_key_jwt', { ...user, jwks: jwks.RS256 }),
    RS384: confidentialClient('private_key_jwt', { ...user, jwks: jwks.RS384 }),
    ES384: confidentialClient('private_key_jwt', { ...user, jwks: jwks.ES384 }),
    special: confidentialClient('client_secret_basic', { ...system, password: specialSecret }),
    backendKey: confidentialClient('private_key_jwt', { ...system, jwks: jwks.ES384 }),
    backendSecret: confidentialClient('client_secret_basic', { ...system, password: secret }),
  })) {
    await create('client', { client_id, name: client_id, enabled: true, ...client });
  }
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
