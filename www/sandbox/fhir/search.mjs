/**
 * Search parameters (FHIR R4 Search): the supported ones for each type, and whether a resource matches them.
 *
 * @typedef {object} Parameter
 * @property {string} type
 * @property {(resource: Content, value: string) => boolean} matches `value` may hold alternatives divided by commas
 *
 * @typedef {import('./records.mjs').Content} Content
 * @typedef {import('./datatypes.mjs').Coding} Coding
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 */

import { patientOf } from './compartment.mjs';

const id = token((resource) => [{ code: resource.id }]);
const code = token((resource) => codings(resource.code));
const category = token((resource) => resource.category?.flatMap(codings));
const status = token((resource) => [{ code: resource.status }]);
const clinicalStatus = token((resource) => codings(resource.clinicalStatus));
const patient = reference((resource) => ({ reference: `Patient/${patientOf(resource)}` }));

/**
 * The date of a resource, for the `date` parameter and for sorting.
 *
 * @type {Record<ResourceType, (resource: Content) => string | undefined>}
 */
const DATES = {
  Patient: (resource) => resource.birthDate,
  Practitioner: () => undefined,
  Encounter: (resource) => resource.period?.start,
  Condition: (resource) => resource.onsetDateTime ?? resource.recordedDate,
  MedicationRequest: (resource) => resource.authoredOn,
  AllergyIntolerance: (resource) => resource.recordedDate,
  Observation: (resource) => resource.effectiveDateTime ?? resource.issued,
  Group: () => undefined,
};

/** @type {Record<ResourceType, Record<string, Parameter>>} */
export const PARAMETERS = {
  Patient: {
    _id: id,
    identifier: token((resource) => resource.identifier?.map(({ system, value }) => ({ system, code: value }))),
    name: text((resource) => names(resource)),
    family: text((resource) => resource.name?.map(({ family }) => family)),
    given: text((resource) => resource.name?.flatMap(({ given }) => given)),
    gender: token((resource) => [{ code: resource.gender }]),
    birthdate: date(DATES.Patient),
  },
  Practitioner: { _id: id, name: text((resource) => names(resource)) },
  Encounter: { _id: id, patient, subject: patient, status, date: date(DATES.Encounter) },
  Condition: {
    _id: id,
    patient,
    subject: patient,
    category,
    code,
    'clinical-status': clinicalStatus,
    'onset-date': date(DATES.Condition),
  },
  MedicationRequest: {
    _id: id,
    patient,
    subject: patient,
    status,
    intent: token((resource) => [{ code: resource.intent }]),
    code: token((resource) => codings(resource.medicationCodeableConcept)),
    authoredon: date(DATES.MedicationRequest),
  },
  AllergyIntolerance: {
    _id: id,
    patient,
    code,
    'clinical-status': clinicalStatus,
    date: date(DATES.AllergyIntolerance),
  },
  Observation: {
    _id: id,
    patient,
    subject: patient,
    encounter: reference((resource) => resource.encounter),
    category,
    code,
    status,
    date: date(DATES.Observation),
  },
  Group: { _id: id },
};

/**
 * True if a resource matches all parameters that its type supports; others are ignored, as in FHIR's lenient handling.
 *
 * @param {Content} resource
 * @param {Iterable<[string, string]>} parameters
 */
export function matches(resource, parameters) {
  const known = PARAMETERS[resource.resourceType];
  return [...parameters].every(([name, value]) => !Object.hasOwn(known, name) || known[name]?.matches(resource, value));
}

/**
 * Sorts resources by date: `_sort=date`, `_sort=-date`, or the name of the type's date parameter.
 *
 * @template {Content} Resource
 * @param {Resource[]} resources
 * @param {string} sort
 */
export function sorted(resources, sort) {
  const [first] = resources;
  if (!first) return resources;
  const dateOf = DATES[first.resourceType];
  const direction = sort.startsWith('-') ? -1 : 1;
  /** @param {Content} resource */
  const time = (resource) => Date.parse(dateOf(resource) ?? '') || 0;
  return resources.toSorted((a, b) => direction * (time(a) - time(b)));
}

/** The names that `_sort` accepts. */
export const SORTS = /^-?(date|birthdate|onset-date|authoredon|_lastUpdated)$/;

/**
 * `code`, `system|code`, `|code` or `system|`.
 *
 * @param {(resource: Content) => readonly Coding[] | undefined} codingsOf
 * @returns {Parameter}
 */
function token(codingsOf) {
  /** @param {Coding} coding @param {string} value */
  const meets = (coding, value) => {
    if (!value.includes('|')) return coding.code === value;
    const [system, wanted] = value.split('|');
    return (coding.system ?? '') === system && (wanted === '' || coding.code === wanted);
  };
  return {
    type: 'token',
    matches: (resource, value) =>
      anyOf(value, (wanted) => (codingsOf(resource) ?? []).some((coding) => meets(coding, wanted))),
  };
}

/**
 * `Type/id`, `id` alone, or the absolute URL of either.
 *
 * @param {(resource: Content) => import('./datatypes.mjs').Reference | undefined} referenceOf
 * @returns {Parameter}
 */
function reference(referenceOf) {
  return {
    type: 'reference',
    matches: (resource, value) => {
      const target = referenceOf(resource)?.reference;
      return anyOf(
        value,
        (wanted) =>
          target === wanted ||
          target?.split('/')[1] === wanted ||
          (wanted.includes('://') && wanted.endsWith(`/${target}`)),
      );
    },
  };
}

/**
 * Matches the beginning of a word, ignoring case and accents.
 *
 * @param {(resource: Content) => readonly string[] | undefined} textsOf
 * @returns {Parameter}
 */
function text(textsOf) {
  /** @param {string} value */
  const plain = (value) =>
    value
      .normalize('NFD')
      .replace(/\p{Diacritic}/gu, '')
      .toLowerCase();
  return {
    type: 'string',
    matches: (resource, value) =>
      anyOf(value, (wanted) =>
        (textsOf(resource) ?? [])
          .flatMap((name) => [name, ...name.split(/[\s-]+/)])
          .some((word) => plain(word).startsWith(plain(wanted))),
      ),
  };
}

/**
 * A date or instant after an optional prefix; `eq` matches the beginning, so that a day finds its instants.
 *
 * @param {(resource: Content) => string | undefined} dateOf
 * @returns {Parameter}
 */
function date(dateOf) {
  return {
    type: 'date',
    matches: (resource, value) => {
      const actual = dateOf(resource);
      return actual !== undefined && anyOf(value, (wanted) => compare(actual, wanted));
    },
  };
}

/** @param {string} actual @param {string} wanted */
function compare(actual, wanted) {
  const [, prefix = 'eq', moment = ''] = /^(eq|ne|ge|gt|le|lt)?(.*)$/.exec(wanted) ?? [];
  // Truncated to the precision of the parameter: `le2024-05-01` includes the whole of that day.
  const comparable = actual.slice(0, moment.length);
  switch (prefix) {
    case 'ne':
      return comparable !== moment;
    case 'ge':
      return comparable >= moment;
    case 'gt':
      return comparable > moment;
    case 'le':
      return comparable <= moment;
    case 'lt':
      return comparable < moment;
    default:
      return comparable === moment;
  }
}

/** @param {string} value @param {(wanted: string) => boolean} meets */
const anyOf = (value, meets) => value.split(',').some(meets);

/** @param {import('./datatypes.mjs').Concept | string | undefined} concept */
function codings(concept) {
  return (typeof concept === 'object' && concept.coding) || [];
}

/** @param {Content} resource */
function names(resource) {
  return resource.name?.flatMap(({ text: whole, family, given = [] }) => [whole, family, ...given].filter(Boolean));
}
