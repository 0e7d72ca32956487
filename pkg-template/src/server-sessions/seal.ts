// Encryption of stored values (AES-256-GCM), hashes of ids, and random secrets.

import { base64url, encode } from '../../../src/web/env.js';

/** 43 characters: 256 bits in base64url. */
export const ID = /^[\w-]{43}$/;
/** Shortest secret in characters. */
const SHORTEST = 32;
const VERSION = 'v1';

interface SealKey {
  /** Identifies the key in sealed values. */
  readonly name: string;
  readonly key: CryptoKey;
}

export interface Seal {
  /** Encrypts a text. It can be decrypted only with the same `context`: the text's key in the session store. */
  seal(text: string, context: string): Promise<string>;
  /** Decrypts a text; returns nothing unless it was encrypted with one of the secrets, for this context. */
  open(sealed: string, context: string): Promise<string | undefined>;
}

/** @param secrets the first encrypts; all of them decrypt */
export function createSeal(secrets: readonly string[]): Seal {
  if (secrets.length === 0 || !secrets.every((secret) => typeof secret === 'string' && secret.length >= SHORTEST)) {
    const about = `\`cookieSecret\` is not a text of at least ${SHORTEST} characters, or a list of such`;
    throw { code: 'config_invalid', about };
  }
  let keys: Promise<SealKey[]> | undefined;
  const allKeys = () => (keys ??= Promise.all(secrets.map(keyOf)));
  return {
    async seal(text, context) {
      const [first] = await allKeys();
      // There is at least one secret.
      const { name, key } = first as SealKey;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const additionalData = encode(`${VERSION} ${name} ${context}`);
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, encode(text));
      return [VERSION, name, base64url(iv), base64urlOf(new Uint8Array(sealed))].join('.');
    },
    async open(sealed, context) {
      const [version, name, iv = '', data = '', ...rest] = sealed.split('.');
      const found = (await allKeys()).find((key) => key.name === name);
      if (version !== VERSION || !found || rest.length > 0) return undefined;
      try {
        const parameters = { name: 'AES-GCM', iv: bytesOf(iv), additionalData: encode(`${VERSION} ${name} ${context}`) };
        return new TextDecoder().decode(await crypto.subtle.decrypt(parameters, found.key, bytesOf(data)));
      } catch {
        return undefined;
      }
    },
  };
}

/** 256 random bits in base64url. */
export { random } from '../../../src/web/env.js';

/** The hash of an id or a secret, for a purpose. Keys of the store are such hashes, not the ids themselves. */
export async function hashOf(purpose: string, id: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encode(`smart-launch ${purpose} ${id}`))));
}

async function keyOf(secret: string): Promise<SealKey> {
  const material = await crypto.subtle.importKey('raw', encode(secret), 'HKDF', false, ['deriveKey', 'deriveBits']);
  const derivation = (info: string) => ({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: encode(info) });
  const [key, name] = await Promise.all([
    crypto.subtle.deriveKey(derivation('smart-launch sessions'), material, { name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    crypto.subtle.deriveBits(derivation('smart-launch key name'), material, 64),
  ]);
  return { key, name: base64url(new Uint8Array(name)) };
}

/** `base64url` for long texts. */
function base64urlOf(bytes: Uint8Array): string {
  let text = '';
  // A multiple of 3, so that no piece but the last is padded.
  for (let at = 0; at < bytes.length; at += 12_288) text += base64url(bytes.subarray(at, at + 12_288));
  return text;
}

const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
