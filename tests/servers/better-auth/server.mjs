// better-auth with its OAuth provider on loopback. Developers who use better-auth write the two pages themselves.

import { createServer } from 'node:http';
import { oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';

const { port, fhirBaseUrl, origin, user } = JSON.parse(process.argv[2]);
const baseURL = `http://localhost:${port}`;
const scopes = ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs'];
const TABLES = `user session account verification jwks rateLimit oauthClient oauthAccessToken oauthRefreshToken
  oauthConsent oauthResource oauthClientResource oauthApplication oauthClientAssertion`.split(/\s+/);

const auth = betterAuth({
  baseURL,
  secret: 'known to everybody on this machine only',
  trustedOrigins: [baseURL, origin],
  database: memoryAdapter(Object.fromEntries(TABLES.map((table) => [table, []]))),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/login',
      consentPage: '/consent',
      scopes,
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      clientRegistrationAllowedScopes: scopes,
      clientRegistrationDefaultScopes: scopes,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      customTokenResponseFields: () => ({ patient: 'maria-alvarez' }),
      customIdTokenClaims: () => ({ fhirUser: `${fhirBaseUrl}/Practitioner/dr1` }),
    }),
  ],
});
await auth.api.signUpEmail({ body: { ...user, name: 'Dr One' } });
const answer = toNodeHandler(auth);

/** Posts the user's decision with the signed query of the page, and navigates to the URL in the response. */
const page = (controls, path, decision) => `<!doctype html><form>${controls}<button>Go on</button></form>
<script type="module">
  document.forms[0].onsubmit = async (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(event.target));
    const body = JSON.stringify({ ...typed, ...${JSON.stringify(decision)}, oauth_query: location.search.slice(1) });
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
  response.setHeader('access-control-allow-headers', 'content-type, authorization');
  if (request.method === 'OPTIONS') return response.writeHead(204).end();
  if (PAGES[pathname]) return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGES[pathname]);
  if (pathname !== '/.well-known/openid-configuration') return answer(request, response);
  return response.end(JSON.stringify(await auth.api.getOpenIdConfig()));
}).listen(port, 'localhost');
