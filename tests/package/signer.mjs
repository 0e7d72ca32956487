// The keys of the scripted EHR, and what is signed with them (RFC 7515, RFC 7517, RFC 7518).

import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const P1363 = { dsaEncoding: 'ieee-p1363' };

/** What makes a key pair, and how it signs. */
const ALGORITHMS = {
  RS256: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha256' },
  RS384: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha384' },
  RS512: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha512' },
  PS256: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha256', how: PSS },
  ES256: { type: 'ec', options: { namedCurve: 'P-256' }, hash: 'sha256', how: P1363 },
  ES384: { type: 'ec', options: { namedCurve: 'P-384' }, hash: 'sha384', how: P1363 },
  EdDSA: { type: 'ed25519', hash: null },
};

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS);

const made = new Map();

/**
 * A key pair, made when it is first asked for.
 *
 * @param {string} [algorithm]
 * @param {string} [which] tells it from others for the same algorithm
 */
export function keyFor(algorithm = 'RS256', which = '1', more = {}) {
  const kid = `${algorithm}-${which}`;
  if (!made.has(kid)) made.set(kid, makeKey(algorithm, kid, more));
  return made.get(kid);
}

function makeKey(algorithm, kid, more) {
  const { type, options, hash, how } = ALGORITHMS[algorithm];
  const { publicKey, privateKey } = generateKeyPairSync(type, { ...options, ...more });
  return {
    algorithm,
    kid,
    publicKey,
    privateKey,
    /** As the server publishes it. */
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    sign: (text) => sign(hash, Buffer.from(text), { key: privateKey, ...how }),
  };
}

/** What was signed so far, but for the headers: as secret as any token. */
const signedParts = new Set();

export const holdsSignedPart = (text) => [...signedParts].some((part) => text.includes(part));

/**
 * A token in compact form.
 *
 * @param {object | string} header @param {object | string} claims as text they need not be JSON
 * @param {{ sign: (text: string) => Buffer }} key
 */
export function signed(header, claims, key) {
  const parts = [header, claims].map((part) => encode(typeof part === 'string' ? part : JSON.stringify(part)));
  const signature = encode(key.sign(parts.join('.')));
  for (const part of [parts[1], signature]) if (part.length > 16) signedParts.add(part);
  return `${parts.join('.')}.${signature}`;
}

export const encode = (bytes) => Buffer.from(bytes).toString('base64url');

/** What `at_hash` has to be (OpenID Connect Core §3.1.3.6). */
export function leftHash(bits, token) {
  const whole = createHash(`sha${bits}`).update(token).digest();
  return encode(whole.subarray(0, whole.length / 2));
}
