// @ts-nocheck
// What a server says of itself in its CapabilityStatement, which needs no token.

import { getPath } from './path.js';
import { refusal } from './refusal.js';
import { fetchResponse } from './fetch.js';
import { absolute, exchange } from './http.js';

const known = new Map();

/** Read once for each server. */
export function capabilityStatement(fhirBaseUrl) {
  const url = absolute('metadata', fhirBaseUrl);
  if (!known.has(url)) {
    const reading = exchange(fetchResponse, url, {}).then(({ body }) => body);
    reading.catch(() => known.delete(url));
    known.set(url, reading);
  }
  return known.get(url);
}

/** Search parameters that may name the patient, the usual ones first. */
const OF_PATIENT = ['patient', 'subject', 'requester', 'member', 'actor', 'beneficiary'];

/** The search parameter that restricts a type to one patient at this server. */
export async function patientParameter(fhirBaseUrl, type) {
  const resources = getPath(await capabilityStatement(fhirBaseUrl), 'rest.0.resource') ?? [];
  const supported = resources.find((resource) => resource.type === type)?.searchParam ?? [];
  const names = type === 'Patient' ? ['_id'] : OF_PATIENT;
  const name = names.find((name) => supported.some((parameter) => parameter.name === name));
  if (name) return name;
  throw refusal(`the server does not search ${type} by patient`, 'Name the search parameter, and use `request`.');
}

const RELEASES = [
  [/^(0|1\.0)\./, 2],
  [/^(1|3\.0)\./, 3],
  [/^(3|4\.0)\./, 4],
];

/** The number of the FHIR release: 2 for DSTU2, 3 for STU3, 4 for R4, 0 for others. */
export const release = (version) => RELEASES.find(([pattern]) => pattern.test(version))?.[1] ?? 0;
