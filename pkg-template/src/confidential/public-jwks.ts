// The public keys of a client.

import { withSmartErrors, withChunk } from '../error/create-error.js';
import type { ClientKeyAuth, PrivateJwk } from './client-auth.js';
import type { CryptoKey } from '../values/platform.js';

/**
 * Returns the JWK Set to register at a server, or to serve at the registered URL. It has the public part of each key, and no
 * private members. `kid` is the JWK's `kid`, else its thumbprint, as in assertions.
 *
 * @param keys JWKs, PKCS#8 in PEM, or public CryptoKeys; with the `keyId` and `alg` of `clientAuth`, if set there
 * @example
 * const jwks = await publicJwks({ key: privateKeyPem, keyId: '2026-11' }, { key: nextPrivateKeyPem, keyId: '2027-02' });
 * const response = Response.json(jwks, { headers: { 'cache-control': 'public, max-age=600' } });
 */
export function publicJwks(
  ...keys: readonly (
    | CryptoKey
    | PrivateJwk
    | string
    | (Pick<ClientKeyAuth, 'keyId' | 'alg'> & { key: CryptoKey | PrivateJwk | string })
  )[]
): Promise<{ keys: Record<string, unknown>[] }> {
  return withSmartErrors(() =>
    withChunk(import('../engine/confidential-engine.js'), async ({ publicJwk }) => {
      const list = keys.map(async (keyOrOptions) => {
        const options = hasOptions(keyOrOptions) ? keyOrOptions : { key: keyOrOptions };
        const { key, alg, keyId } = options as Pick<ClientKeyAuth, 'key' | 'alg' | 'keyId'>;
        return publicJwk(key, alg, keyId).catch((failure: unknown) => {
          // Error messages of the platform may contain the key.
          const about = typeof failure === 'string' ? failure : 'a key of the set cannot be read';
          throw { code: 'config_invalid', about };
        });
      });
      const jwks = await Promise.all(list);
      if (new Set(jwks.map(({ kid }) => kid)).size < jwks.length) {
        throw { code: 'config_invalid', about: 'two keys of the set have the same `kid`' };
      }
      return { keys: jwks };
    }),
  )();
}

const hasOptions = (value: unknown): value is object => typeof value === 'object' && value !== null && 'key' in value;
