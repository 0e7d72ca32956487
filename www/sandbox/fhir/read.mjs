/** Reads of one resource (FHIR R4 "read", "vread" and "history"). */

import { outOfReach, reach } from './access.mjs';
import { binaryContent } from './binary.mjs';
import { historyBundle } from './bundle.mjs';
import { invalid, notFound, Outcome } from './outcome.mjs';
import { requireJson, versionHeaders } from './request.mjs';
import { shaped, SUMMARIES } from './shape.mjs';

/**
 * @typedef {import('./request.mjs').FhirRequest} FhirRequest
 * @typedef {import('./request.mjs').FhirResponse} FhirResponse
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 * @typedef {import('./records.mjs').Kept} Kept
 */

/**
 * The current version of a resource that the token reaches.
 *
 * @param {import('./records.mjs').Records} records
 * @param {import('./access.mjs').Access} access
 * @param {import('./access.mjs').Reach} reached
 * @param {ResourceType} type
 * @param {string} id
 * @returns {Kept}
 * @throws {Outcome} 404, 403; 410 if it is deleted
 */
export function existing(records, access, reached, type, id) {
  const latest = latestContent(records, type, id);
  if (!latest) throw notFound(`There is no ${type}/${id}.`);
  if (!reached.includes(latest)) throw outOfReach(`${type}/${id}`, access);
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
 * @returns {Kept | undefined}
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
    return content(request, existing(records, request.access, reach(request.access, 'read', type), type, id));
  }

  /**
   * @param {FhirRequest} request
   * @param {ResourceType} type
   * @param {string} id
   * @param {string} versionId
   * @returns {FhirResponse}
   */
  function vread(request, type, id, versionId) {
    const reached = reach(request.access, 'read', type);
    const version = visibleHistory(request, reached, type, id).find((one) => one.versionId === versionId);
    if (!version) throw notFound(`There is no version ${versionId} of ${type}/${id}.`);
    if (!version.resource) throw new Outcome(410, 'deleted', `Version ${versionId} of ${type}/${id} is its deletion.`);
    return content(request, version.resource);
  }

  /** @param {FhirRequest} request @param {ResourceType} type @param {string} id @returns {FhirResponse} */
  function history(request, type, id) {
    requireJson(request);
    const reached = reach(request.access, 'read', type);
    const versions = visibleHistory(request, reached, type, id).toReversed();
    return { status: 200, headers: {}, resource: historyBundle({ fhirBaseUrl, path: `${type}/${id}`, versions }) };
  }

  /**
   * The versions that the token reaches: an earlier one may have belonged to another patient.
   *
   * @param {FhirRequest} request
   * @param {import('./access.mjs').Reach} reached
   * @param {ResourceType} type
   * @param {string} id
   */
  function visibleHistory({ access }, reached, type, id) {
    const latest = latestContent(records, type, id);
    if (!latest) throw notFound(`There is no ${type}/${id}.`);
    if (!reached.includes(latest)) throw outOfReach(`${type}/${id}`, access);
    return records.history(type, id).filter(({ resource }) => !resource || reached.includes(resource));
  }

  return { read, vread, history };
}

/** @param {FhirRequest} request @param {Kept} resource @returns {FhirResponse} */
function content(request, resource) {
  const headers = versionHeaders(resource);
  if (request.header('if-none-match').split(/, */).includes(headers.ETag)) return { status: 304, headers };
  const raw = binaryContent(request, resource);
  if (raw) return { status: 200, headers, raw };
  requireJson(request);
  const parameters = new URLSearchParams(request.query);
  const summary = parameters.get('_summary') ?? 'false';
  if (!SUMMARIES.includes(summary)) throw invalid(400, `'_summary' must be one of ${SUMMARIES.join(', ')}.`);
  const elements = parameters.getAll('_elements').flatMap((list) => list.split(','));
  return { status: 200, headers, resource: shaped(resource, { summary, elements }) };
}
