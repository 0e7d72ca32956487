/**
 * The query of a search (FHIR R4 Search): criteria, and parameters that control the response.
 *
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 *
 * @typedef {object} Query
 * @property {ResourceType} type
 * @property {[string, string][]} used the parameters that the server supports, as received
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
import { alternatives, parameterOf, sortParameter, withoutModifier } from './parameters.mjs';
import { SUMMARIES } from './shape.mjs';

const PAGE = 50;
const LONGEST_PAGE = 200;

/** Parameters that control the response, not the search. */
const RESULT_PARAMETERS = ['_sort', '_count', '_include', '_revinclude', '_elements', '_summary', '_total'];
/** Parameters of all requests. */
const GENERAL_PARAMETERS = ['_format', '_pretty'];

/**
 * @param {ResourceType} type
 * @param {[string, string][]} asked
 * @param {object} how
 * @param {boolean} how.strict whether unsupported parameters are refused; otherwise they are ignored
 * @param {number} how.offset of the page
 * @returns {Query}
 * @throws {import('./outcome.mjs').Outcome} 400
 */
export function parseQuery(type, asked, { strict, offset }) {
  /** @type {[string, string][]} */
  const used = [];
  /** @type {Query} */
  const query = { type, used, criteria: [], count: PAGE, offset, includes: [], elements: [] };
  for (const [name, value] of asked) {
    const isUsed = isCriterion(type, name, value) ? query.criteria.push([name, value]) : control(query, name, value);
    if (isUsed) used.push([name, value]);
    else if (strict && !GENERAL_PARAMETERS.includes(name)) {
      throw notSupported(`The sandbox does not support '${name}=${value}' for ${type}.`);
    }
  }
  return query;
}

/** @param {ResourceType} type @param {string} name @param {string} value */
function isCriterion(type, name, value) {
  const [own, modifier] = withoutModifier(name);
  const parameter = parameterOf(type, own);
  if (!parameter) return false;
  if (modifier && ![...parameter.modifiers, 'missing'].includes(modifier)) {
    throw notSupported(`The sandbox does not support the modifier ':${modifier}' of '${own}'.`);
  }
  if (modifier === 'missing' && !['true', 'false'].includes(value)) {
    throw invalid(400, `'${name}' must be 'true' or 'false', not '${value}'.`);
  }
  const unreadable =
    modifier === 'missing' ? undefined : alternatives(value).find((one) => parameter.accepts?.(one) === false);
  if (unreadable !== undefined) throw invalid(400, `'${name}' must be a date such as 'ge2024-05-17', not '${unreadable}'.`);
  return true;
}

/** @param {Query} query @param {string} name @param {string} value @returns {boolean} whether the server supports it */
function control(query, name, value) {
  const [own, modifier] = withoutModifier(name);
  if (!RESULT_PARAMETERS.includes(own)) return false;
  if (own === '_include' || own === '_revinclude') {
    const rule = inclusion(own, modifier, value, query.type);
    if (rule) query.includes.push(rule);
    return rule !== undefined;
  }
  if (modifier) throw notSupported(`'${own}' has no modifier ':${modifier}'.`);
  switch (own) {
    case '_sort': {
      const unknown = value.split(',').find((key) => !sortParameter(query.type, key));
      if (unknown !== undefined) throw invalid(400, `The sandbox cannot sort ${query.type} by '${unknown}'.`);
      query.sort = value;
      break;
    }
    case '_count':
      if (!/^\d{1,9}$/.test(value)) throw invalid(400, `'_count' must be a whole number, not '${value}'.`);
      query.count = Math.min(Number(value), LONGEST_PAGE);
      break;
    case '_summary':
      if (!SUMMARIES.includes(value)) throw invalid(400, `'_summary' must be one of ${SUMMARIES.join(', ')}.`);
      query.summary = value;
      break;
    case '_elements':
      query.elements.push(...value.split(','));
      break;
  }
  return true;
}
