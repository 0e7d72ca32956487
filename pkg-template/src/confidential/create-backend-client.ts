// `createBackendClient`: a client without a user.

import { plain } from '../values/plain.js';
import type { BackendClient } from './backend-client.js';
import type { BackendClientOptions } from './backend-options.js';
import { createTokenClient } from './create-token-client.js';

/**
 * Creates a client without a user (SMART App Launch 2.2, "Backend Services"): for nightly jobs, imports, Bulk Data. Does no I/O; the
 * first call requests a token. Tokens are in memory only.
 *
 * @example
 * const nightly = createBackendClient({
 *   fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'nightly', scope: 'system/Patient.rs',
 *   clientAuth: { key: privateKeyPem, keyId: '2026-11' },
 * });
 * const patients = await nightly.request('Patient?_count=50');
 */
export function createBackendClient(options: BackendClientOptions): BackendClient {
  const { getToken: _, ...methods } = createTokenClient({ client: plain({ ...options }), scope: options.scope });
  return Object.freeze(methods);
}
