import { createAuthorizationRequest, createPkcePair, createState, readSmartConfiguration } from 'smart-launch';

export async function discover({ origin }) {
  const fhirBaseUrl = `${origin}/fhir`;
  const body = await (await fetch(`${fhirBaseUrl}/.well-known/smart-configuration`)).text();
  return readSmartConfiguration({ fhirBaseUrl, body, allowInsecureLoopback: true });
}

export async function createUrl(server, { app }) {
  const [{ codeVerifier, codeChallenge }, state, nonce] = await Promise.all([createPkcePair(), createState(), createState()]);
  sessionStorage.setItem(state, JSON.stringify({ codeVerifier, nonce }));
  const { url } = await createAuthorizationRequest({
    authorizationEndpoint: server.authorizationEndpoint,
    clientId: app.clientId,
    redirectUri: app.redirectUri,
    scope: app.scope,
    aud: server.fhirBaseUrl,
    state,
    nonce,
    codeChallenge,
    allowInsecureLoopback: true,
  });
  return url;
}

export default async (setting) => {
  const server = await discover(setting);
  return () => createUrl(server, setting);
};
