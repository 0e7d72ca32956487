// oidc-provider on loopback, adapted only by its configuration and a middleware.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const { port, fhirBaseUrl, callback, postLogoutUri, credentials, setup } = JSON.parse(String(process.argv[2]));
const issuer = `http://localhost:${port}`;

/** @param {import('node:crypto').KeyPairKeyObjectResult} pair @param {string} alg */
const key = (pair, alg) => ({
  ...pair.privateKey.export({ format: 'jwk' }),
  use: 'sig',
  kid: alg,
  alg,
});

const user = { grant_types: ['authorization_code', 'refresh_token'], redirect_uris: [callback] };
const system = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
/** @param {string} token_endpoint_auth_method @param {string} [client_secret] */
const bySecret = (token_endpoint_auth_method, client_secret = credentials.secret) => ({
  token_endpoint_auth_method,
  client_secret,
});
/** @param {string} algorithm */
const byKey = (algorithm) => ({ token_endpoint_auth_method: 'private_key_jwt', jwks: credentials.jwks[algorithm] });
const ALGORITHMS = /** @type {const} */ (['RS256', 'RS384', 'ES384']);
/** The clients of Confidential in confidential.mjs, by their names. */
const confidential = {
  basic: { ...user, ...bySecret('client_secret_basic') },
  post: { ...user, ...bySecret('client_secret_post') },
  RS256: { ...user, ...byKey('RS256') },
  RS384: { ...user, ...byKey('RS384') },
  ES384: { ...user, ...byKey('ES384') },
  special: { ...system, ...bySecret('client_secret_basic', credentials.specialSecret) },
  backendKey: { ...system, ...byKey('ES384') },
  backendSecret: { ...system, ...bySecret('client_secret_basic') },
};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'app',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      post_logout_redirect_uris: [postLogoutUri],
      ...setup.client,
    },
    .../** @type {import('oidc-provider').ClientMetadata[]} */ (Object.entries(confidential).map(([client_id, client]) => ({ client_id, ...client }))),
  ],
  enabledJWA: { clientAuthSigningAlgValues: ALGORITHMS, requestObjectSigningAlgValues: ALGORITHMS },
  scopes: ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs', 'system/*.rs'],
  claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
  conformIdTokenClaims: false,
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, fhirUser: `${fhirBaseUrl}/Practitioner/${sub}` }) }),
  extraParams: ['aud'],
  rotateRefreshToken: setup.rotates,
  // By default offline_access is granted only to requests with prompt=consent, which SMART apps do not send.
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  features: {
    clientCredentials: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => Boolean(setup.dpop) },
    jwtResponseModes: { enabled: setup.isConfidential },
    registration: { enabled: setup.isConfidential },
    registrationManagement: { enabled: setup.isConfidential },
    requestObjects: { enabled: setup.isConfidential },
    introspection: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: setup.pushedOnly },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: setup.jwt,
      defaultResource: (ctx) => String(ctx.oidc.params?.aud ?? fhirBaseUrl),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'launch/patient patient/*.rs system/*.rs',
        audience: fhirBaseUrl,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  jwks: {
    keys: [
      key(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
      key(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
    ],
  },
  enableHttpPostMethods: true,
  cookies: { keys: ['on this machine'], long: { sameSite: 'none' } },
});
provider.use(async (ctx, next) => {
  await next();
  // SMART members of the token response.
  if (ctx.oidc?.route === 'token' && ctx.status === 200) ctx.body.patient = 'maria-alvarez';
  // Adds `secure`, as a TLS proxy would; browsers accept such cookies from localhost too.
  const cookies = ctx.response.headers['set-cookie'];
  if (Array.isArray(cookies)) ctx.set('set-cookie', cookies.map((cookie) => cookie.replace(/samesite=none/i, '$&; secure')));
});
provider.listen(port, 'localhost');
