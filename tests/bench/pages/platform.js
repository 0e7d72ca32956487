// The minimum that an app without a library has to do. It does not verify the ID token.

import { CLIENT_ID, FHIR_BASE, REDIRECT_URI, SCOPE, isBack, isCallback, reached, readPatient } from '../page.js';

if (isBack) {
  const accessToken = isCallback ? await complete() : sessionStorage.getItem('accessToken');
  reached('session');
  await readPatient(accessToken);
  reached('patient');
} else {
  begin();
}

async function begin() {
  const server = await (await fetch(`${FHIR_BASE}/.well-known/smart-configuration`)).json();
  const [state, verifier] = [random(), random()];
  sessionStorage.setItem('request', JSON.stringify({ state, verifier, tokenEndpoint: server.token_endpoint }));
  const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const parameters = {
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    aud: FHIR_BASE,
    state,
    nonce: random(),
    code_challenge: encode(new Uint8Array(challenge)),
    code_challenge_method: 'S256',
  };
  location.assign(`${server.authorization_endpoint}?${new URLSearchParams(parameters)}`);
}

async function complete() {
  const callback = new URLSearchParams(location.search);
  const { state, verifier, tokenEndpoint } = JSON.parse(sessionStorage.getItem('request'));
  if (callback.get('state') !== state) throw new Error('another state');
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: CLIENT_ID,
    code: callback.get('code'),
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  });
  const response = await fetch(tokenEndpoint, { method: 'POST', body });
  if (!response.ok) throw new Error(String(response.status));
  const { access_token } = await response.json();
  sessionStorage.setItem('accessToken', access_token);
  return access_token;
}

function random() {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {Uint8Array} bytes */
function encode(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}
