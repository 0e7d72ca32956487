import * as oauth from 'oauth4webapi';
import { CLIENT_ID, FHIR_BASE, PATIENT, REDIRECT_URI, SCOPE, isBack, isCallback, reached } from '../page.js';

const client = { client_id: CLIENT_ID };
const options = { [oauth.allowInsecureRequests]: true };
if (isBack) {
  const accessToken = isCallback ? await complete() : sessionStorage.getItem('accessToken');
  reached('session');
  const headers = new Headers({ accept: 'application/fhir+json' });
  const url = new URL(`${FHIR_BASE}/${PATIENT}`);
  await (await oauth.protectedResourceRequest(accessToken, 'GET', url, headers, undefined, options)).json();
  reached('patient');
} else {
  begin();
}

async function begin() {
  const issuer = new URL(location.origin);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  // With the metadata, so that the callback page need not request it.
  sessionStorage.setItem('request', JSON.stringify({ server, state, verifier, nonce }));
  const parameters = {
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    aud: FHIR_BASE,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  location.assign(`${server.authorization_endpoint}?${new URLSearchParams(parameters)}`);
}

/** Exchanges the code, verifies the ID token with its signature, and stores the access token. */
async function complete() {
  const { server, state, verifier, nonce } = JSON.parse(sessionStorage.getItem('request'));
  const callback = oauth.validateAuthResponse(server, client, new URL(location.href), state);
  const none = oauth.None();
  const response = await oauth.authorizationCodeGrantRequest(server, client, none, callback, REDIRECT_URI, verifier, options);
  const expected = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
  await oauth.validateApplicationLevelSignature(server, response, options);
  sessionStorage.setItem('accessToken', tokens.access_token);
  return tokens.access_token;
}
