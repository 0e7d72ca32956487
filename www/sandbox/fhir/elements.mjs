/**
 * Checks a new resource (FHIR R4): that it has the elements in {@link REQUIRED}, and the structure of the elements that
 * searches, scopes and pages read. The rest of the specification is not checked.
 */

import { PATIENT_ELEMENTS } from './compartment.mjs';
import { interval } from './dates.mjs';

/** @typedef {(value: unknown) => boolean} Check */

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @type {Check} */
const isText = (value) => typeof value === 'string' && value !== '';
/** @type {Check} */
const isDate = (value) => typeof value === 'string' && interval(value) !== undefined;
/** @param {Check} check @returns {Check} */
const listOf = (check) => (value) => Array.isArray(value) && value.length > 0 && value.every(check);
/** @param {Record<string, Check>} elements @returns {Check} */
const objectWith = (elements) => (value) =>
  isObject(value) && Object.entries(elements).every(([name, check]) => value[name] === undefined || check(value[name]));

/** A list in some types of resources, and one value in others. @param {Check} check @returns {Check} */
const oneOrMore = (check) => (value) => check(value) || listOf(check)(value);

const isCoding = objectWith({ system: isText, code: isText, display: isText });
const isConcept = objectWith({ coding: listOf(isCoding), text: isText });
const isReference = objectWith({ reference: isText });
const isPeriod = objectWith({ start: isDate, end: isDate });
const isQuantity = objectWith({ value: (value) => typeof value === 'number', unit: isText });

/** @type {Record<string, Check>} */
const ELEMENTS = {
  meta: objectWith({ profile: listOf(isText), tag: listOf(isCoding) }),
  identifier: oneOrMore(objectWith({ system: isText, value: isText })),
  name: listOf(objectWith({ text: isText, family: isText, given: listOf(isText) })),
  gender: isText,
  birthDate: isDate,
  status: isText,
  intent: isText,
  clinicalStatus: isConcept,
  verificationStatus: isConcept,
  lifecycleStatus: isText,
  category: (value) => isConcept(value) || listOf((item) => isText(item) || isConcept(item))(value),
  type: oneOrMore((value) => isText(value) || isConcept(value)),
  code: isConcept,
  medicationCodeableConcept: isConcept,
  subject: isReference,
  patient: isReference,
  securityContext: isReference,
  encounter: isReference,
  requester: isReference,
  performer: listOf(isReference),
  author: oneOrMore(isReference),
  generalPractitioner: listOf(isReference),
  participant: listOf(objectWith({ individual: isReference })),
  member: listOf(objectWith({ entity: isReference })),
  period: isPeriod,
  date: isDate,
  onsetDateTime: isDate,
  abatementDateTime: isDate,
  recordedDate: isDate,
  authoredOn: isDate,
  effectiveDateTime: isDate,
  issued: isDate,
  authored: isDate,
  sent: isDate,
  startDate: isDate,
  occurrenceDateTime: isDate,
  performedDateTime: isDate,
  questionnaire: isText,
  reasonCode: listOf(isConcept),
  reasonReference: listOf(isReference),
  statusReason: (value) => isText(value) || isConcept(value),
  dosageInstruction: listOf(objectWith({ text: isText })),
  criticality: isText,
  reaction: listOf(objectWith({ manifestation: listOf(isConcept), severity: isText })),
  valueQuantity: isQuantity,
  component: listOf(objectWith({ valueQuantity: isQuantity })),
  interpretation: listOf(isConcept),
  contentType: (value) => typeof value === 'string' && MEDIA_TYPE.test(value),
  data: (value) => typeof value === 'string' && BASE64.test(value),
};

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w."-]+)*$/;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/**
 * Elements that FHIR requires, except those with a choice of data types, such as `medication[x]`. Types that belong to a
 * patient, except Binary, also require the patient.
 *
 * @type {Record<import('./records.mjs').ResourceType, readonly string[]>}
 */
export const REQUIRED = {
  Patient: [],
  Practitioner: [],
  Encounter: ['status', 'class', 'subject'],
  Condition: ['subject'],
  MedicationRequest: ['status', 'intent', 'subject'],
  AllergyIntolerance: ['patient'],
  Observation: ['status', 'code', 'subject'],
  DocumentReference: ['status', 'subject', 'content'],
  Binary: ['contentType'],
  Group: ['type', 'actual'],
  CarePlan: ['status', 'intent', 'subject'],
  Communication: ['status', 'subject'],
  DiagnosticReport: ['status', 'code', 'subject'],
  Goal: ['lifecycleStatus', 'description', 'subject'],
  Immunization: ['status', 'vaccineCode', 'patient'],
  MedicationStatement: ['status', 'subject'],
  Procedure: ['status', 'subject'],
  QuestionnaireResponse: ['status', 'subject'],
  ServiceRequest: ['status', 'intent', 'subject'],
};

/**
 * One sentence about the first element that is missing or differs from FHIR's structure; `undefined` if there is none.
 *
 * @param {Record<string, unknown>} resource
 * @param {import('./records.mjs').ResourceType} type
 */
export function mistakeIn(resource, type) {
  const missing = REQUIRED[type].find((name) => resource[name] === undefined);
  if (missing) return `'${missing}' is missing.`;
  const malformed = Object.entries(ELEMENTS).find(
    ([name, check]) => resource[name] !== undefined && !check(resource[name]),
  );
  if (malformed) return `'${malformed[0]}' does not have the structure that FHIR R4 requires.`;
  const owner = PATIENT_ELEMENTS[type];
  const reference = owner && /** @type {{ reference?: unknown } | undefined} */ (resource[owner]);
  if (reference && !/^Patient\/[^/]+$/.test(String(reference.reference))) {
    return `'${owner}' must refer to a patient of this server, such as 'Patient/123'.`;
  }
  return undefined;
}
