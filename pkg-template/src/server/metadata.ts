// @ts-nocheck
// What a server says of itself, as `SmartServerMetadata`. A chunk of its own: a sign-in does not show it.

import { deepFreeze } from '../values/freeze.js';
import type { SmartWarning } from '../error/smart-warning.js';

/** A server's smart-configuration, checked (SMART App Launch 2.2, "Conformance"). Endpoints are absolute. */
export interface SmartServerMetadata {
  readonly fhirBaseUrl: string;
  readonly issuer: string | null;
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | null;
  readonly introspectionEndpoint: string | null;
  readonly endSessionEndpoint: string | null;
  readonly jwksUri: string | null;
  readonly capabilities: readonly SmartCapability[];
  /** The capability sets of the guide that the server supports. */
  readonly capabilitySets: readonly SmartCapabilitySet[];
  readonly scopesSupported: readonly string[];
  /** Where the document departs from the guide. */
  readonly warnings: readonly SmartWarning[];
  /** The document under its wire names, with everything the server sent. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

export type SmartCapability =
  | 'launch-ehr'
  | 'launch-standalone'
  | 'authorize-post'
  | 'client-public'
  | 'client-confidential-symmetric'
  | 'client-confidential-asymmetric'
  | 'sso-openid-connect'
  | 'context-banner'
  | 'context-style'
  | 'context-ehr-patient'
  | 'context-ehr-encounter'
  | 'context-standalone-patient'
  | 'context-standalone-encounter'
  | 'permission-offline'
  | 'permission-online'
  | 'permission-patient'
  | 'permission-user'
  | 'permission-v1'
  | 'permission-v2'
  | 'smart-app-state'
  | (string & {});

export type SmartCapabilitySet =
  | 'patient-access-standalone'
  | 'patient-access-ehr'
  | 'clinician-access-standalone'
  | 'clinician-access-ehr';

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
 * @internal
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
