// DPoP proofs of requests to the FHIR server (RFC 9449 §7).

import { createHash } from 'node:crypto';
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from './jose.mjs';

/**
 * Whether a proof is signed with the key to which a token is bound, and is for this token.
 *
 * @param {string} token
 * @param {string | undefined} proof
 * @param {{ cnf?: unknown }} claims of the token, or the response to its introspection
 */
export async function isValidProof(token, proof, { cnf }) {
  const { payload, protectedHeader } = await jwtVerify(String(proof), EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] });
  const { jkt } = /** @type {{ jkt?: unknown }} */ (cnf);
  const isOfToken = payload.ath === createHash('sha256').update(token).digest('base64url');
  return isOfToken && jkt === (await calculateJwkThumbprint(/** @type {import('jose').JWK} */ (protectedHeader.jwk)));
}
