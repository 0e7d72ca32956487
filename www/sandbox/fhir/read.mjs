/** Reads of one resource (FHIR R4 "read", "vread" and "history"). */

import { accessibleResources } from './access.mjs';
import { binaryContent } from './binary.mjs';
import { historyBundle } from './bundle.mjs';
import { invalid, notFound, Outcome } from './outcome.mjs';
import { requireJson, versionHeaders } from './request.mjs';
import { selectElements, SUMMARY_VALUES } from './shape.mjs';

/**
 * @typedef {import('./request.mjs').FhirRequest} FhirRequest
 * @typedef {import('./request.mjs').FhirResponse} FhirResponse
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 * @typedef {import('./records.mjs').StoredResource} StoredResource
 */

/**
 * The current version of a resource, if the token gives access to it.
 *
 * @param {import('./records.mjs').Records} records
 * @param {import('./access.mjs').AccessibleResources} accessible
 * @param {ResourceType} type
 * @param {string} id
 * @returns {StoredResource}
 * @throws {Outcome} 404, 403; 410 if it is deleted
 */
export function currentResource(records, accessible, type, id) {
  const latest = latestContent(records, type, id);
  if (!latest) throw notFound(`There is no ${type}/${id}.`);
  accessible.require(latest, `${type}/${id}`);
  const current = records.read(type, id);
  if (!current) throw new Outcome(410, 'deleted', `${type}/${id} was deleted.`);
  return current;
}

/**
 * The latest version that is not a deletion.
 *
 * @param {import('./records.mjs').Records} records
 * @param {ResourceType} type
 * @param {string} id
 * @returns {StoredResource | undefined}
 */
export const latestContent = (records, type, id) =>
  records.history(type, id).findLast(({ resource }) => resource !== undefined)?.resource;

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 */
export function reads({ fhirBaseUrl, records }) {
  /** @param {FhirRequest} request @param {ResourceType} type @param {string} id @returns {FhirResponse} */
  function read(request, type, id) {
    const accessible = accessibleResources(request.access, 'read', type);
    return readResponse(request, currentResource(records, accessible, type, id));
  }

  /**
   * @param {FhirRequest} request
   * @param {ResourceType} type
   * @param {string} id
   * @param {string} versionId
   * @returns {FhirResponse}
   */
  function vread(request, type, id, versionId) {
    const accessible = accessibleResources(request.access, 'read', type);
    const version = visibleHistory(accessible, type, id).find((candidate) => candidate.versionId === versionId);
    if (!version) throw notFound(`There is no version ${versionId} of ${type}/${id}.`);
    if (!version.resource) throw new Outcome(410, 'deleted', `Version ${versionId} of ${type}/${id} is its deletion.`);
    return readResponse(request, version.resource);
  }

  /** @param {FhirRequest} request @param {ResourceType} type @param {string} id @returns {FhirResponse} */
  function history(request, type, id) {
    requireJson(request);
    const accessible = accessibleResources(request.access, 'read', type);
    const versions = visibleHistory(accessible, type, id).toReversed();
    return { status: 200, headers: {}, resource: historyBundle({ fhirBaseUrl, path: `${type}/${id}`, versions }) };
  }

  /**
   * The versions that the token gives access to: an earlier one may have belonged to another patient.
   *
   * @param {import('./access.mjs').AccessibleResources} accessible
   * @param {ResourceType} type
   * @param {string} id
   */
  function visibleHistory(accessible, type, id) {
    const latest = latestContent(records, type, id);
    if (!latest) throw notFound(`There is no ${type}/${id}.`);
    accessible.require(latest, `${type}/${id}`);
    return records.history(type, id).filter(({ resource }) => !resource || accessible.includes(resource));
  }

  return { read, vread, history };
}

/** @param {FhirRequest} request @param {StoredResource} resource @returns {FhirResponse} */
function readResponse(request, resource) {
  const headers = versionHeaders(resource);
  if (request.header('if-none-match').split(/, */).includes(headers.ETag)) return { status: 304, headers };
  const raw = binaryContent(request, resource);
  if (raw) return { status: 200, headers, raw };
  requireJson(request);
  const parameters = new URLSearchParams(request.query);
  const summary = parameters.get('_summary') ?? 'false';
  if (!SUMMARY_VALUES.includes(summary)) throw invalid(400, `'_summary' must be one of ${SUMMARY_VALUES.join(', ')}.`);
  const elements = parameters.getAll('_elements').flatMap((list) => list.split(','));
  return { status: 200, headers, resource: selectElements(resource, { summary, elements }) };
}
