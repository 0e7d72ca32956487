/**
 * The query of a search (FHIR R4 Search): criteria, and parameters that control the response.
 *
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 *
 * @typedef {object} Query
 * @property {ResourceType} type
 * @property {[string, string][]} supported the parameters that the server supports, as received
 * @property {[string, string][]} criteria
 * @property {string} [sort]
 * @property {number} count
 * @property {number} offset
 * @property {import('./include.mjs').Rule[]} includes
 * @property {string} [summary] see `shape.mjs`
 * @property {string[]} elements
 */

import { inclusion } from './include.mjs';
import { invalid, notSupported } from './outcome.mjs';
import { alternatives, parameterOf, sortParameter, splitModifier } from './parameters.mjs';
import { SUMMARY_VALUES } from './shape.mjs';

const DEFAULT_COUNT = 50;
const MAX_COUNT = 200;

/** Parameters that control the response, not the search. */
const RESULT_PARAMETERS = ['_sort', '_count', '_include', '_revinclude', '_elements', '_summary', '_total'];
/** Parameters of all requests. */
const GENERAL_PARAMETERS = ['_format', '_pretty'];

/**
 * @param {ResourceType} type
 * @param {[string, string][]} parameters
 * @param {object} options
 * @param {boolean} options.strict whether unsupported parameters are refused; otherwise they are ignored
 * @param {number} options.offset of the page
 * @returns {Query}
 * @throws {import('./outcome.mjs').Outcome} 400
 */
export function parseQuery(type, parameters, { strict, offset }) {
  /** @type {[string, string][]} */
  const supported = [];
  /** @type {Query} */
  const query = { type, supported, criteria: [], count: DEFAULT_COUNT, offset, includes: [], elements: [] };
  for (const [name, value] of parameters) {
    const isSupported = isCriterion(type, name, value)
      ? query.criteria.push([name, value])
      : applyResultParameter(query, name, value);
    if (isSupported) supported.push([name, value]);
    else if (strict && !GENERAL_PARAMETERS.includes(name)) {
      throw notSupported(`The sandbox does not support '${name}=${value}' for ${type}.`);
    }
  }
  return query;
}

/** @param {ResourceType} type @param {string} name @param {string} value */
function isCriterion(type, name, value) {
  const [baseName, modifier] = splitModifier(name);
  const parameter = parameterOf(type, baseName);
  if (!parameter) return false;
  if (modifier && ![...parameter.modifiers, 'missing'].includes(modifier)) {
    throw notSupported(`The sandbox does not support the modifier ':${modifier}' of '${baseName}'.`);
  }
  if (modifier === 'missing' && !['true', 'false'].includes(value)) {
    throw invalid(400, `'${name}' must be 'true' or 'false', not '${value}'.`);
  }
  const invalidDate =
    modifier === 'missing' ? undefined : alternatives(value).find((date) => parameter.accepts?.(date) === false);
  if (invalidDate !== undefined) throw invalid(400, `'${name}' must be a date such as 'ge2024-05-17', not '${invalidDate}'.`);
  return true;
}

/** @param {Query} query @param {string} name @param {string} value @returns {boolean} whether the server supports the parameter */
function applyResultParameter(query, name, value) {
  const [baseName, modifier] = splitModifier(name);
  if (!RESULT_PARAMETERS.includes(baseName)) return false;
  if (baseName === '_include' || baseName === '_revinclude') {
    const rule = inclusion(baseName, modifier, value, query.type);
    if (rule) query.includes.push(rule);
    return rule !== undefined;
  }
  if (modifier) throw notSupported(`'${baseName}' has no modifier ':${modifier}'.`);
  switch (baseName) {
    case '_sort': {
      const unknown = value.split(',').find((key) => !sortParameter(query.type, key));
      if (unknown !== undefined) throw invalid(400, `The sandbox cannot sort ${query.type} by '${unknown}'.`);
      query.sort = value;
      break;
    }
    case '_count':
      if (!/^\d{1,9}$/.test(value)) throw invalid(400, `'_count' must be a whole number, not '${value}'.`);
      query.count = Math.min(Number(value), MAX_COUNT);
      break;
    case '_summary':
      if (!SUMMARY_VALUES.includes(value)) throw invalid(400, `'_summary' must be one of ${SUMMARY_VALUES.join(', ')}.`);
      query.summary = value;
      break;
    case '_elements':
      query.elements.push(...value.split(','));
      break;
  }
  return true;
}
