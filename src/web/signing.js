// Credentials of confidential clients and signatures with their keys: effects that are loaded with the WebAssembly module of such
// clients.

import { NAMES, base64url, cryptography, decode, encode, hash, within } from './env.js';

/**
 * @typedef {Record<string, unknown>} Members of `clientAuth` or of a JWK, as the app gave them
 * @typedef {(data: Uint8Array) => PromiseLike<ArrayBuffer> | ArrayBuffer} Signer
 * @typedef {{ key: CryptoKey | Signer, alg: string, keyId: string }} SigningKey a private key that can be used
 * @typedef {import('./env.js').Env & { clientAuth?: unknown[], keys?: Map<string, SigningKey['key']> }} WithKeys
 */

/**
 * Reads `clientAuth`, or calls it if it is a function. Returns JSON text in which `key` is the name of the private key in this
 * flow. If `clientAuth` cannot be used, returns an exclamation mark and a message; only the exclamation mark if the app's function
 * failed. The message contains nothing of a key or a secret.
 *
 * @param {WithKeys} env
 * @param {string} name the position of the client
 */
export async function credentials(env, name) {
  let credential = env.clientAuth?.[Number(name)];
  if (typeof credential === 'function') {
    try {
      credential = await withDeadline(env, /** @type {() => unknown} */ (credential));
    } catch (cause) {
      env.cause = cause;
      return '!';
    }
  }
  if (typeof credential !== 'object' || credential === null) return '!`clientAuth` is not valid';
  const unset = unsetCredential(credential);
  if (unset) return `!${unset}`;
  const { dangerouslyAllowSecretInPage: _, ...members } = /** @type {Members} */ (credential);
  if (members.secret !== undefined && members.key !== undefined) {
    return '!`clientAuth` has a `secret` and a `key`: set one of them';
  }
  const refusal = secretInPage(credential);
  if (refusal) return `!${refusal}`;
  try {
    // Throws for a member that JSON cannot express.
    JSON.stringify({ ...members, key: undefined });
  } catch {
    return '!`clientAuth` is not valid';
  }
  if (members.key === undefined) return JSON.stringify(members);
  try {
    const { key, alg, keyId } = await privateKey(members);
    const keys = (env.keys ??= new Map());
    const number = String(keys.size + 1);
    keys.set(number, key);
    return JSON.stringify({ ...members, key: number, alg, keyId });
  } catch (problem) {
    return `!${typeof problem === 'string' ? problem : '`key` cannot be imported: it is not a private key'}`;
  }
}

/**
 * The result of a function of the app. A function that never settles is treated like one that throws.
 *
 * @template T
 * @param {WithKeys} env
 * @param {() => T | PromiseLike<T>} call
 * @returns {Promise<T>}
 */
function withDeadline(env, call) {
  // The time limit of the effect (env.js) is longer.
  env.seconds = Math.max(env.seconds, FUNCTION_TIMEOUT);
  return within(env.seconds * 1000, call);
}

/** Whether this is a page, or a worker of a page, where everybody can read the code. */
export const isInPage = () => Boolean(globalThis.document || ('WorkerNavigator' in globalThis && !('Deno' in globalThis)));

/**
 * The message for a secret in a page or a worker of a page, where everybody can read it; empty if it is permitted.
 *
 * @param {unknown} clientAuth
 */
export function secretInPage(clientAuth) {
  const { secret, dangerouslyAllowSecretInPage } = /** @type {Members} */ (clientAuth ?? {});
  return isInPage() && secret !== undefined && dangerouslyAllowSecretInPage !== true
    ? '`secret` is in a page, where everybody can read it: use a `key` that is not extractable, or a server'
    : '';
}

/**
 * The message for credentials without a value, such as that of an environment variable that is not set; empty for others.
 *
 * @param {unknown} clientAuth
 */
export function unsetCredential(clientAuth) {
  const members = /** @type {Members} */ (Object(clientAuth));
  const names = ['secret', 'key'].filter((name) => name in members);
  const [name] = names;
  if (name === undefined || names.some((name) => ![undefined, null, ''].includes(/** @type {any} */ (members[name])))) return '';
  return `\`clientAuth.${name}\` is ${members[name] === '' ? 'empty' : members[name]}`;
}

/**
 * The private key of `clientAuth`, its algorithm and its `kid`. Throws a message if the key cannot be used.
 *
 * @param {Members} members
 * @returns {SigningKey | Promise<SigningKey>}
 */
function privateKey({ key, alg, keyId }) {
  if (typeof key === 'function') {
    if (typeof alg !== 'string') throw '`alg` is missing: a function that signs needs it';
    if (typeof keyId !== 'string') throw '`keyId` is missing';
    return { key: /** @type {Signer} */ (key), alg, keyId };
  }
  if (isCryptoKey(key)) {
    const keyAlg = algorithmOf(key);
    if (key.type !== 'private' || !key.usages.includes('sign')) throw '`key` is not a private key that may sign';
    if (alg !== undefined && alg !== keyAlg) throw `\`key\` is for ${keyAlg}, and \`alg\` is another`;
    if (typeof keyId !== 'string') throw '`keyId` is missing: the server finds the key by it';
    return { key: longEnough(key), alg: keyAlg, keyId };
  }
  if (typeof key !== 'string' && !isJwk(key)) throw '`key` is no CryptoKey, JWK, PEM or function';
  return importOnce(key, alg, keyId);
}

/**
 * Cache of imported keys: a PEM key by its text, a JWK by the object.
 *
 * @typedef {{ alg: unknown, promise: Promise<SigningKey> }} Imported
 * @type {WeakMap<object, Imported>}
 */
const byObject = new WeakMap();
/** @type {Map<string, Imported>} */
const byText = new Map();

/**
 * Imports a JWK or a PEM, unless it was last imported for the same algorithm and is still in the cache.
 *
 * @param {string | Members} key
 * @param {unknown} alg
 * @param {unknown} keyId
 * @returns {Promise<SigningKey>}
 */
async function importOnce(key, alg, keyId) {
  // Keys that are rotated must not fill the memory.
  if (byText.size > 16) byText.clear();
  const cache = /** @type {Map<unknown, Imported>} */ (typeof key === 'string' ? byText : byObject);
  const cached = cache.get(key);
  if (cached && cached.alg === alg) return withId(await cached.promise, keyId);
  const imported = { alg, promise: importKey(typeof key === 'string' ? await jwkOf(key) : key, alg) };
  cache.set(key, imported);
  // A failed import is not cached. An import for another algorithm may have replaced it.
  imported.promise.catch(() => cache.get(key) === imported && cache.delete(key));
  return withId(await imported.promise, keyId);
}

/**
 * @param {SigningKey} signingKey
 * @param {unknown} keyId which the module checks
 */
const withId = (signingKey, keyId) => (keyId === undefined ? signingKey : { ...signingKey, keyId: /** @type {string} */ (keyId) });

/**
 * @param {Members} jwk
 * @param {unknown} alg
 * @returns {Promise<SigningKey>}
 */
async function importKey(jwk, alg) {
  const keyAlg = alg ?? jwk.alg ?? defaultFor(jwk);
  const parameters = typeof keyAlg === 'string' && parametersOf(keyAlg);
  if (!parameters) throw '`alg` is not a signature algorithm of private keys';
  if (typeof jwk.d !== 'string') throw '`key` is a public key, and the private one is needed';
  // Without `use`, `key_ops`, `ext` and `alg`: the platform refuses keys in which these differ from its own.
  const minimalJwk = /** @type {JsonWebKey} */ (pick(jwk, [...PUBLIC, ...PRIVATE]));
  const key = await cryptography()
    .subtle.importKey('jwk', minimalJwk, parameters, false, ['sign'])
    .catch(() => {
      throw `\`key\` is not one for ${keyAlg}`;
    });
  if (algorithmOf(key) !== keyAlg) throw `\`key\` is not one for ${keyAlg}`;
  return { key: longEnough(key), alg: String(keyAlg), keyId: typeof jwk.kid === 'string' ? jwk.kid : await thumbprint(jwk) };
}

/**
 * Returns the key, unless it is an RSA key with fewer than 2,048 bits (RFC 7518 §3.3).
 *
 * @param {CryptoKey} key
 */
function longEnough(key) {
  const { modulusLength = 2048 } = /** @type {Partial<RsaKeyAlgorithm>} */ (key.algorithm);
  if (modulusLength < 2048) throw '`key` has fewer than 2,048 bits';
  return key;
}

/**
 * Converts PKCS#8 in PEM to a JWK.
 *
 * @param {string} pem
 * @returns {Promise<Members>}
 */
async function jwkOf(pem) {
  const [, body] = /^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(pem) ?? [];
  if (/^\s*-----BEGIN ENCRYPTED /.test(pem)) throw '`key` is encrypted: `openssl pkcs8 -topk8 -nocrypt` decrypts it';
  if (/^\s*-----BEGIN PUBLIC /.test(pem)) throw '`key` is a public key, and the private one is needed';
  if (/\\n/.test(pem)) throw '`key` has a backslash and an `n` in place of line breaks: replace them';
  if (!body) throw '`key` is no PKCS#8 PEM, which begins with BEGIN PRIVATE KEY: `openssl pkcs8 -topk8 -nocrypt` makes one';
  const bytes = Uint8Array.from(atob(body.replace(/\s/g, '')), (byte) => byte.charCodeAt(0));
  const head = Array.from(bytes.subarray(0, 48), (byte) => byte.toString(16).padStart(2, '0')).join('');
  // The first of these object identifiers is the algorithm or the curve (RFC 8017 A.1, RFC 5480 §2.1.1.1, RFC 8410 §3).
  const [, alg = ''] = OBJECT_IDENTIFIERS.find(([oid]) => head.includes(oid)) ?? [];
  const parameters = parametersOf(alg);
  if (!parameters) throw '`key` is of an algorithm that is not supported';
  const { subtle } = cryptography();
  const key = await subtle.importKey('pkcs8', bytes, parameters, true, ['sign']);
  return { ...(await subtle.exportKey('jwk', key)), alg: undefined };
}

/**
 * The public JWK of a key (RFC 7517 §4), with the `kid` of its assertions.
 *
 * @param {unknown} key a JWK, private or public; PEM; a public CryptoKey, or a private one that is extractable
 * @param {string} [alg]
 * @param {string} [keyId]
 * @returns {Promise<Members>}
 */
export async function publicJwk(key, alg, keyId) {
  const jwk = await readKey(key);
  const members = pick(jwk, PUBLIC);
  const required = REQUIRED[String(members.kty)];
  if (!required?.every((name) => typeof members[name] === 'string')) throw 'a key of the set is no asymmetric key';
  const keyAlg = String(alg ?? (isCryptoKey(key) ? algorithmOf(key) : jwk.alg) ?? defaultFor(jwk));
  const fits = members.kty === 'RSA' ? /^[RP]S/.test(keyAlg) && parametersOf(keyAlg) : keyAlg === defaultFor(members);
  if (!fits) throw 'a key of the set is not one for its `alg`';
  if (members.kty === 'RSA' && bitsOf(String(members.n)) < 2_048) throw 'a key of the set has fewer than 2,048 bits';
  const kid = keyId ?? (typeof jwk.kid === 'string' ? jwk.kid : await thumbprint(members));
  return { ...members, kid, alg: keyAlg, use: 'sig' };
}

/**
 * @param {unknown} key
 * @returns {Promise<Members>}
 */
async function readKey(key) {
  if (typeof key === 'string') return jwkOf(key);
  if (!isCryptoKey(key)) return isJwk(key) ? key : {};
  if (!key.extractable) throw 'the public part of a private key that is not extractable cannot be read: pass the public key of the pair';
  return { ...(await cryptography().subtle.exportKey('jwk', key)) };
}

/**
 * The thumbprint of a key (RFC 7638).
 *
 * @param {Members} jwk
 */
function thumbprint(jwk) {
  const names = (REQUIRED[String(jwk.kty)] ?? []).concat('kty').sort();
  return hash('256', JSON.stringify(pick(jwk, names)));
}

/**
 * @param {Members} jwk
 * @param {readonly string[]} names
 * @returns {Members}
 */
const pick = (jwk, names) => Object.fromEntries(names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]])));

/**
 * @param {unknown} key
 * @returns {key is CryptoKey}
 */
const isCryptoKey = (key) => ({}).toString.call(key) === '[object CryptoKey]';

/**
 * @param {unknown} key
 * @returns {key is Members}
 */
const isJwk = (key) => typeof (/** @type {Members | null | undefined} */ (key)?.kty) === 'string';

/**
 * The JWS algorithm of a CryptoKey: an RSA key signs with the hash that it was imported with.
 *
 * @param {CryptoKey} key
 */
function algorithmOf({ algorithm }) {
  const { name, hash, namedCurve } = /** @type {RsaHashedKeyAlgorithm & EcKeyAlgorithm} */ (algorithm);
  if (name === NAMES.Ed) return 'EdDSA';
  const kind = Object.keys(NAMES).find((kind) => NAMES[kind] === name);
  return `${kind}${hash ? hash.name.slice(4) : Object.keys(CURVES).find((bits) => CURVES[bits] === namedCurve)}`;
}

/**
 * The WebCrypto parameters of an algorithm of RFC 7518 §3.1 or RFC 8037 §3.1.
 *
 * @param {string} alg
 */
function parametersOf(alg) {
  // Ed25519 has no parameters, and the platform ignores these.
  const bits = alg === 'EdDSA' ? '512' : alg.slice(2);
  const [name, namedCurve] = [NAMES[alg.slice(0, 2)], CURVES[bits]];
  return name && namedCurve ? { name, hash: `SHA-${bits}`, namedCurve, saltLength: Number(bits) / 8 } : undefined;
}

/**
 * The default algorithm of a key that names none.
 *
 * @param {Members} jwk
 */
const defaultFor = ({ kty, crv }) => DEFAULTS[String(crv ?? kty)];

/**
 * The signature of a text in base64url, with the key of that name, or for HMAC with the secret. `no_key` if the key does not
 * support the algorithm, `not_signed` if the app's function failed.
 *
 * @param {WithKeys} env
 * @param {string} name
 * @param {string} algorithm
 * @param {string} text
 */
export async function sign(env, name, algorithm, text) {
  const { subtle } = cryptography();
  if (algorithm.startsWith('HS')) {
    const hmac = { name: 'HMAC', hash: `SHA-${algorithm.slice(2)}` };
    const key = await subtle.importKey('raw', encode(name), hmac, false, ['sign']);
    return base64url(new Uint8Array(await subtle.sign('HMAC', key, encode(text))));
  }
  const [key, parameters] = [env.keys?.get(name), parametersOf(algorithm)];
  if (!key || !parameters) return 'no_key';
  if (typeof key === 'function') {
    try {
      return base64url(signatureOf(await withDeadline(env, () => key(encode(text))), algorithm));
    } catch (cause) {
      env.cause = cause;
      return 'not_signed';
    }
  }
  try {
    return base64url(new Uint8Array(await subtle.sign(parameters, key, encode(text))));
  } catch {
    return 'no_key';
  }
}

/**
 * The bytes that the app's function returned; empty if they are not a signature of that algorithm. Many KMSs return ECDSA in
 * DER, which no server accepts (RFC 7518 §3.4).
 *
 * @param {unknown} returned
 * @param {string} algorithm
 */
function signatureOf(returned, algorithm) {
  const view = ArrayBuffer.isView(returned) ? returned : undefined;
  const isBuffer = {}.toString.call(returned) === '[object ArrayBuffer]';
  const bytes = view
    ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    : new Uint8Array(isBuffer ? /** @type {ArrayBuffer} */ (returned) : new ArrayBuffer(0));
  const length = LENGTHS[algorithm] ?? bytes.length;
  return bytes.length === length && length <= LONGEST ? bytes : new Uint8Array();
}

/**
 * The length in bits of a positive number in base64url (RFC 7518 §2, "Base64urlUInt"); 0 for any other text.
 *
 * @param {string} text
 */
function bitsOf(text) {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return 0;
  const bytes = decode(text);
  const first = bytes.findIndex(Boolean);
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(Number(bytes[first])) + 24;
}
/** Time limit in seconds for a function of the app, unless the flow has a longer one. */
const FUNCTION_TIMEOUT = 10;
/** Size in bytes of the longest signature, that of an RSA key with 16,384 bits. */
const LONGEST = 2048;
/** Size in bytes of a signature on a curve (RFC 7518 §3.4, RFC 8032 §5.1). @type {Record<string, number>} */
const LENGTHS = { ES256: 64, ES384: 96, ES512: 132, EdDSA: 64 };
/** @type {Record<string, string>} */
const CURVES = { 256: 'P-256', 384: 'P-384', 512: 'P-521' };
/** @type {Record<string, string>} */
const DEFAULTS = { RSA: 'RS384', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' };
const PUBLIC = ['kty', 'n', 'e', 'crv', 'x', 'y'];
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi'];
/**
 * Required members of a public key, which are the members in its thumbprint.
 *
 * @type {Record<string, string[]>}
 */
const REQUIRED = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] };
/** @type {[string, string][]} */
const OBJECT_IDENTIFIERS = [
  ['06092a864886f70d010101', 'RS384'],
  ['06082a8648ce3d030107', 'ES256'],
  ['06052b81040022', 'ES384'],
  ['06052b81040023', 'ES512'],
  ['06032b6570', 'EdDSA'],
];
