// What a server says of itself, as `SmartServerMetadata`. A chunk of its own: a sign-in does not show it.

import { deepFreeze } from '../values/freeze.js';

/** The guide's capability sets and what each needs beside a kind of client (SMART App Launch 2.2, "Capability Sets"). */
const SETS = {
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
const CLIENTS = ['client-public', 'client-confidential-symmetric'];

/**
 * @param {object} server the engine's `Server`
 * @param {(codes?: string[]) => Promise<readonly object[]>} warnings
 */
export async function metadata({ fetched, warnings: codes, ...server }, warnings) {
  const has = (capability) => server.capabilities?.includes(capability);
  const sets = CLIENTS.some(has) ? Object.keys(SETS).filter((set) => SETS[set].every(has)) : [];
  return deepFreeze({
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
