// `createConfidentialClient`: the client of an app with a user, with a WebAssembly module that authenticates the client.

import { createSmartClient } from '../client/create-client.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { ConfidentialClientOptions } from './confidential-options.js';

/**
 * Creates a client like `createSmartClient` that authenticates at the server (SMART App Launch 2.2, "Client Authentication"): at the
 * token endpoint, for refresh, revocation, and introspection with `authorizedBy: 'client_id'`.
 *
 * @example
 * const smart = createConfidentialClient({
 *   fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'portal', scope: 'launch patient/*.rs', storage: 'memory',
 *   redirectUri: 'https://app.example/back', clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 * });
 */
export function createConfidentialClient(options: ConfidentialClientOptions): SmartClient {
  // The engine of confidential clients accepts more options than the type of public clients has.
  return createSmartClient(options as SmartClientOptions, { loadEngine: () => import('../engine/confidential-engine.js') });
}
