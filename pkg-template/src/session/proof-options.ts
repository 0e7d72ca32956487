// Options of `createProof`.

import type { URL } from '../values/platform.js';

/** A request with the access token of `getAccessToken`, for which a proof is needed. */
export interface ProofOptions {
  accessToken: string;
  /** URL of the request. Query and fragment are not part of a proof. */
  url: string | URL;
  /** Default `GET`. */
  method?: string | undefined;
  /** The last `DPoP-Nonce` header of the server. Default: the one of the last response to `fetch` or `request` from there. */
  nonce?: string | undefined;
}
