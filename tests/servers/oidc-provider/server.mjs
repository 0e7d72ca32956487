// oidc-provider on loopback, adapted only through its own configuration.

import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const { port, fhirBaseUrl, callback, goodbye, setup } = JSON.parse(String(process.argv[2]));
const issuer = `http://localhost:${port}`;

/** @param {import('node:crypto').KeyPairKeyObjectResult} pair @param {string} alg */
const key = (pair, alg) => ({
  ...pair.privateKey.export({ format: 'jwk' }),
  use: 'sig',
  kid: alg,
  alg,
});

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'app',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      post_logout_redirect_uris: [goodbye],
      ...setup.client,
    },
  ],
  scopes: ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs'],
  claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
  conformIdTokenClaims: false,
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, fhirUser: `${fhirBaseUrl}/Practitioner/${sub}` }) }),
  extraParams: ['aud'],
  rotateRefreshToken: setup.rotates,
  // By default offline_access is granted only to requests with prompt=consent, which SMART apps do not send.
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  features: {
    dPoP: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: setup.pushedOnly },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: setup.jwt,
      defaultResource: (ctx) => String(ctx.oidc.params?.aud ?? fhirBaseUrl),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'launch/patient patient/*.rs',
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
