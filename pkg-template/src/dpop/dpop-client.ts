// The client whose tokens are bound to a key, and its options.

import type { SmartClientBehaviour, SmartServerDefaults, SmartServerOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { ProofOptions } from '../session/proof-options.js';

/** One server, or several under `servers`; options outside `servers` are the defaults for each of them. */
export type DpopClientOptions = SmartClientBehaviour &
  (DpopServerOptions | (DpopServerDefaults & { servers: readonly DpopServerDefaults[] }));

/** One SMART server and this app's registration with it. */
export interface DpopServerOptions extends SmartServerOptions {
  /**
   * Bind the tokens to a key (DPoP, RFC 9449). The sign-in is refused if the server issues bearer tokens. Default `false`.
   */
  dpop?: boolean | undefined;
}

/** {@link DpopServerOptions}, all optional. */
export interface DpopServerDefaults extends SmartServerDefaults {
  dpop?: boolean | undefined;
}

/** A client that also creates proofs for requests that the app sends itself. */
export interface DpopSmartClient extends SmartClient {
  /**
   * Returns the value of the `DPoP` header for one request with the access token of {@link SmartClient.getAccessToken}. The
   * `Authorization` header of the request is `DPoP` followed by that token. Each request needs a new proof; `fetch` and `request`
   * add the proof themselves.
   *
   * @throws {SmartError} `dpop_key_lost`, `dpop_unavailable` (the browser cannot store keys), `signed_out`, `config_invalid`
   * @example
   * const accessToken = await bound.getAccessToken();
   * const dpop = await bound.createProof({ accessToken, url: 'https://ehr.example/fhir/$export' });
   * await fetch('https://ehr.example/fhir/$export', { headers: { authorization: `DPoP ${accessToken}`, dpop } });
   */
  createProof(request: ProofOptions): Promise<string>;
}
