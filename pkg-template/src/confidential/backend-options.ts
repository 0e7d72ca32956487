// The options of `createBackendClient`.

import type { SmartClientBehaviour, SmartServerOptions } from '../client/options.js';
import type { ClientAuth } from './client-auth.js';

/** One SMART server and the registration of a client without a user there. */
export interface BackendClientOptions
  extends Pick<SmartServerOptions, 'fhirBaseUrl' | 'clientId' | 'issuer' | 'metadataIssuer'>,
    Pick<SmartClientBehaviour, 'strict' | 'timeoutSeconds' | 'assumedLifetimeSeconds' | 'allowInsecureLoopback'> {
  /** How the client authenticates: by a key as the specification has it, or by a secret where the server has that. */
  clientAuth: ClientAuth;
  /** System scopes, separated by spaces: `system/*.rs`. */
  scope: string;
  /** Request scopes that do not begin with `system/`, where a server wants them. Default `false`. */
  allowOtherScopes?: boolean | undefined;
  /** The token endpoint, where nothing is to be discovered. */
  endpoints?: SmartServerOptions['endpoints'];
}
