/**
 * Resources that a search returns in addition to its matches (FHIR R4 Search, `_include` and `_revinclude`).
 *
 * @typedef {import('./records.mjs').StoredResource} StoredResource
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 *
 * @typedef {object} Rule
 * @property {'_include' | '_revinclude'} direction
 * @property {boolean} iterates whether the rule also applies to included resources
 * @property {ResourceType} source the type that has the reference
 * @property {string} parameter the name of the reference's search parameter, or `*`
 * @property {string} [target] the type to which the reference has to refer
 */

import { parameterOf, PARAMETERS } from './parameters.mjs';
import { isResourceType } from './records.mjs';

/**
 * Reads a value such as `Observation:encounter`.
 *
 * @param {'_include' | '_revinclude'} direction
 * @param {string} modifier
 * @param {string} value
 * @param {ResourceType} searched
 * @returns {Rule | undefined} `undefined` if the server does not support the value
 */
export function inclusion(direction, modifier, value, searched) {
  const [source, parameter = '*', target] = value === '*' ? [searched] : value.split(':');
  if (!isResourceType(source) || !['', 'iterate'].includes(modifier)) return undefined;
  if (direction === '_revinclude' && value === '*') return undefined;
  if (parameter !== '*' && parameterOf(source, parameter)?.type !== 'reference') return undefined;
  return { direction, iterates: modifier === 'iterate', source, parameter, ...(target && { target }) };
}

/**
 * The resources that the rules add to the matches of a page, each once.
 *
 * @param {readonly StoredResource[]} matches
 * @param {readonly Rule[]} rules
 * @param {object} lookup
 * @param {(reference: string) => StoredResource | undefined} lookup.resolve
 * @param {(type: ResourceType) => readonly StoredResource[]} lookup.all
 * @param {(resource: StoredResource) => boolean} lookup.isVisible to the client
 * @returns {StoredResource[]}
 */
export function included(matches, rules, { resolve, all, isVisible }) {
  const visited = new Set(matches);
  /** @type {StoredResource[]} */
  const result = [];
  let round = [...matches];
  for (let isFirst = true; round.length > 0; isFirst = false) {
    const added = rules
      .filter(({ iterates }) => isFirst || iterates)
      .flatMap((rule) =>
        rule.direction === '_include'
          ? round.flatMap((resource) => targetsOf(resource, rule)).flatMap((reference) => resolve(reference) ?? [])
          : all(rule.source).filter((referrer) => refersTo(referrer, rule, round, resolve)),
      )
      .filter(isVisible);
    round = [...new Set(added)].filter((resource) => !visited.has(resource));
    for (const resource of round) visited.add(resource);
    result.push(...round);
  }
  return result;
}

/** @param {StoredResource} resource @param {Rule} rule @returns {string[]} */
function targetsOf(resource, { source, parameter, target }) {
  if (resource.resourceType !== source) return [];
  const names = parameter === '*' ? Object.keys(PARAMETERS[source]) : [parameter];
  return names
    .flatMap((name) => parameterOf(source, name)?.references?.(resource) ?? [])
    .flatMap((reference) => reference?.reference ?? [])
    .filter((reference) => target === undefined || reference.split('/').at(-2) === target);
}

/**
 * @param {StoredResource} referrer
 * @param {Rule} rule
 * @param {readonly StoredResource[]} round
 * @param {(reference: string) => StoredResource | undefined} resolve
 */
function refersTo(referrer, rule, round, resolve) {
  return targetsOf(referrer, rule).some((reference) => {
    const target = resolve(reference);
    return target !== undefined && round.includes(target);
  });
}
