import { createLocalJWKSet, jwtVerify } from 'jose';

export default ({ issuer, app, nonce, algorithm, jwks, tokens }) => {
  const keys = createLocalJWKSet(jwks);
  const options = { issuer, audience: app.clientId, algorithms: [algorithm], requiredClaims: ['sub', 'exp', 'iat'] };
  return async (number) => {
    const { payload } = await jwtVerify(tokens[number], keys, options);
    if (payload.nonce !== nonce) throw new Error('another nonce');
    return payload.sub;
  };
};
