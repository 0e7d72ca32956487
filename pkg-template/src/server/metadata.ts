// Creates the metadata object of a server. It is a separate chunk, since a sign-in does not need it.

import type { warnings as Warnings } from '../error/create-error.js';
import { deepFreeze } from '../values/freeze.js';
import type { EngineServer } from './engine-server.js';
import type { SmartCapability, SmartCapabilitySet, SmartServerMetadata } from './smart-server-metadata.js';

/** The capability sets, and the capabilities of each besides a client type (SMART App Launch 2.2, "Capability Sets"). */
const REQUIRED: Record<SmartCapabilitySet, readonly SmartCapability[]> = {
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
/** Each set needs one of these client types. Asymmetric authentication is optional in each set, and is not enough. */
const CLIENT_TYPES: readonly SmartCapability[] = ['client-public', 'client-confidential-symmetric'];

// `Object.keys` has the type `string[]`.
const CAPABILITY_SETS = Object.keys(REQUIRED) as SmartCapabilitySet[];

/**
 * Creates the metadata object. Each member is listed, so that a difference from {@link SmartServerMetadata} does not compile.
 *
 * @param warnings returns the messages of warning codes
 */
export async function metadata(
  {
    fhirBaseUrl,
    issuer = null,
    authorizationEndpoint = null,
    tokenEndpoint,
    pushedAuthorizationRequestEndpoint = null,
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
    pushedAuthorizationRequestEndpoint,
    revocationEndpoint,
    introspectionEndpoint,
    endSessionEndpoint,
    jwksUri,
    capabilities,
    capabilitySets: CLIENT_TYPES.some(has) ? CAPABILITY_SETS.filter((set) => REQUIRED[set].every(has)) : [],
    scopesSupported,
    warnings: await warnings(codes),
    configuration,
  });
}
