// ID tokens of apps that manage their own sessions.

import { withSmartErrors, withChunk } from '../error/create-error.js';
import { deepFreeze } from '../values/freeze.js';
import type { IdTokenClaims } from '../values/id-token-claims.js';
import { load } from './run-block.js';

export interface IdTokenInput {
  idToken: string;
  /** Issuer in the server's metadata. */
  issuer: string;
  clientId: string;
  /** JWK Set of the issuer (RFC 7517 §5). */
  jwks: { readonly keys: readonly object[] };
  /**
   * The `nonce` of the authorization request. A token without this `nonce` is refused. If the option is not set, a token with any
   * `nonce` is refused.
   */
  nonce?: string | undefined;
  /** The access token of the same response, to check `at_hash`. */
  accessToken?: string | undefined;
  /** Seconds by which clocks may differ. Default 60, at most 300. */
  clockSkewSeconds?: number | undefined;
}

/**
 * Verifies an ID token with keys that the caller has fetched from the issuer's `jwks_uri`, checks its claims (OpenID
 * Connect Core §3.1.3.7), and returns them. For apps that manage their own sessions: `createSmartClient` does this
 * itself.
 *
 * @throws {SmartError} `id_token_invalid`, `config_invalid`.
 */
export function readIdToken(input: IdTokenInput): Promise<IdTokenClaims> {
  return withSmartErrors(async () => {
    // Read before the chunk is loaded, as in `run` of run-block.ts.
    const options = { ...input };
    // The engine is of the same version as this file, so its results have these types.
    return deepFreeze(await withChunk(load('inquiries'), ({ run }) => run('idToken', { options }) as Promise<IdTokenClaims>));
  })();
}
