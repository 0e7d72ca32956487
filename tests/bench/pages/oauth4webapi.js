import * as oauth from 'oauth4webapi';

const issuer = new URL(location.origin);
const answer = await oauth.discoveryRequest(issuer, { [oauth.allowInsecureRequests]: true });
const server = await oauth.processDiscoveryResponse(issuer, answer);
const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
sessionStorage.setItem(state, JSON.stringify({ verifier, nonce }));
const parameters = {
  response_type: 'code',
  client_id: 'growth-chart',
  redirect_uri: location.href,
  scope: 'launch/patient openid fhirUser patient/*.rs',
  aud: `${location.origin}/fhir`,
  state,
  nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
};
location.assign(`${server.authorization_endpoint}?${new URLSearchParams(parameters)}`);
