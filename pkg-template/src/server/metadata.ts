// Makes a server's metadata for an app. A chunk of its own: a sign-in does not show it.

import type { warnings as Warnings } from '../error/create-error.js';
import { deepFreeze } from '../values/freeze.js';
import type { EngineServer } from './engine-server.js';
import type { SmartCapability, SmartCapabilitySet, SmartServerMetadata } from './smart-server-metadata.js';

/** The guide's capability sets and what each needs beside a kind of client (SMART App Launch 2.2, "Capability Sets"). */
const SETS: Record<SmartCapabilitySet, readonly SmartCapability[]> = {
  'patient-access-standalone': ['launch-standalone', 'context-standalone-patient', 'permission-patient'],
  'patient-access-ehr': ['launch-ehr', 'context-ehr-patient', 'permission-patient'],
  'clinician-access-standalone': ['launch-standalone', 'permission-user', 'permission-patient'],
  'clinician-access-ehr': [
    'launch-ehr',
    'context-ehr-patient',
    'context-ehr-encounter',
    'permission-user',
    'permission-patient',
  ],
};
/** One of these belongs to each set; asymmetric authentication is beside them. */
const CLIENTS: readonly SmartCapability[] = ['client-public', 'client-confidential-symmetric'];

// TypeScript takes the names of members for any text.
const CAPABILITY_SETS = Object.keys(SETS) as SmartCapabilitySet[];

/**
 * Member by member: one that is here or in {@link SmartServerMetadata} alone does not compile.
 *
 * @param warnings gives the messages of warning codes
 */
export async function metadata(
  {
    fhirBaseUrl,
    issuer = null,
    authorizationEndpoint = null,
    tokenEndpoint,
    revocationEndpoint = null,
    introspectionEndpoint = null,
    endSessionEndpoint = null,
    jwksUri = null,
    capabilities = [],
    scopesSupported = [],
    warnings: codes,
    configuration = {},
  }: EngineServer,
  warnings: typeof Warnings,
): Promise<SmartServerMetadata> {
  const has = (capability: SmartCapability) => capabilities.includes(capability);
  return deepFreeze<SmartServerMetadata>({
    fhirBaseUrl,
    issuer,
    authorizationEndpoint,
    tokenEndpoint,
    revocationEndpoint,
    introspectionEndpoint,
    endSessionEndpoint,
    jwksUri,
    capabilities,
    capabilitySets: CLIENTS.some(has) ? CAPABILITY_SETS.filter((set) => SETS[set].every(has)) : [],
    scopesSupported,
    warnings: await warnings(codes),
    configuration,
  });
}
