/**
 * Changes of one resource (FHIR R4 "create", "update", "patch" and "delete").
 *
 * The references of the result are checked later, because in a transaction they may refer to resources that do not exist
 * yet.
 *
 * @typedef {import('./request.mjs').FhirRequest} FhirRequest
 * @typedef {import('./request.mjs').FhirResponse} FhirResponse
 * @typedef {import('./records.mjs').ResourceType} ResourceType
 * @typedef {import('./records.mjs').StoredResource} StoredResource
 * @typedef {import('./records.mjs').Content} Content
 * @typedef {import('./access.mjs').AccessibleResources} AccessibleResources
 */

import { accessibleResources } from './access.mjs';
import { resourceIn } from './binary.mjs';
import { isObject, mistakeIn } from './elements.mjs';
import { invalid, Outcome, preconditionFailed, success } from './outcome.mjs';
import { patched } from './patch.mjs';
import { currentResource, latestContent } from './read.mjs';
import { preference, requireJson, versionHeaders } from './request.mjs';
import { SUBSETTED } from './shape.mjs';

const ID = /^[A-Za-z0-9.-]{1,64}$/;

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 * @param {import('./references.mjs').References} options.references
 * @param {ReturnType<typeof import('./search.mjs').searches>['findMatch']} options.findMatch
 */
export function writes({ fhirBaseUrl, records, references, findMatch }) {
  /** @param {FhirRequest} request @param {ResourceType} type @returns {FhirResponse} */
  function create(request, type) {
    requireJson(request);
    const { access, targetId } = request;
    const accessible = accessibleResources(access, 'create', type);
    const criteria = request.header('if-none-exist');
    if (criteria) {
      const match = targetId === undefined ? findMatch(access, type, criteria) : records.read(type, targetId);
      if (match) return writeResponse(request, 200, match);
    }
    // An id sent by the app is ignored.
    const content = contentOf(resourceIn(request, type), type, accessible, targetId ?? '');
    accessible.require(content, `This ${type}`);
    const created = records.create(content, targetId);
    return { ...writeResponse(request, 201, created), written: created };
  }

  /** @param {FhirRequest} request @param {ResourceType} type @param {string} id @returns {FhirResponse} */
  function update(request, type, id) {
    requireJson(request);
    const accessible = accessibleResources(request.access, 'update', type);
    if (!ID.test(id)) throw invalid(400, `'${id}' is not a valid id: use up to 64 letters, digits, '-' and '.'.`);
    const latest = latestContent(records, type, id);
    if (latest) accessible.require(latest, `${type}/${id}`);
    const current = records.read(type, id);
    checkVersion(request, `${type}/${id}`, current);
    const body = resourceIn(request, type);
    const isRaw = type === 'Binary' && isObject(body) && body.id === undefined;
    if (isObject(body) && body.id !== id && !isRaw) {
      throw invalid(400, `The body's 'id' must be '${id}', as in the URL.`);
    }
    return save(request, accessible, contentOf(body, type, accessible, id), current ? 200 : 201, 'PUT');
  }

  /** @param {FhirRequest} request @param {ResourceType} type @param {string} id @returns {FhirResponse} */
  function patch(request, type, id) {
    requireJson(request);
    const accessible = accessibleResources(request.access, 'update', type);
    const current = currentResource(records, accessible, type, id);
    checkVersion(request, `${type}/${id}`, current);
    const body = patched(current, request.body);
    if (!isObject(body) || body.id !== id || body.resourceType !== type) {
      throw new Outcome(422, 'business-rule', `A patch must not change 'resourceType' and 'id'.`);
    }
    return save(request, accessible, contentOf(body, type, accessible, id), 200, 'PATCH');
  }

  /** @param {FhirRequest} request @param {ResourceType} type @param {string} id @returns {FhirResponse} */
  function remove(request, type, id) {
    requireJson(request);
    const accessible = accessibleResources(request.access, 'delete', type);
    const latest = latestContent(records, type, id);
    const isDeleted = latest !== undefined && !records.read(type, id) && accessible.includes(latest);
    const removed = isDeleted ? undefined : currentResource(records, accessible, type, id);
    if (removed) {
      checkVersion(request, `${type}/${id}`, removed);
      records.remove(type, id);
    }
    if (preference(request, 'return') !== 'OperationOutcome') return { status: 204, headers: {}, removed };
    return { status: 200, headers: {}, resource: success(`${type}/${id} is deleted.`), removed };
  }

  /**
   * @param {FhirRequest} request
   * @param {AccessibleResources} accessible
   * @param {Content} content
   * @param {200 | 201} status
   * @param {'PUT' | 'PATCH'} method
   * @returns {FhirResponse}
   */
  function save(request, accessible, content, status, method) {
    accessible.require(content, `The new ${content.resourceType}`);
    const saved = records.update(content, method);
    return { ...writeResponse(request, status, saved), written: saved };
  }

  /**
   * The resource of a body, checked.
   *
   * @param {unknown} body
   * @param {ResourceType} type
   * @param {AccessibleResources} accessible
   * @param {string} id
   * @returns {Content}
   */
  function contentOf(body, type, accessible, id) {
    if (!isObject(body) || body.resourceType !== type)
      throw invalid(400, `The body must be of resourceType '${type}'.`);
    const resource = { ...references.withRelative(body), resourceType: type, id };
    if (type === 'Binary' && accessible.patient !== undefined && body.securityContext === undefined) {
      Object.assign(resource, { securityContext: { reference: `Patient/${accessible.patient}` } });
    }
    const mistake = mistakeIn(resource, type);
    if (mistake) throw invalid(422, mistake);
    // `mistakeIn` has checked the elements that `Content` has.
    const content = /** @type {Content} */ (/** @type {unknown} */ (resource));
    if (content.meta?.tag?.some(({ code }) => code === SUBSETTED.code)) {
      throw invalid(422, `The body has the tag SUBSETTED: read the resource without '_elements' and '_summary' first.`);
    }
    return content;
  }

  /** @param {FhirRequest} request @param {200 | 201} status @param {StoredResource} resource @returns {FhirResponse} */
  function writeResponse(request, status, resource) {
    const path = `${resource.resourceType}/${resource.id}`;
    const headers = { ...versionHeaders(resource), Location: `${fhirBaseUrl}/${path}/_history/${resource.meta.versionId}` };
    const preferred = preference(request, 'return');
    if (preferred === 'minimal') return { status, headers };
    if (preferred !== 'OperationOutcome') return { status, headers, resource };
    return { status, headers, resource: success(`${path} has version ${resource.meta.versionId}.`) };
  }

  return { create, update, patch, remove };
}

/**
 * Enforces `If-Match` and `If-None-Match: *`.
 *
 * @param {FhirRequest} request
 * @param {string} path
 * @param {StoredResource | undefined} current
 */
function checkVersion(request, path, current) {
  const expected = request.header('if-match');
  if (expected && expected !== '*') {
    const version = /^(?:W\/)?"([^"]+)"$/.exec(expected)?.[1];
    if (version === undefined) throw invalid(400, `'If-Match' must be an ETag such as 'W/"1"', not '${expected}'.`);
    const actual = current?.meta.versionId;
    if (version !== actual) {
      throw preconditionFailed(
        actual === undefined
          ? `${path} does not exist, and 'If-Match' asks for version ${version}.`
          : `${path} has version ${actual}, and 'If-Match' asks for version ${version}.`,
      );
    }
  }
  if (expected === '*' && !current) throw preconditionFailed(`${path} does not exist.`);
  if (request.header('if-none-match') === '*' && current) throw preconditionFailed(`${path} exists already.`);
}
