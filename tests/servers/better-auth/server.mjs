// better-auth with its OAuth provider on loopback. better-auth has no pages for login and consent, so this file has them.

import { createServer } from 'node:http';
import { getOAuthProviderApi, oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';

const { port, fhirBaseUrl, origin, callback, credentials, user } = JSON.parse(process.argv[2]);
const baseURL = `http://localhost:${port}`;
const scopes = ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs', 'system/*.rs'];
const TABLES = `user session account verification jwks rateLimit oauthClient oauthAccessToken oauthRefreshToken
  oauthConsent oauthResource oauthClientResource oauthApplication oauthClientAssertion`.split(/\s+/);

/** @type {Parameters<typeof oauthProvider>[0]} */
const options = {
  loginPage: '/login',
  consentPage: '/consent',
  scopes,
  allowDynamicClientRegistration: true,
  allowUnauthenticatedClientRegistration: true,
  clientPrivileges: () => true,
  clientRegistrationAllowedScopes: scopes,
  clientRegistrationDefaultScopes: scopes,
  silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
  customTokenResponseFields: () => ({ patient: 'maria-alvarez' }),
  customIdTokenClaims: () => ({ fhirUser: `${fhirBaseUrl}/Practitioner/dr1` }),
};
const auth = betterAuth({
  baseURL,
  secret: 'known to everybody on this machine only',
  trustedOrigins: [baseURL, origin],
  database: memoryAdapter(Object.fromEntries(TABLES.map((table) => [table, []]))),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [jwt(), oauthProvider(options)],
});
await auth.api.signUpEmail({ body: { ...user, name: 'Dr One' } });
const handle = toNodeHandler(auth);
/** Returns the provider's data of an access token, for a FHIR server in the same app. */
const { validateAccessToken } = getOAuthProviderApi({ context: await auth.$context }, options);

/** The confidential clients, as an administrator creates them; the server chooses their secrets. */
const { headers: signInHeaders } = await auth.api.signInEmail({ body: user, returnHeaders: true });
const headers = new Headers({ cookie: signInHeaders.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ') });
async function createClient(method, metadata) {
  const body = { application_type: 'native', redirect_uris: [callback], token_endpoint_auth_method: method, ...metadata };
  const { client_id: clientId, client_secret: secret } = await auth.api.adminCreateOAuthClient({ headers, body });
  return { clientId, secret };
}
const app = { grant_types: ['authorization_code', 'refresh_token'], scope: scopes.slice(0, -1).join(' ') };
const system = { grant_types: ['client_credentials'], client_credentials_scopes: ['system/*.rs'], scope: 'system/*.rs' };
const { RS256, RS384, ES384 } = credentials.jwks;
const clients = {
  basic: await createClient('client_secret_basic', app),
  post: await createClient('client_secret_post', app),
  RS256: await createClient('private_key_jwt', { ...app, jwks: RS256 }),
  RS384: await createClient('private_key_jwt', { ...app, jwks: RS384 }),
  ES384: await createClient('private_key_jwt', { ...app, jwks: ES384 }),
  backendKey: { ...(await createClient('private_key_jwt', { ...system, jwks: ES384 })), scope: 'system/*.rs' },
  backendSecret: { ...(await createClient('client_secret_basic', system)), scope: 'system/*.rs' },
};

/** A page that posts the user's decision with its query, which the server has signed, and opens the URL in the response. */
const page = (controls, path, decision) => `<!doctype html><form>${controls}<button>Go on</button></form>
<script type="module">
  document.forms[0].onsubmit = async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    const body = JSON.stringify({ ...fields, ...${JSON.stringify(decision)}, oauth_query: location.search.slice(1) });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/api/auth/${path}', { method: 'POST', headers, body });
    const { url, redirect_uri } = await response.json();
    location = redirect_uri ?? url;
  };
</script>`;
const PAGES = {
  '/login': page('<input name="email"><input name="password" type="password">', 'sign-in/email', {}),
  '/consent': page('', 'oauth2/consent', { accept: true }),
};

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, baseURL);
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-headers', 'content-type, authorization, dpop');
  if (request.method === 'OPTIONS') return response.writeHead(204).end();
  if (PAGES[pathname]) return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGES[pathname]);
  if (pathname === '/clients.json') return response.end(JSON.stringify(clients));
  if (pathname === '/token.json') {
    const tokenData = await validateAccessToken(String(request.headers['x-token'])).catch(() => ({ active: false }));
    return response.end(JSON.stringify(tokenData));
  }
  if (pathname !== '/.well-known/openid-configuration') return handle(request, response);
  return response.end(JSON.stringify(await auth.api.getOpenIdConfig()));
}).listen(port, 'localhost');
