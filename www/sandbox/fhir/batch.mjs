/**
 * Several requests in one (FHIR R4 "batch/transaction").
 *
 * @typedef {import('./request.mjs').FhirRequest} FhirRequest
 * @typedef {import('./request.mjs').FhirResponse} FhirResponse
 *
 * @typedef {object} Entry
 * @property {string} [fullUrl]
 * @property {FhirRequest} request
 */

import { STATUS_CODES } from 'node:http';
import { randomUUID } from 'node:crypto';
import { isObject } from './elements.mjs';
import { invalid, Outcome, preconditionFailed } from './outcome.mjs';
import { isResourceType } from './records.mjs';
import { withReferences } from './references.mjs';
import { FHIR_JSON, requireJson } from './request.mjs';

/** The methods in the order in which a transaction processes them. */
const ORDER = ['DELETE', 'POST', 'PUT', 'PATCH', 'GET', 'HEAD'];

/** The member of an entry's `request` that replaces each header. */
const HEADERS = /** @type {const} */ ({
  'if-match': 'ifMatch',
  'if-none-match': 'ifNoneMatch',
  'if-none-exist': 'ifNoneExist',
});

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 * @param {ReturnType<typeof import('./search.mjs').searches>['findMatch']} options.findMatch
 * @param {ReturnType<typeof import('./search.mjs').searches>['findMatches']} options.findMatches
 * @param {(request: FhirRequest) => FhirResponse} options.single handles a request, with all checks
 * @param {(request: FhirRequest) => FhirResponse} options.interact handles a request, without the checks of references
 * @param {(request: FhirRequest, response: FhirResponse) => void} options.check checks references
 */
export function bundles({ fhirBaseUrl, records, findMatch, findMatches, single, interact, check }) {
  /** @param {FhirRequest} bundleRequest @returns {FhirResponse} */
  function batch(bundleRequest) {
    requireJson(bundleRequest);
    const responses = rawEntries(bundleRequest).map((raw) => {
      try {
        return responseEntry(single(entryOf(bundleRequest, raw, fhirBaseUrl).request));
      } catch (error) {
        if (!(error instanceof Outcome)) throw error;
        return { response: { status: statusLine(error.status), outcome: error.toJSON() } };
      }
    });
    return { status: 200, headers: {}, resource: responseBundle('batch-response', responses) };
  }

  /** @param {FhirRequest} bundleRequest @returns {FhirResponse} */
  function transaction(bundleRequest) {
    requireJson(bundleRequest);
    const rawList = rawEntries(bundleRequest);
    const entries = rawList.map((raw, index) => withEntryNumber(index, () => entryOf(bundleRequest, raw, fhirBaseUrl)));
    refuseDuplicates(entries);
    /** @type {{ index: number, request: FhirRequest, response: FhirResponse }[]} */
    const processed = [];
    records.attempt(() => {
      /** @param {string} reference */
      let resolveReference = (reference) => reference;
      for (const method of ORDER) {
        // Not before the deletions, because a conditional create must not find a resource that the transaction deletes.
        if (method === 'POST') resolveReference = referenceResolver(entries, bundleRequest.access);
        for (const [index, { request }] of entries.entries()) {
          if (request.method !== method) continue;
          withEntryNumber(index, () => {
            const { body } = request;
            const json =
              isObject(body?.json) || Array.isArray(body?.json) ? withReferences(body.json, resolveReference) : undefined;
            const response = interact({ ...request, ...(body && { body: { ...body, json } }) });
            processed.push({ index, request, response });
          });
        }
      }
      for (const { index, request, response } of processed) withEntryNumber(index, () => check(request, response));
    });
    const responses = processed.toSorted((a, b) => a.index - b.index).map(({ response }) => responseEntry(response));
    return { status: 200, headers: {}, resource: responseBundle('transaction-response', responses) };
  }

  /**
   * Returns a function that resolves references: the URL of another entry, or a search that finds only one resource, becomes
   * `Type/id`. For this it chooses the resource of each create: an existing one, the one of another create with the same
   * criteria, or a new one.
   *
   * @param {readonly Entry[]} entries
   * @param {import('./access.mjs').Access} access
   */
  function referenceResolver(entries, access) {
    /** @type {Map<string, string>} */
    const paths = new Map();
    /** @type {Map<string, string>} */
    const idsByCriteria = new Map();
    for (const [index, { fullUrl, request }] of entries.entries()) {
      const [type, id] = request.path;
      if (request.method === 'POST' && isResourceType(type) && !id) {
        const criteria = request.header('if-none-exist');
        const match = criteria ? withEntryNumber(index, () => findMatch(access, type, criteria)) : undefined;
        const search = `${type}?${criteria}`;
        request.targetId = match?.id ?? idsByCriteria.get(search) ?? randomUUID();
        if (criteria) idsByCriteria.set(search, request.targetId);
        if (fullUrl) paths.set(fullUrl, `${type}/${request.targetId}`);
      } else if (fullUrl && id) paths.set(fullUrl, `${type}/${id}`);
    }

    /** @param {string} reference */
    return (reference) => {
      const path = paths.get(reference);
      if (path !== undefined) return path;
      const [, type, criteria] = /^(\w+)\?(.+)$/.exec(reference) ?? [];
      if (!isResourceType(type) || !criteria) return reference;
      const [match, ...others] = findMatches(access, type, criteria);
      if (!match || others.length > 0) {
        throw preconditionFailed(`'${reference}' finds ${match ? 'several resources' : 'no resource'}.`);
      }
      return `${type}/${match.id}`;
    };
  }

  return { batch, transaction };
}

/** @param {FhirRequest} bundleRequest @returns {unknown[]} */
function rawEntries({ body }) {
  const { entry = [] } = /** @type {{ entry?: unknown }} */ (body?.json);
  if (!Array.isArray(entry)) throw invalid(400, `'entry' must be a list.`);
  return entry;
}

/**
 * @param {FhirRequest} bundleRequest
 * @param {unknown} raw
 * @param {string} fhirBaseUrl
 * @returns {Entry}
 */
function entryOf(bundleRequest, raw, fhirBaseUrl) {
  const { fullUrl, resource, request } = isObject(raw) ? raw : {};
  const entryRequest = isObject(request) ? request : {};
  const { method, url } = entryRequest;
  if (typeof method !== 'string' || !ORDER.includes(method) || typeof url !== 'string') {
    throw invalid(400, `'request' needs 'method' and 'url'.`);
  }
  const relative = url.startsWith(`${fhirBaseUrl}/`) ? url.slice(fhirBaseUrl.length + 1) : url.replace(/^\//, '');
  if (/^\w+:/.test(relative)) throw invalid(400, `'${url}' is not below ${fhirBaseUrl}.`);
  const [path = '', query = ''] = relative.split(/\?(.*)/s);
  const body = resource === undefined ? undefined : bodyOf(method, resource);
  return {
    ...(typeof fullUrl === 'string' && { fullUrl }),
    request: {
      method,
      path: path.split('/'),
      query: [...new URLSearchParams(query)],
      access: bundleRequest.access,
      header(name) {
        if (name === 'accept') return FHIR_JSON;
        const member = Object.hasOwn(HEADERS, name) ? HEADERS[/** @type {keyof typeof HEADERS} */ (name)] : undefined;
        const value = member && entryRequest[member];
        if (name === 'prefer') return bundleRequest.header(name);
        return typeof value === 'string' ? value : '';
      },
      ...(body && { body }),
    },
  };
}

/**
 * The body of an entry. A JSON Patch is the content of a Binary.
 *
 * @param {string} method
 * @param {unknown} resource
 * @returns {import('./request.mjs').Body}
 */
function bodyOf(method, resource) {
  if (method !== 'PATCH') return { type: FHIR_JSON, bytes: Buffer.alloc(0), json: resource };
  const { contentType, data } = isObject(resource) ? resource : {};
  const bytes = Buffer.from(String(data), 'base64');
  try {
    return { type: String(contentType), bytes, json: JSON.parse(bytes.toString('utf8')) };
  } catch {
    throw invalid(400, `'resource' must be a Binary with the patch as 'data'.`);
  }
}

/** @param {readonly Entry[]} entries */
function refuseDuplicates(entries) {
  const [fullUrls, changedPaths] = [new Set(), new Set()];
  for (const { fullUrl, request } of entries) {
    if (fullUrl !== undefined && fullUrls.has(fullUrl)) throw invalid(400, `Two entries have the fullUrl '${fullUrl}'.`);
    fullUrls.add(fullUrl);
    const path = request.path.join('/');
    if (!['PUT', 'PATCH', 'DELETE'].includes(request.method)) continue;
    if (changedPaths.has(path)) throw invalid(400, `Two entries of the transaction change ${path}.`);
    changedPaths.add(path);
  }
}

/**
 * Adds the number of the entry to an error.
 *
 * @template T
 * @param {number} index
 * @param {() => T} work
 */
function withEntryNumber(index, work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Outcome)) throw error;
    throw new Outcome(error.status, error.code, `Entry ${index + 1}: ${error.message}`, error.headers);
  }
}

/** @param {FhirResponse} response */
function responseEntry({ status, headers, resource }) {
  const isOutcome =
    resource !== undefined && 'resourceType' in resource && resource.resourceType === 'OperationOutcome';
  const modified = headers['Last-Modified'];
  return {
    ...(resource && !isOutcome && { resource }),
    response: {
      status: statusLine(status),
      ...(headers.Location && { location: headers.Location }),
      ...(headers.ETag && { etag: headers.ETag }),
      ...(modified && { lastModified: new Date(modified).toISOString() }),
      ...(isOutcome && { outcome: resource }),
    },
  };
}

/** @param {number} status */
const statusLine = (status) => `${status} ${STATUS_CODES[status] ?? ''}`.trim();

/** @param {string} type @param {object[]} entry */
const responseBundle = (type, entry) => ({ resourceType: 'Bundle', type, ...(entry.length > 0 && { entry }) });
