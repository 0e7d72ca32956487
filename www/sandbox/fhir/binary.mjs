/** The content of a Binary (FHIR R4 Binary), in its own media type or as base64 in JSON. */

import { invalid } from './outcome.mjs';
import { FHIR_JSON } from './request.mjs';

/** Media types in which a body is a resource. */
const RESOURCE_TYPES = [FHIR_JSON, 'application/json', 'text/json'];

/**
 * The content in its own media type; `undefined` if the client asks for FHIR JSON, or the resource is not a Binary.
 *
 * @param {import('./request.mjs').FhirRequest} request
 * @param {import('./records.mjs').StoredResource} resource
 */
export function binaryContent(request, { resourceType, contentType, data = '' }) {
  if (resourceType !== 'Binary' || !contentType) return undefined;
  const format = request.query.find(([name]) => name === '_format')?.[1];
  const accepted = format ?? request.header('accept');
  const isJson = RESOURCE_TYPES.some((type) => type !== contentType && accepted.includes(type));
  if (isJson || format === 'json' || accepted.includes(FHIR_JSON)) return undefined;
  return { type: contentType, bytes: Buffer.from(data, 'base64') };
}

/**
 * The resource in a body: a Binary may be sent in its own media type, with its patient in `X-Security-Context`.
 *
 * @param {import('./request.mjs').FhirRequest} request
 * @param {string} type
 * @returns {unknown}
 */
export function resourceIn({ body, header }, type) {
  if (!body) throw invalid(400, 'The request needs a body.');
  const isContent = !RESOURCE_TYPES.includes(body.type) || (body.type !== FHIR_JSON && !isBinary(body.json));
  if (type === 'Binary' && body.type && isContent) {
    const context = header('x-security-context');
    return {
      resourceType: 'Binary',
      contentType: body.type,
      ...(context && { securityContext: { reference: context } }),
      data: body.bytes.toString('base64'),
    };
  }
  if (!RESOURCE_TYPES.includes(body.type))
    throw invalid(415, `The body must be JSON, with Content-Type '${FHIR_JSON}'.`);
  return body.json;
}

/** @param {unknown} json */
const isBinary = (json) => /** @type {{ resourceType?: unknown } | null} */ (json)?.resourceType === 'Binary';
