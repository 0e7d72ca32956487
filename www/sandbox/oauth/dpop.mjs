/**
 * Checks that the caller of the FHIR API has the key to which its access token is bound (RFC 9449 §7).
 *
 * oidc-provider checks the proofs at its own endpoints; this file checks those sent to the API.
 */

import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';

/** Seconds. */
const ALLOWED_AGE = 60;

/**
 * Nonces that a server issues (RFC 9449 §9): a new one each minute; the previous one is valid, too.
 *
 * @returns {Nonces}
 *
 * @typedef {object} Nonces
 * @property {() => string} current
 * @property {(nonce: unknown) => boolean} isValid
 */
export function createNonces() {
  const create = () => ({ nonce: randomBytes(16).toString('base64url'), since: Date.now() });
  let [previous, latest] = [create(), create()];
  const current = () => {
    if (Date.now() - latest.since > ALLOWED_AGE * 1000) [previous, latest] = [latest, create()];
    return latest.nonce;
  };
  return { current, isValid: (nonce) => [current(), previous.nonce].includes(String(nonce)) };
}

/**
 * @param {Nonces} [nonces] if each proof needs one of these nonces
 * @returns {(proof: Proof) => 'valid' | 'invalid' | 'without nonce'} each proof is valid once
 *
 * @typedef {object} Proof
 * @property {string} jwt the `DPoP` header
 * @property {string} method of the request
 * @property {string} url of the request, without query
 * @property {string} accessToken
 * @property {string} thumbprint of the key that the token is bound to (RFC 7638)
 */
export function dpopProofs(nonces) {
  /** Expiry by `jti`. @type {Map<string, number>} */
  const usedProofs = new Map();

  return ({ jwt, method, url, accessToken, thumbprint }) => {
    const proof = decode(jwt);
    if (!proof) return 'invalid';
    const { header, claims } = proof;
    const now = Math.floor(Date.now() / 1000);

    const isValid =
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
      Math.abs(now - Number(claims.iat)) <= ALLOWED_AGE &&
      isSignatureValid(proof);
    if (!isValid) return 'invalid';
    if (nonces && !nonces.isValid(claims.nonce)) return 'without nonce';

    const id = String(claims.jti);
    for (const [jti, expires] of usedProofs) if (expires < now) usedProofs.delete(jti);
    if (usedProofs.has(id)) return 'invalid';
    usedProofs.set(id, now + 2 * ALLOWED_AGE);
    return 'valid';
  };
}

/**
 * @param {string} jwt
 * @returns {DecodedProof | undefined}
 *
 * @typedef {object} DecodedProof not checked
 * @property {{ typ?: unknown, alg?: unknown, jwk?: import('node:crypto').JsonWebKey }} header
 * @property {{ htm?: unknown, htu?: unknown, ath?: unknown, jti?: unknown, iat?: unknown, nonce?: unknown }} claims
 * @property {string} signed
 * @property {string} signature
 */
function decode(jwt) {
  const [header, claims, signature, ...rest] = jwt.split('.');
  if (!header || !claims || !signature || rest.length > 0) return undefined;
  try {
    /** @param {string} part */
    const json = (part) => Object(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
    return { header: json(header), claims: json(claims), signed: `${header}.${claims}`, signature };
  } catch {
    return undefined;
  }
}

/** @param {DecodedProof} proof */
function isSignatureValid({ header, signed, signature }) {
  try {
    const key = createPublicKey({ key: header.jwk ?? {}, format: 'jwk' });
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

/**
 * RFC 7638 §3.2: the required members of an EC key, in this order.
 *
 * @param {import('node:crypto').JsonWebKey} key
 */
const keyThumbprint = ({ crv, kty, x, y }) => sha256(JSON.stringify({ crv, kty, x, y }));

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
