import * as oauth from 'oauth4webapi';
import { createUrl, discover } from '../requests/oauth4webapi.js';

export default async (setting) => {
  const server = await discover(setting);
  const { clientId, redirectUri } = setting.app;
  const client = { client_id: clientId };
  const loopback = { [oauth.allowInsecureRequests]: true };
  return async () => {
    const callback = new URL(setting.callbackOf(await createUrl(server, setting)));
    const state = callback.searchParams.get('state');
    const { verifier, nonce } = JSON.parse(sessionStorage.getItem(state));
    const parameters = oauth.validateAuthResponse(server, client, callback, state);
    const none = oauth.None();
    const sent = oauth.authorizationCodeGrantRequest(server, client, none, parameters, redirectUri, verifier, loopback);
    const response = await sent;
    const expected = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
    await oauth.validateApplicationLevelSignature(server, response, loopback);
    return oauth.getValidatedIdTokenClaims(tokens).sub;
  };
};
