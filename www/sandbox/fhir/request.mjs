/**
 * A request to the FHIR API and its response as values, so that an entry of a batch is handled like a single request.
 *
 * @typedef {object} FhirRequest
 * @property {string} method
 * @property {string[]} path below the base
 * @property {[string, string][]} query
 * @property {(name: string) => string} header empty if absent
 * @property {import('./access.mjs').Access} access
 * @property {Body} [body]
 * @property {string} [targetId] in a transaction, the id of the resource that a create creates or finds
 *
 * @typedef {object} Body
 * @property {string} type the media type, without parameters
 * @property {Buffer} bytes
 * @property {unknown} [json] parsed, if the media type is JSON
 *
 * @typedef {object} FhirResponse
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {object} [resource]
 * @property {{ type: string, bytes: Buffer }} [raw] content of a Binary
 * @property {import('./records.mjs').StoredResource} [written] the resource that the request created or changed
 * @property {import('./records.mjs').StoredResource | undefined} [removed] the resource that the request deleted
 */

import { notSupported } from './outcome.mjs';

export const FHIR_JSON = 'application/fhir+json';
export const JSON_PATCH = 'application/json-patch+json';

/**
 * A preference of the header `Prefer`, such as `return`; empty if absent.
 *
 * @param {FhirRequest} request
 * @param {string} name
 */
export function preference(request, name) {
  const preferences = request
    .header('prefer')
    .split(/[,;]/)
    .map((part) => part.trim().split('='));
  return preferences.find(([key]) => key?.toLowerCase() === name)?.[1] ?? '';
}

/** @param {FhirRequest} request */
export const isStrict = (request) => preference(request, 'handling') === 'strict';

/**
 * Refuses a request for XML or Turtle. Any other value of `Accept` gets JSON.
 *
 * @param {FhirRequest} request
 */
export function requireJson(request) {
  const format = request.query.find(([name]) => name === '_format')?.[1];
  const accepted = format ?? request.header('accept');
  const otherFormat = /xml|turtle|ttl/i.exec(accepted);
  if (otherFormat && !/json|\*\/\*/i.test(accepted)) throw notSupported('The only format of the sandbox is JSON.', 406);
}

/**
 * The headers that name the version of a resource.
 *
 * @param {import('./records.mjs').StoredResource} resource
 */
export const versionHeaders = ({ meta }) => ({
  ETag: `W/"${meta.versionId}"`,
  'Last-Modified': new Date(meta.lastUpdated).toUTCString(),
});
