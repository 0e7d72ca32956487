/**
 * Search parameters (FHIR R4 Search): the supported ones for each type, and whether a resource matches them.
 *
 * @typedef {object} Parameter
 * @property {'token' | 'reference' | 'string' | 'date'} type
 * @property {(resource: Content, value: string, modifier: string) => boolean} matches whether the resource matches one value
 *   of a comma-separated list
 * @property {(value: string) => boolean} [accepts] whether a value is valid; absent if all values are valid
 * @property {readonly string[]} modifiers
 * @property {(resource: Content) => string | number | undefined} sortKey
 * @property {(resource: Content) => readonly (Reference | undefined)[]} [references] of a parameter of type reference
 *
 * @typedef {import('./records.mjs').Content} Content
 * @typedef {import('./records.mjs').Concept} Concept
 * @typedef {import('./records.mjs').Reference} Reference
 * @typedef {import('./datatypes.mjs').Coding} Coding
 * @typedef {import('./dates.mjs').Interval} Interval
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 */

import { PATIENT_ELEMENTS, patientOf } from './compartment.mjs';
import { listOf } from './datatypes.mjs';
import { COMPARISONS, interval, intervalOfPeriod } from './dates.mjs';
import { TYPES } from './records.mjs';

const code = token((resource) => codings(resource.code));
const category = token((resource) => listOf(resource.category).flatMap(codings));
const status = token((resource) => [{ code: resource.status }]);
const clinicalStatus = token((resource) => codings(resource.clinicalStatus));
const patient = reference((resource) => [{ reference: `Patient/${patientOf(resource)}` }]);
const type = token((resource) => listOf(resource.type).flatMap(codings));
const author = reference((resource) => listOf(resource.author));
const requester = reference((resource) => [resource.requester]);
const intent = token((resource) => [{ code: resource.intent }]);
const encounter = reference((resource) => [resource.encounter]);

/** @type {Record<string, Parameter>} */
const COMMON_PARAMETERS = {
  _id: token((resource) => [{ code: resource.id }]),
  _lastUpdated: date((resource) => resource.meta?.lastUpdated),
  identifier: token((resource) => listOf(resource.identifier).map(({ system, value }) => ({ system, code: value }))),
};

/** @type {Record<ResourceType, Record<string, Parameter>>} */
const TYPE_PARAMETERS = {
  Patient: {
    name: text(names),
    family: text((resource) => resource.name?.map(({ family }) => family)),
    given: text((resource) => resource.name?.flatMap(({ given }) => given)),
    gender: token((resource) => [{ code: resource.gender }]),
    birthdate: date((resource) => resource.birthDate),
    'general-practitioner': reference((resource) => resource.generalPractitioner),
  },
  Practitioner: { name: text(names) },
  Encounter: {
    status,
    type,
    date: date((resource) => resource.period),
    participant: reference((resource) => resource.participant?.map(({ individual }) => individual)),
  },
  Condition: {
    category,
    code,
    'clinical-status': clinicalStatus,
    'onset-date': date((resource) => resource.onsetDateTime ?? resource.recordedDate),
    encounter,
  },
  MedicationRequest: {
    status,
    intent,
    code: token((resource) => codings(resource.medicationCodeableConcept)),
    authoredon: date((resource) => resource.authoredOn),
    encounter,
    requester,
  },
  AllergyIntolerance: {
    code,
    'clinical-status': clinicalStatus,
    date: date((resource) => resource.recordedDate),
  },
  Observation: {
    encounter,
    category,
    code,
    status,
    date: date((resource) => resource.effectiveDateTime ?? resource.issued),
    performer: reference((resource) => resource.performer),
  },
  DocumentReference: {
    category,
    type,
    status,
    date: date((resource) => resource.date),
    author,
  },
  Binary: {},
  Group: {
    code,
    member: reference((resource) => resource.member?.map(({ entity }) => entity)),
  },
  CarePlan: { status, intent, category, encounter, date: date((resource) => resource.period) },
  Communication: { status, category, encounter, sent: date((resource) => resource.sent) },
  DiagnosticReport: {
    status,
    category,
    code,
    encounter,
    date: date((resource) => resource.effectiveDateTime ?? resource.issued),
  },
  Goal: {
    'lifecycle-status': token((resource) => [{ code: resource.lifecycleStatus }]),
    category,
    'start-date': date((resource) => resource.startDate),
  },
  Immunization: { status, date: date((resource) => resource.occurrenceDateTime) },
  MedicationStatement: {
    status,
    code: token((resource) => codings(resource.medicationCodeableConcept)),
    effective: date((resource) => resource.effectiveDateTime),
  },
  Procedure: { status, category, code, encounter, date: date((resource) => resource.performedDateTime) },
  QuestionnaireResponse: {
    status,
    encounter,
    author,
    authored: date((resource) => resource.authored),
    questionnaire: token((resource) => [{ code: resource.questionnaire }]),
  },
  ServiceRequest: {
    status,
    intent,
    category,
    code,
    encounter,
    requester,
    authored: date((resource) => resource.authoredOn),
  },
};

/**
 * The parameters of each type. Types that belong to a patient, except Binary, have the parameter `patient`, and `subject` if the
 * element that refers to the patient has this name.
 *
 * @type {Record<ResourceType, Record<string, Parameter>>}
 */
export const PARAMETERS = /** @type {Record<ResourceType, Record<string, Parameter>>} */ (
  Object.fromEntries(
    TYPES.map((type) => {
      const element = PATIENT_ELEMENTS[type];
      const ofPatient = { ...(element && element !== 'securityContext' && { patient, [element]: patient }) };
      return [type, { ...COMMON_PARAMETERS, ...ofPatient, ...TYPE_PARAMETERS[type] }];
    }),
  )
);

/**
 * The date by which `_sort=date` sorts a type with sample data, if the parameter has another name.
 *
 * @type {Partial<Record<ResourceType, string>>}
 */
const DATES = { Patient: 'birthdate', Condition: 'onset-date', MedicationRequest: 'authoredon' };

/** @param {ResourceType} type @param {string} name @returns {Parameter | undefined} */
export const parameterOf = (type, name) => (Object.hasOwn(PARAMETERS[type], name) ? PARAMETERS[type][name] : undefined);

/**
 * Splits `name:exact` into the name and the modifier.
 *
 * @param {string} name
 * @returns {[name: string, modifier: string]}
 */
export function splitModifier(name) {
  const [baseName = '', ...modifiers] = name.split(':');
  return [baseName, modifiers.join(':')];
}

/**
 * True if a resource matches all parameters that its type supports. Others are ignored, as in FHIR's lenient handling.
 *
 * @param {Content} resource
 * @param {Iterable<[string, string]>} parameters
 */
export function matches(resource, parameters) {
  return [...parameters].every(([name, value]) => {
    const [baseName, modifier] = splitModifier(name);
    const parameter = parameterOf(resource.resourceType, baseName);
    if (!parameter) return true;
    if (modifier === 'missing') return (parameter.sortKey(resource) === undefined) === (value === 'true');
    const isMatch = alternatives(value).some((alternative) => parameter.matches(resource, alternative, modifier));
    return modifier === 'not' ? !isMatch : isMatch;
  });
}

/**
 * The values of a parameter, divided by commas. A comma after a backslash belongs to the value.
 *
 * @param {string} value
 */
export const alternatives = (value) => value.split(/(?<!\\),/).map((part) => part.replace(/\\([,|$\\])/g, '$1'));

/**
 * Sorts by the names of parameters, divided by commas; a minus sign reverses the order. `date` is the main date of a
 * type with sample data.
 *
 * @template {Content} Resource
 * @param {Resource[]} resources
 * @param {string} sort
 */
export function sorted(resources, sort) {
  const [first] = resources;
  if (!first) return resources;
  const keys = sort.split(',').flatMap((name) => sortParameter(first.resourceType, name) ?? []);
  return resources.toSorted((a, b) => {
    for (const { parameter, direction } of keys) {
      const [left, right] = [parameter.sortKey(a) ?? '', parameter.sortKey(b) ?? ''];
      if (left !== right) return left < right ? -direction : direction;
    }
    return 0;
  });
}

/** @param {ResourceType} type @param {string} name @returns {{ parameter: Parameter, direction: 1 | -1 } | undefined} */
export function sortParameter(type, name) {
  const direction = name.startsWith('-') ? -1 : 1;
  const parameterName = name.replace(/^-/, '');
  const parameter = parameterOf(type, parameterName === 'date' ? (DATES[type] ?? parameterName) : parameterName);
  return parameter && { parameter, direction };
}

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
    const [system, searchedCode] = value.split('|');
    return (coding.system ?? '') === system && (searchedCode === '' || coding.code === searchedCode);
  };
  return {
    type: 'token',
    modifiers: ['not'],
    matches: (resource, value) => (codingsOf(resource) ?? []).some((coding) => meets(coding, value)),
    sortKey: (resource) => codingsOf(resource)?.[0]?.code,
  };
}

/**
 * `Type/id`, `id` alone, or an absolute URL that ends in `/Type/id`. The modifier is a type.
 *
 * @param {(resource: Content) => readonly (Reference | undefined)[] | undefined} referencesOf
 * @returns {Parameter}
 */
function reference(referencesOf) {
  return {
    type: 'reference',
    modifiers: [...TYPES],
    matches: (resource, value, modifier) =>
      (referencesOf(resource) ?? []).some((reference) => {
        const target = reference?.reference;
        const [type, id] = target?.split('/') ?? [];
        if (modifier) return type === modifier && [id, target].includes(value);
        return target === value || id === value || (value.includes('://') && value.endsWith(`/${target}`));
      }),
    sortKey: (resource) => referencesOf(resource)?.[0]?.reference,
    references: (resource) => referencesOf(resource) ?? [],
  };
}

/**
 * Matches the beginning of a word, ignoring case and accents. With `exact` the whole text has to be equal, with `contains` a part.
 *
 * @param {(resource: Content) => readonly (string | undefined)[] | undefined} textsOf
 * @returns {Parameter}
 */
function text(textsOf) {
  /** @param {string} value */
  const normalized = (value) =>
    value
      .normalize('NFD')
      .replace(/\p{Diacritic}/gu, '')
      .toLowerCase();
  /** @param {Content} resource */
  const texts = (resource) => (textsOf(resource) ?? []).filter((name) => name !== undefined);
  return {
    type: 'string',
    modifiers: ['exact', 'contains'],
    matches(resource, value, modifier) {
      if (modifier === 'exact') return texts(resource).includes(value);
      if (modifier === 'contains') return texts(resource).some((name) => normalized(name).includes(normalized(value)));
      return texts(resource)
        .flatMap((name) => [name, ...name.split(/[\s-]+/)])
        .some((word) => normalized(word).startsWith(normalized(value)));
    },
    sortKey: (resource) => texts(resource)[0],
  };
}

/**
 * A date or instant after an optional prefix, such as `ge2024-05`.
 *
 * @param {(resource: Content) => string | import('./datatypes.mjs').Period | undefined} dateOf
 * @returns {Parameter}
 */
function date(dateOf) {
  /** @param {Content} resource */
  const intervalOf = (resource) => {
    const value = dateOf(resource);
    if (value === undefined) return undefined;
    return typeof value === 'string' ? interval(value) : intervalOfPeriod(value);
  };
  return {
    type: 'date',
    modifiers: [],
    accepts: (value) => searchedInterval(value) !== undefined,
    matches(resource, value) {
      const [actual, searched] = [intervalOf(resource), searchedInterval(value)];
      return Boolean(actual && searched && COMPARISONS[searched.prefix]?.(actual, searched));
    },
    sortKey: (resource) => intervalOf(resource)?.from,
  };
}

/** @param {string} value */
function searchedInterval(value) {
  const [, prefix = 'eq', moment = ''] = /^([a-z]{2})?(.*)$/.exec(value) ?? [];
  const parsed = Object.hasOwn(COMPARISONS, prefix) ? interval(moment) : undefined;
  return parsed && { prefix, ...parsed };
}

/** @param {Concept | string | undefined} concept @returns {readonly Coding[]} */
function codings(concept) {
  return (typeof concept === 'object' && concept.coding) || [];
}

/** @param {Content} resource @returns {(string | undefined)[] | undefined} */
function names(resource) {
  return resource.name?.flatMap(({ text: fullName, family, given = [] }) => [fullName, family, ...given]);
}
