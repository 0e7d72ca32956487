// A server's metadata, as an app gets it.

import type { SmartWarning } from '../error/smart-warning.js';

/** A server's smart-configuration, checked (SMART App Launch 2.2, "Conformance"). Endpoints are absolute URLs. */
export interface SmartServerMetadata {
  readonly fhirBaseUrl: string;
  readonly issuer: string | null;
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string;
  readonly pushedAuthorizationRequestEndpoint: string | null;
  readonly revocationEndpoint: string | null;
  readonly introspectionEndpoint: string | null;
  readonly endSessionEndpoint: string | null;
  readonly jwksUri: string | null;
  readonly capabilities: readonly SmartCapability[];
  /** The capability sets of the specification that the server supports. */
  readonly capabilitySets: readonly SmartCapabilitySet[];
  readonly scopesSupported: readonly string[];
  /** Violations of the specification in the document. */
  readonly warnings: readonly SmartWarning[];
  /** The document with its original member names, including everything the server sent. */
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
