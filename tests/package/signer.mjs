// The keys of the scripted EHR, and signing with them (RFC 7515, RFC 7517, RFC 7518).

import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const P1363 = { dsaEncoding: 'ieee-p1363' };

/**
 * How a key pair is created, and how it signs.
 *
 * @type {Record<string, { type: string, options?: object, hash: string | null, signOptions?: object }>}
 */
const ALGORITHMS = {
  RS256: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha256' },
  RS384: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha384' },
  RS512: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha512' },
  PS256: { type: 'rsa', options: { modulusLength: 2_048 }, hash: 'sha256', signOptions: PSS },
  ES256: { type: 'ec', options: { namedCurve: 'P-256' }, hash: 'sha256', signOptions: P1363 },
  ES384: { type: 'ec', options: { namedCurve: 'P-384' }, hash: 'sha384', signOptions: P1363 },
  EdDSA: { type: 'ed25519', hash: null },
};

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS);

// The overloads of `generateKeyPairSync` need the type as a literal.
const generate = /** @type {(type: string, options: object) => import('node:crypto').KeyPairKeyObjectResult} */ (
  /** @type {unknown} */ (generateKeyPairSync)
);

/** @type {Map<string, Key>} */
const generatedKeys = new Map();

/**
 * A key pair, generated on first use.
 *
 * @param {string} [algorithm]
 * @param {string} [label] distinguishes keys for the same algorithm
 * @param {object} [keyOptions] of the pair
 * @returns {Key}
 *
 * @typedef {ReturnType<typeof makeKey>} Key
 */
export function keyFor(algorithm = 'RS256', label = '1', keyOptions = {}) {
  const kid = `${algorithm}-${label}`;
  const key = generatedKeys.get(kid) ?? makeKey(algorithm, kid, keyOptions);
  generatedKeys.set(kid, key);
  return key;
}

/** @param {string} algorithm @param {string} kid @param {object} keyOptions */
function makeKey(algorithm, kid, keyOptions) {
  const definition = ALGORITHMS[algorithm];
  if (!definition) throw new Error(`the signer has no ${algorithm}`);
  const { type, options, hash, signOptions } = definition;
  const { publicKey, privateKey } = generate(type, { ...options, ...keyOptions });
  return {
    algorithm,
    kid,
    publicKey,
    privateKey,
    /** The public JWK, as the server publishes it. */
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    /** @param {string} text */
    sign: (text) => sign(hash, Buffer.from(text), { key: privateKey, ...signOptions }),
  };
}

/**
 * Payloads and signatures of all tokens that were signed so far. They are as secret as the tokens.
 *
 * @type {Set<string>}
 */
const signedParts = new Set();

/** @param {string} text */
export const holdsSignedPart = (text) => [...signedParts].some((part) => text.includes(part));

/**
 * A token in compact form.
 *
 * @param {object | string} header @param {object | string} claims a string need not be JSON
 * @param {{ sign: (text: string) => Buffer }} key
 */
export function signed(header, claims, key) {
  /** @param {object | string} part */
  const encodePart = (part) => encode(typeof part === 'string' ? part : JSON.stringify(part));
  const [head, body] = [encodePart(header), encodePart(claims)];
  const signature = encode(key.sign(`${head}.${body}`));
  for (const part of [body, signature]) if (part.length > 16) signedParts.add(part);
  return `${head}.${body}.${signature}`;
}

/** @param {string | Uint8Array} bytes */
export const encode = (bytes) => Buffer.from(bytes).toString('base64url');

/**
 * The correct `at_hash` (OpenID Connect Core §3.1.3.6).
 *
 * @param {number} bits
 * @param {string} token
 */
export function leftHash(bits, token) {
  const digest = createHash(`sha${bits}`).update(token).digest();
  return encode(digest.subarray(0, digest.length / 2));
}
