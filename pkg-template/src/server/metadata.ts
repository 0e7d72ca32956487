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

const CAPABILITY_SETS = Object.keys(SETS) as SmartCapabilitySet[];

/** @param warnings gives the messages of warning codes */
export async function metadata(
  { fetched, warnings: codes, ...server }: EngineServer,
  warnings: typeof Warnings,
): Promise<SmartServerMetadata> {
  const has = (capability: SmartCapability) => server.capabilities?.includes(capability) ?? false;
  const sets = CLIENTS.some(has) ? CAPABILITY_SETS.filter((set) => SETS[set].every(has)) : [];
  return deepFreeze<SmartServerMetadata>({
    issuer: null,
    authorizationEndpoint: null,
    revocationEndpoint: null,
    introspectionEndpoint: null,
    endSessionEndpoint: null,
    jwksUri: null,
    capabilities: [],
    scopesSupported: [],
    configuration: {},
    ...server,
    capabilitySets: sets,
    warnings: await warnings(codes),
  });
}
