// The minimum of every validation: the key is imported and the signature is verified.

import { PARAMETERS, decode } from '../../tokens.js';

export default ({ algorithm, jwks, tokens }) => async (number) => {
  const parameters = PARAMETERS[algorithm];
  const key = await crypto.subtle.importKey('jwk', jwks.keys[0], parameters, false, ['verify']);
  const [header, claims, signature] = tokens[number].split('.');
  const text = new TextEncoder().encode(`${header}.${claims}`);
  if (!(await crypto.subtle.verify(parameters, key, decode(signature), text))) throw new Error('another signature');
  return JSON.parse(new TextDecoder().decode(decode(claims))).sub;
};
