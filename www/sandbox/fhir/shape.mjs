/** Resources with only some of their elements (FHIR R4 Search, `_summary` and `_elements`). */

import { REQUIRED } from './elements.mjs';

/** The values of `_summary`. */
export const SUMMARY_VALUES = ['true', 'text', 'data', 'count', 'false'];

/** Added to a resource that is incomplete, which must not be sent back as an update. */
export const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

const ALWAYS = ['resourceType', 'id', 'meta'];

/**
 * Elements of `_summary=true` beyond the required ones, of the types with sample data.
 *
 * @type {Partial<Record<import('./records.mjs').ResourceType, readonly string[]>>}
 */
const SUMMARY_ELEMENTS = {
  Patient: ['identifier', 'active', 'name', 'telecom', 'gender', 'birthDate', 'deceasedBoolean', 'address'],
  Practitioner: ['identifier', 'active', 'name', 'telecom', 'gender', 'birthDate', 'address'],
  Encounter: ['identifier', 'type', 'priority', 'participant', 'reasonCode', 'reasonReference', 'period'],
  Condition: [
    'identifier',
    'clinicalStatus',
    'verificationStatus',
    'category',
    'severity',
    'code',
    'encounter',
    'onsetDateTime',
    'recordedDate',
  ],
  MedicationRequest: ['identifier', 'medicationCodeableConcept', 'authoredOn', 'requester', 'encounter'],
  AllergyIntolerance: ['identifier', 'clinicalStatus', 'verificationStatus', 'type', 'category', 'criticality', 'code'],
  Observation: [
    'identifier',
    'category',
    'encounter',
    'effectiveDateTime',
    'issued',
    'performer',
    'valueQuantity',
    'interpretation',
  ],
  DocumentReference: ['identifier', 'type', 'category', 'date', 'author', 'description', 'context'],
  Binary: ['securityContext'],
  Group: ['identifier', 'active', 'code', 'name', 'quantity'],
};

/**
 * @param {import('./records.mjs').StoredResource} resource
 * @param {{ summary?: string, elements: readonly string[] }} query
 * @returns {object}
 */
export function selectElements(resource, { summary, elements }) {
  const type = resource.resourceType;
  const required = REQUIRED[type];
  if (elements.length > 0) return subset(resource, [...required, ...elements]);
  if (summary === 'true') return subset(resource, [...required, ...(SUMMARY_ELEMENTS[type] ?? [])]);
  if (summary === 'text') return subset(resource, [...required, 'text']);
  if (summary === 'data')
    return subset(
      resource,
      Object.keys(resource).filter((name) => name !== 'text'),
    );
  return resource;
}

/** @param {import('./records.mjs').StoredResource} resource @param {readonly string[]} names */
function subset(resource, names) {
  const included = Object.entries(resource).filter(([name]) => [...ALWAYS, ...names].includes(name));
  return { ...Object.fromEntries(included), meta: { ...resource.meta, tag: [...(resource.meta.tag ?? []), SUBSETTED] } };
}
