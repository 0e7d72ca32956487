/**
 * Proof that the caller of the FHIR API holds the key which its access token is bound to (RFC 9449 §7).
 *
 * oidc-provider checks the proofs that come to its own endpoints; this checks those that come to the API.
 */

import { createHash, createPublicKey, verify } from 'node:crypto';

const ALLOWED_AGE = 60;

/**
 * @returns {(proof: Proof) => boolean} whether the proof is good; each one is good once
 *
 * @typedef {object} Proof
 * @property {string} jwt the `DPoP` header
 * @property {string} method of the request
 * @property {string} url of the request, without query
 * @property {string} accessToken
 * @property {string} thumbprint of the key that the token is bound to (RFC 7638)
 */
export function dpopProofs() {
  /** @type {Map<string, number>} */
  const seen = new Map();

  return ({ jwt, method, url, accessToken, thumbprint }) => {
    const proof = decode(jwt);
    if (!proof) return false;
    const { header, claims } = proof;
    const now = Math.floor(Date.now() / 1000);

    const good =
      header.typ === 'dpop+jwt' &&
      header.alg === 'ES256' &&
      header.jwk?.kty === 'EC' &&
      header.jwk.crv === 'P-256' &&
      header.jwk.d === undefined &&
      keyThumbprint(header.jwk) === thumbprint &&
      claims.htm === method &&
      claims.htu === url &&
      claims.ath === sha256(accessToken) &&
      typeof claims.jti === 'string' &&
      Math.abs(now - claims.iat) <= ALLOWED_AGE &&
      signatureIsGood(proof);
    if (!good) return false;

    for (const [jti, expires] of seen) if (expires < now) seen.delete(jti);
    if (seen.has(claims.jti)) return false;
    seen.set(claims.jti, now + 2 * ALLOWED_AGE);
    return true;
  };
}

function decode(jwt) {
  const [header, claims, signature, ...rest] = jwt.split('.');
  if (!signature || rest.length > 0) return undefined;
  try {
    const json = (part) => Object(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
    return { header: json(header), claims: json(claims), signed: `${header}.${claims}`, signature };
  } catch {
    return undefined;
  }
}

function signatureIsGood({ header, signed, signature }) {
  try {
    const key = createPublicKey({ key: header.jwk, format: 'jwk' });
    return verify(
      'sha256',
      Buffer.from(signed),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  } catch {
    return false;
  }
}

/** RFC 7638 §3.2: the required members of an EC key, in this order. */
const keyThumbprint = ({ crv, kty, x, y }) => sha256(JSON.stringify({ crv, kty, x, y }));

const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
