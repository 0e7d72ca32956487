import { createCodeTokenRequest, readAuthorizationResponse, readIdToken, readTokenResponse } from 'smart-launch';
import { createUrl, discover } from '../requests/building-blocks.js';

export default async (setting) => {
  const server = await discover(setting);
  const { issuer, jwksUri, tokenEndpoint } = server;
  const { clientId, redirectUri } = setting.app;
  const jwks = await (await fetch(jwksUri)).json();
  return async () => {
    const callback = setting.callbackOf(await createUrl(server, setting));
    const state = new URL(callback).searchParams.get('state');
    const { codeVerifier, nonce } = JSON.parse(sessionStorage.getItem(state));
    const { code } = await readAuthorizationResponse({ callback, state, redirectUri, issuer });
    const exchange = { tokenEndpoint, clientId, code, redirectUri, codeVerifier, allowInsecureLoopback: true };
    const { url, init } = await createCodeTokenRequest(exchange);
    const response = await fetch(url, init);
    const contentType = response.headers.get('content-type');
    const body = await response.text();
    const { idToken, accessToken } = await readTokenResponse({ status: response.status, contentType, body });
    return (await readIdToken({ idToken, accessToken, issuer, clientId, nonce, jwks })).sub;
  };
};
