// `createSmartClient` of `smart-launch/dpop`: with a WebAssembly module that binds tokens to keys.

import { createSmartClient as createClient } from '../client/create-client.js';
import type { SmartClientOptions } from '../client/options.js';
import type { DpopClientOptions, DpopSmartClient } from './dpop-client.js';

/**
 * Creates a client like `createSmartClient` of `smart-launch`. With `dpop: true` its tokens are bound to a key that cannot leave
 * the browser (DPoP, RFC 9449): the server issues tokens for the key, and each request proves that the page has the key.
 *
 * @example
 * const smart = createSmartClient({
 *   fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs', dpop: true,
 * });
 */
export function createSmartClient(options: DpopClientOptions): DpopSmartClient {
  const internal = { loadEngine: () => import('../engine/dpop-engine.js'), more: ['createProof'] } as const;
  // `more` adds the method `createProof`.
  return createClient(options as SmartClientOptions, internal) as DpopSmartClient;
}
