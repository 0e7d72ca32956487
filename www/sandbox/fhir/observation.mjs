/**
 * What the API takes as a new Observation (FHIR R4 Observation): not the whole of the profile, but enough that
 * searches and pages can rely on the shapes they read.
 */

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value) => Array.isArray(value) && value.every(isObject);
const isConcept = (value) => isObject(value) && (value.coding === undefined || isList(value.coding));
const isText = (value) => typeof value === 'string';

const REQUIRED = { status: isText, code: isConcept, subject: isObject };
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
 * The first element that is missing or of another shape than FHIR gives it.
 *
 * @param {Record<string, unknown>} resource
 * @returns {string | undefined} its name; `undefined` when all is well
 */
export function malformedElement(resource) {
  const required = Object.entries(REQUIRED).find(([name, fits]) => !fits(resource[name]));
  const optional = Object.entries(OPTIONAL).find(
    ([name, fits]) => resource[name] !== undefined && !fits(resource[name]),
  );
  return (required ?? optional)?.[0];
}
