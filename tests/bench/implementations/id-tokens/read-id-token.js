import { readIdToken } from 'smart-launch';

export default ({ issuer, app, nonce, jwks, tokens }) => async (number) =>
  (await readIdToken({ idToken: tokens[number], issuer, clientId: app.clientId, nonce, jwks })).sub;
