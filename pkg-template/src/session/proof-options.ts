// Options of `createProof`.

import type { URL } from '../values/platform.js';

/** A request with the access token of `getAccessToken`, for which a proof is needed. */
export interface ProofOptions {
  accessToken: string;
  /** Absolute URL of the request. Query and fragment are not part of a proof. */
  url: string | URL;
  /** Default `GET`. */
  method?: string | undefined;
  /** The last `DPoP-Nonce` header of the server. Default: the last one that the URL's origin sent to `fetch` or `request`. */
  nonce?: string | undefined;
}
