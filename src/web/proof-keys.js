// Keys of DPoP in IndexedDB, and requests with a proof: effects that few clients need.

import { base64url, cryptography, encode, orNothing, send } from './env.js';
import { inStore } from './indexed-db.js';

/**
 * @typedef {object} ProofKey
 * @property {CryptoKey} key the private key, which cannot be extracted
 * @property {JsonWebKey} jwk the public key
 * @property {number} used when it was last used, in milliseconds since 1970; up to a day too early
 */

const KEYS = { database: 'smart-launch', store: 'proof-keys' };
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;
/** Keys that were not used for this many milliseconds are deleted when another key is created. */
const MAX_UNUSED = 30 * DAY;

/** Keys that this page has read, by token family (the `state` of the sign-in). @type {Map<string, ProofKey>} */
const keys = new Map();
/** Deletions in progress. @type {Set<Promise<unknown>>} */
const deletions = new Set();

/**
 * The key of a token family; nothing if there is none. Rejects if the storage fails.
 *
 * @param {string} family
 * @returns {Promise<ProofKey | undefined>}
 */
export async function keyOf(family) {
  /** @type {ProofKey | undefined} */
  const stored = keys.get(family) ?? (await inStore(KEYS, 'readonly', (store) => store.get(family)));
  if (!stored?.key || !stored.jwk) return undefined;
  keys.set(family, stored);
  if (!(Date.now() - stored.used < DAY)) {
    stored.used = Date.now();
    storeLastUse(family, stored.used).catch(() => {});
  }
  return stored;
}

/**
 * Stores when a key was last used, in the transaction that reads the key: another tab may have deleted it.
 *
 * @param {string} family
 * @param {number} used
 */
const storeLastUse = (family, used) =>
  inStore(KEYS, 'readwrite', (store) => {
    const readRequest = store.get(family);
    readRequest.onsuccess = () => readRequest.result && store.put({ ...readRequest.result, used }, family);
    return readRequest;
  });

/** @param {string} family */
async function create(family) {
  const { subtle } = cryptography();
  const { privateKey, publicKey } = await subtle.generateKey(ECDSA, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await subtle.exportKey('jwk', publicKey);
  const used = Date.now();
  await inStore(KEYS, 'readwrite', (store) => {
    const cursorRequest = store.openCursor();
    cursorRequest.onsuccess = () => {
      const cursor = cursorRequest.result;
      if (!cursor) return;
      if (!(used - cursor.value?.used < MAX_UNUSED)) cursor.delete();
      cursor.continue();
    };
    return store.put({ key: privateKey, jwk: { kty, crv, x, y }, used }, family);
  });
  // Read from the database again: some browsers cannot store keys, and fail only here.
  return keyOf(family);
}

/**
 * The public key of a token family as a JWK, created first if `mode` is `create`; empty if there is none; `unavailable` if the
 * platform does not have such keys or cannot store them.
 *
 * @type {import('./env.js').Effect}
 */
export async function proofKey(_, family, mode) {
  try {
    const stored = await (mode ? create(family) : keyOf(family));
    if (mode && stored) await signature(stored, '');
    return stored ? JSON.stringify(stored.jwk) : mode && 'unavailable';
  } catch {
    return 'unavailable';
  }
}

/**
 * @param {ProofKey} key
 * @param {string} text
 */
export const signature = async ({ key }, text) =>
  base64url(new Uint8Array(await cryptography().subtle.sign(ECDSA, key, encode(text))));

/** The signature of a text in base64url; empty if there is no key. @type {import('./env.js').Effect} */
export async function signProof(_, family, text) {
  const stored = await keyOf(family);
  return stored ? signature(stored, text) : '';
}

/** Begins to delete a key. @type {import('./env.js').Effect} */
export function forgetProofKey(_, family) {
  keys.delete(family);
  const deletion = inStore(KEYS, 'readwrite', (store) => store.delete(family)).catch(() => {});
  deletions.add(deletion);
  deletion.then(() => deletions.delete(deletion));
}

/** Resolves when the deletions in progress are complete. */
export const deleted = () => Promise.all(deletions);

/**
 * Sends a request with a proof. `request` is a JSON array: five parameters of `send`, then the proof.
 *
 * @type {import('./env.js').Effect}
 */
export function sendProved(env, request) {
  /** @type {[purpose: string, url: string, form: string, seconds: string, authorization: string, proof: string]} */
  const [purpose, url, form, seconds, authorization, proof] = JSON.parse(request);
  return send(env, purpose, url, form, seconds, authorization, false, undefined, undefined, proof);
}

/**
 * A header of a response; empty if there is none, or the page cannot read it.
 *
 * @param {Response} response
 * @param {string} name
 */
export const header = (response, name) => orNothing(() => response.headers.get(name)) ?? '';
