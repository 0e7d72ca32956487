/**
 * Checks a new Observation (FHIR R4 Observation): not against the whole profile, but enough for searches and pages to
 * rely on the structure that they read.
 *
 * @typedef {object} Observation
 * @property {'Observation'} resourceType
 * @property {string} id
 * @property {import('./datatypes.mjs').Meta} [meta]
 * @property {string} status
 * @property {import('./datatypes.mjs').Concept} code
 * @property {import('./datatypes.mjs').Reference} subject
 * @property {readonly import('./datatypes.mjs').Concept[]} [category]
 * @property {import('./datatypes.mjs').Reference} [encounter]
 * @property {string} [effectiveDateTime]
 * @property {string} [issued]
 * @property {Quantity} [valueQuantity]
 * @property {readonly import('./datatypes.mjs').Concept[]} [interpretation]
 * @property {readonly { valueQuantity?: Quantity }[]} [component]
 *
 * @typedef {object} Quantity
 * @property {number} [value]
 * @property {string} [unit]
 */

/** @typedef {(value: unknown) => boolean} Check */

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {value is Record<string, unknown>[]} */
const isList = (value) => Array.isArray(value) && value.every(isObject);
/** @type {Check} */
const isConcept = (value) => isObject(value) && (value.coding === undefined || isList(value.coding));
/** @type {Check} */
const isText = (value) => typeof value === 'string';

/** @type {Record<string, Check>} */
const REQUIRED = { status: isText, code: isConcept, subject: isObject };
/** @type {Record<string, Check>} */
const OPTIONAL = {
  meta: isObject,
  category: (value) => isList(value) && value.every(isConcept),
  encounter: isObject,
  effectiveDateTime: isText,
  issued: isText,
  valueQuantity: isObject,
  interpretation: (value) => isList(value) && value.every(isConcept),
  component: isList,
};

/**
 * The first element that is missing or differs from FHIR's structure.
 *
 * @param {Record<string, unknown>} resource
 * @returns {string | undefined} its name; `undefined` if the resource is valid
 */
export function malformedElement(resource) {
  const required = Object.entries(REQUIRED).find(([name, fits]) => !fits(resource[name]));
  const optional = Object.entries(OPTIONAL).find(
    ([name, fits]) => resource[name] !== undefined && !fits(resource[name]),
  );
  return (required ?? optional)?.[0];
}
