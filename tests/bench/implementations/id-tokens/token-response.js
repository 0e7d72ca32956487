import { readIdToken, readTokenResponse } from 'smart-launch';

export default ({ issuer, app, nonce, jwks, tokenResponse }) => async (number) => {
  const response = tokenResponse(number);
  const contentType = response.headers.get('content-type');
  const { idToken, accessToken } = await readTokenResponse({
    status: response.status,
    contentType,
    body: await response.text(),
  });
  return (await readIdToken({ idToken, accessToken, issuer, clientId: app.clientId, nonce, jwks })).sub;
};
