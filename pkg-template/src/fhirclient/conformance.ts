// The server's CapabilityStatement, which needs no token.

import { getPath } from './path.js';
import { refusal } from './refusal.js';
import { fetchResponse } from './fetch.js';
import { absolute, exchange } from './http.js';

export interface WellKnownSmartConfiguration {
  authorization_endpoint: string;
  token_endpoint: string;
  registration_endpoint?: string;
  management_endpoint?: string;
  introspection_endpoint?: string;
  revocation_endpoint?: string;
  code_challenge_methods_supported?: string[];
  token_endpoint_auth_methods?: string[];
  scopes_supported?: string[];
  response_types_supported?: string[];
  capabilities: string[];
}

export interface OAuthSecurityExtensions {
  registrationUri: string;
  authorizeUri: string;
  tokenUri: string;
  codeChallengeMethods: string[];
}

const statements = new Map<string, Promise<unknown>>();

/**
 * The CapabilityStatement of a server, which is requested once.
 *
 * @internal
 */
export function capabilityStatement(fhirBaseUrl: string): Promise<unknown> {
  const url = absolute('metadata', fhirBaseUrl);
  const pending = statements.get(url);
  if (pending) return pending;
  const reading = exchange(fetchResponse, url, {}).then(({ body }) => body);
  reading.catch(() => statements.delete(url));
  statements.set(url, reading);
  return reading;
}

interface SearchedType {
  readonly type: string;
  readonly searchParam?: readonly { readonly name: string }[];
}

/** Search parameters that may name the patient, the most common ones first. */
const PATIENT_PARAMETERS = ['patient', 'subject', 'requester', 'member', 'actor', 'beneficiary'];

/**
 * The search parameter that restricts a type to one patient at this server.
 *
 * @internal
 */
export async function patientParameter(fhirBaseUrl: string, type: string): Promise<string> {
  const resources: SearchedType[] = getPath(await capabilityStatement(fhirBaseUrl), 'rest.0.resource') ?? [];
  const supported = resources.find((resource) => resource.type === type)?.searchParam ?? [];
  const names = type === 'Patient' ? ['_id'] : PATIENT_PARAMETERS;
  const name = names.find((name) => supported.some((parameter) => parameter.name === name));
  if (name) return name;
  throw refusal(`the server does not search ${type} by patient`, 'Use `request`, with a search parameter in the URL.');
}

const RELEASES: readonly [RegExp, number][] = [
  [/^(0|1\.0)\./, 2],
  [/^(1|3\.0)\./, 3],
  [/^(3|4\.0)\./, 4],
];

/**
 * The number of the FHIR release: 2 for DSTU2, 3 for STU3, 4 for R4, 0 for others.
 *
 * @internal
 */
export const release = (version: string): number => RELEASES.find(([pattern]) => pattern.test(version))?.[1] ?? 0;
