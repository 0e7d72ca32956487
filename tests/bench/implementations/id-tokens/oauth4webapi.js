import * as oauth from 'oauth4webapi';

export default ({ issuer, app, nonce, algorithm, jwks, tokenResponse }) => {
  const server = { issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: [algorithm] };
  const client = { client_id: app.clientId };
  const keys = { [oauth.customFetch]: async () => Response.json(jwks) };
  return async (number) => {
    const response = tokenResponse(number);
    const expected = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, expected);
    await oauth.validateApplicationLevelSignature(server, response, keys);
    return oauth.getValidatedIdTokenClaims(tokens).sub;
  };
};
