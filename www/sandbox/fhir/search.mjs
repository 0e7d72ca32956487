/**
 * Searches (FHIR R4 "search", and the operation `$everything` of Patient).
 *
 * @typedef {import('./request.mjs').FhirRequest} FhirRequest
 * @typedef {import('./request.mjs').FhirResponse} FhirResponse
 * @typedef {import('./records.mjs').StoredResource} StoredResource
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 */

import { accessibleIfAny, accessibleResources } from './access.mjs';
import { searchset } from './bundle.mjs';
import { patientOf } from './compartment.mjs';
import { interval } from './dates.mjs';
import { included } from './include.mjs';
import { invalid, notSupported, preconditionFailed } from './outcome.mjs';
import { alternatives, matches, sorted, splitModifier } from './parameters.mjs';
import { parseQuery } from './query.mjs';
import { currentResource } from './read.mjs';
import { TYPES } from './records.mjs';
import { isStrict, requireJson } from './request.mjs';
import { selectElements } from './shape.mjs';

/** The supported parameters of `$everything`. */
const EVERYTHING_PARAMETERS = ['_count', '_since', '_type', '_format'];

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 * @param {import('./references.mjs').References} options.references
 * @param {import('./page-token.mjs').PageTokens} options.pageTokens
 */
export function searches({ fhirBaseUrl, records, references: { resolve }, pageTokens }) {
  /** @param {FhirRequest} request @param {ResourceType} type @returns {FhirResponse} */
  function search(request, type) {
    requireJson(request);
    const accessible = accessibleResources(request.access, 'search', type);
    const { parameters, offset } = pageOf(request, type);
    const query = parseQuery(type, parameters, { strict: isStrict(request), offset });
    for (const patient of query.criteria.flatMap((criterion) => patientsIn(type, criterion))) {
      // An empty response would suggest that the patient has no data.
      accessible.requirePatient(patient, `Patient/${patient}`);
    }
    const matching = records
      .all(type)
      .filter((resource) => accessible.includes(resource) && matches(resource, query.criteria));
    const lookup = { resolve, all: records.all, isVisible: visibleTo(request.access) };
    const resource = searchset({
      fhirBaseUrl,
      path: type,
      parameters: query.supported,
      matches: query.sort ? sorted(matching, query.sort) : matching,
      offset,
      count: query.summary === 'count' ? 0 : query.count,
      includesOf: (page) => included(page, query.includes, lookup),
      shape: (match) => selectElements(match, query),
      pageTokens,
    });
    return { status: 200, headers: {}, resource };
  }

  /**
   * A patient, the resources of that patient, and the practitioners that they refer to, if the token gives access to them.
   *
   * @param {FhirRequest} request
   * @param {string} id
   * @returns {FhirResponse}
   */
  function everything(request, id) {
    requireJson(request);
    const path = `Patient/${id}/$everything`;
    const patient = currentResource(records, accessibleResources(request.access, 'read', 'Patient'), 'Patient', id);
    const { parameters, offset } = pageOf(request, path);
    const unknown = parameters.find(([name]) => !EVERYTHING_PARAMETERS.includes(name));
    if (unknown && isStrict(request)) throw notSupported(`The sandbox does not support '${unknown[0]}' here.`);
    const query = parseQuery(
      'Patient',
      parameters.filter(([name]) => name === '_count'),
      { strict: false, offset },
    );
    const searchParameters = new URLSearchParams(parameters);
    const types = searchParameters.getAll('_type').flatMap((list) => list.split(','));
    const since = searchParameters.get('_since');
    if (since !== null && !interval(since)) throw invalid(400, `'_since' must be an instant, not '${since}'.`);

    const isVisible = visibleTo(request.access);
    const ofPatient = TYPES.flatMap((type) => records.all(type)).filter(
      (resource) => resource !== patient && patientOf(resource) === id && isVisible(resource),
    );
    const rules = TYPES.map((source) => ({
      direction: /** @type {const} */ ('_include'),
      iterates: false,
      source,
      parameter: '*',
      target: 'Practitioner',
    }));
    const practitioners = included([patient, ...ofPatient], rules, { resolve, all: records.all, isVisible });
    const resources = [patient, ...ofPatient, ...practitioners].filter(
      ({ resourceType, meta }) =>
        (types.length === 0 || types.includes(resourceType)) &&
        (since === null || Date.parse(meta.lastUpdated) >= Number(interval(since)?.from)),
    );
    const { count } = query;
    return {
      status: 200,
      headers: {},
      resource: searchset({ fhirBaseUrl, path, parameters, matches: resources, offset, count, pageTokens }),
    };
  }

  /**
   * The page that a link asks for, or the first page.
   *
   * @param {FhirRequest} request
   * @param {string} path
   */
  function pageOf({ query }, path) {
    const token = query.find(([name]) => name === '_page')?.[1];
    if (token === undefined) return { parameters: query, offset: 0 };
    const page = pageTokens.open(token);
    if (page?.path !== path) throw invalid(400, 'The link does not belong to this search: send the search again.');
    return page;
  }

  /**
   * The resources that the criteria of a conditional create or a conditional reference find.
   *
   * @param {import('./access.mjs').Access} access
   * @param {ResourceType} type
   * @param {string} query
   */
  function findMatches(access, type, query) {
    const accessible = accessibleResources(access, 'search', type);
    const { criteria } = parseQuery(type, [...new URLSearchParams(query)], { strict: true, offset: 0 });
    if (criteria.length === 0) throw invalid(400, 'A conditional create or reference needs a search parameter.');
    return records.all(type).filter((resource) => accessible.includes(resource) && matches(resource, criteria));
  }

  /**
   * The resource that the criteria of a conditional create find.
   *
   * @param {import('./access.mjs').Access} access
   * @param {ResourceType} type
   * @param {string} query
   * @returns {StoredResource | undefined}
   * @throws {import('./outcome.mjs').Outcome} 412 if there are several
   */
  function findMatch(access, type, query) {
    const [match, ...others] = findMatches(access, type, query);
    if (others.length > 0) throw preconditionFailed(`Several ${type} resources match '${query}'.`);
    return match;
  }

  return { search, everything, findMatch, findMatches };
}

/**
 * Whether a token gives access to a resource that a search includes in addition to its matches.
 *
 * @param {import('./access.mjs').Access} access
 * @returns {(resource: StoredResource) => boolean}
 */
function visibleTo(access) {
  const byType = new Map(TYPES.map((type) => [type, accessibleIfAny(access, 'read', type)]));
  return (resource) => byType.get(resource.resourceType)?.includes(resource) ?? false;
}

/**
 * The patients that a criterion names.
 *
 * @param {ResourceType} type
 * @param {[string, string]} criterion
 */
function patientsIn(type, [name, value]) {
  const [baseName, modifier] = splitModifier(name);
  const isPatient = ['patient', 'subject'].includes(baseName) || (type === 'Patient' && baseName === '_id');
  if (!isPatient || modifier === 'missing') return [];
  return alternatives(value).map((reference) => reference.split('/').at(-1) ?? '');
}
