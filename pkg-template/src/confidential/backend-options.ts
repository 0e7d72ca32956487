// The options of `createBackendClient`.

import type { SmartClientBehaviour, SmartServerOptions } from '../client/options.js';
import type { ClientAuth } from './client-auth.js';

/** One SMART server, and the registration there of a client without a user. */
export interface BackendClientOptions
  extends Pick<SmartServerOptions, 'fhirBaseUrl' | 'clientId' | 'issuer' | 'metadataIssuer'>,
    Pick<SmartClientBehaviour, 'strict' | 'timeoutSeconds' | 'assumedLifetimeSeconds' | 'allowInsecureLoopback'> {
  /**
   * How the client authenticates: with a key, as specified; or with a secret, if the server requires one (not with `strict`).
   */
  clientAuth: ClientAuth;
  /** System scopes, separated by spaces: `system/*.rs`. */
  scope: string;
  /** Permit scopes that do not begin with `system/`, if a server requires them. Default `false`. */
  allowOtherScopes?: boolean | undefined;
  /** Endpoints that override the server's metadata. If the token endpoint is set, nothing is discovered. */
  endpoints?: SmartServerOptions['endpoints'];
}
