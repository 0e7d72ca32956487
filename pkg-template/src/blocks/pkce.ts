// Random values of a sign-in: a PKCE pair (RFC 7636), `state` and `nonce`.

import { hash, random } from '../../../src/web/env.js';
import { withSmartErrors } from '../error/create-error.js';

export interface PkcePair {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
  readonly codeChallengeMethod: 'S256';
}

/** Creates a PKCE pair (RFC 7636) with 256 random bits: keep the verifier, send the challenge. */
export function createPkcePair(): Promise<PkcePair> {
  return withSmartErrors(async (): Promise<PkcePair> => {
    const codeVerifier = random();
    return { codeVerifier, codeChallenge: await hash('256', codeVerifier), codeChallengeMethod: 'S256' };
  })();
}

/** Creates a `state` or `nonce`: 256 random bits in base64url. */
export function createState(): Promise<string> {
  return withSmartErrors(async () => random())();
}
