/** Tokens in the links between the pages of a search: encrypted, so that clients can neither read nor change them. */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/**
 * @returns {PageTokens}
 *
 * @typedef {object} Page
 * @property {string} path of the request below the base
 * @property {[string, string][]} parameters
 * @property {number} offset
 *
 * @typedef {object} PageTokens
 * @property {(page: Page) => string} seal
 * @property {(token: string) => Page | undefined} open `undefined` if this sandbox did not issue the token
 */
export function createPageTokens() {
  const key = randomBytes(32);
  return {
    seal(page) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      const sealed = [nonce, cipher.update(JSON.stringify(page), 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(sealed).toString('base64url');
    },
    open(token) {
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length <= NONCE + TAG) return undefined;
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAuthTag(bytes.subarray(-TAG));
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
        return JSON.parse(text.toString('utf8'));
      } catch {
        return undefined;
      }
    },
  };
}
