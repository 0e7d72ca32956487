// Credentials of clients, and a check of client assertions as strict as that of a server.

import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';

/** A secret whose text must never appear anywhere except at the server. */
export const CLIENT_SECRET = 'canary-client-secret-1';

/** @typedef {'RS384' | 'ES384'} Algorithm */

const pairs = {
  RS384: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
};

/** The private key for an algorithm, in PEM. @param {Algorithm} alg */
export const pemOf = (alg) => pairs[alg].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The private key as a JWK. @param {Algorithm} alg @param {object} [members] to add or to replace */
export const jwkOf = (alg, members = {}) => ({ ...pairs[alg].privateKey.export({ format: 'jwk' }), ...members });

/** The private key as a CryptoKey that is not extractable. @param {Algorithm} alg */
export const cryptoKeyOf = (alg) => crypto.subtle.importKey('jwk', jwkOf(alg), parameters[alg], false, ['sign']);

const parameters = {
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
};

/** A signing function, like that of a KMS. @param {Algorithm} alg */
export const signerOf =
  (alg) =>
  /** @param {BufferSource} data */
  async (data) =>
    crypto.subtle.sign(parameters[alg], await cryptoKeyOf(alg), data);

/** Header and claims of an assertion. @param {string} assertion */
export function read(assertion) {
  const [header = '', claims = ''] = assertion.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header), claims: JSON.parse(claims) };
}

/**
 * Whether an assertion is signed with a key. Default: the key that this module has for the algorithm of the assertion.
 *
 * @param {string} assertion
 * @param {import('node:crypto').JsonWebKey} [jwk]
 */
export function isSigned(assertion, jwk) {
  const { alg } = /** @type {{ alg: Algorithm }} */ (read(assertion).header);
  const dot = assertion.lastIndexOf('.');
  const key = jwk ? createPublicKey({ key: jwk, format: 'jwk' }) : pairs[alg].publicKey;
  const verification = { key, dsaEncoding: /** @type {const} */ ('ieee-p1363') };
  return verify('sha384', Buffer.from(assertion.slice(0, dot)), verification, Buffer.from(assertion.slice(dot + 1), 'base64url'));
}

/**
 * Header and claims of the assertion of a request; `undefined` if the request has no assertion with a valid signature.
 *
 * @param {{ fields: URLSearchParams }} request
 */
export function assertionOf({ fields }) {
  const assertion = fields.get('client_assertion');
  return assertion && isSigned(assertion) ? read(assertion) : undefined;
}

/**
 * Creates a check of assertions that is as strict as the specification: signature, audience, lifetime, and single use.
 *
 * @param {{ clientId: string, audience: string }} of
 */
export function createAssertionCheck({ clientId, audience }) {
  const used = new Set();
  /** @param {URLSearchParams} fields */
  return (fields) => {
    const assertion = fields.get('client_assertion') ?? '';
    const { header, claims } = read(assertion);
    assert.equal(fields.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    assert.equal(fields.has('client_id') || fields.has('client_secret'), false);
    assert.deepEqual([claims.iss, claims.sub, claims.aud, header.typ], [clientId, clientId, audience, 'JWT']);
    const now = Math.floor(Date.now() / 1_000);
    assert.ok(claims.exp > now && claims.exp <= now + 300);
    assert.ok(!used.has(claims.jti) && claims.jti.length === 43);
    assert.ok(isSigned(assertion));
    used.add(claims.jti);
    return { header, claims };
  };
}
