/**
 * The FHIR server without HTTP: from a request to a response, by method and path.
 *
 * @typedef {import('./request.mjs').FhirRequest} FhirRequest
 * @typedef {import('./request.mjs').FhirResponse} FhirResponse
 */

import { accessibleResources } from './access.mjs';
import { bundles } from './batch.mjs';
import { methodNotAllowed, notFound, notSupported } from './outcome.mjs';
import { createPageTokens } from './page-token.mjs';
import { reads } from './read.mjs';
import { isResourceType } from './records.mjs';
import { createReferences } from './references.mjs';
import { searches } from './search.mjs';
import { writes } from './write.mjs';

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 * @returns {(request: FhirRequest) => FhirResponse} if it throws an Outcome, nothing was changed
 */
export function fhirServer({ fhirBaseUrl, records }) {
  const references = createReferences({ fhirBaseUrl, records });
  const pageTokens = createPageTokens();
  const { search, everything, findMatch, findMatches } = searches({ fhirBaseUrl, records, references, pageTokens });
  const { read, vread, history } = reads({ fhirBaseUrl, records });
  const { create, update, patch, remove } = writes({ fhirBaseUrl, records, references, findMatch });
  const { batch, transaction } = bundles({ fhirBaseUrl, records, findMatch, findMatches, single, interact, check });

  /** @param {FhirRequest} request @returns {FhirResponse} */
  function respond(request) {
    if (request.path.some((segment) => segment !== '')) return single(request);
    if (request.method !== 'POST') throw methodNotAllowed(request.method, ['POST']);
    const { resourceType, type } = /** @type {Record<string, unknown>} */ (Object(request.body?.json));
    if (resourceType === 'Bundle' && type === 'batch') return batch(request);
    if (resourceType === 'Bundle' && type === 'transaction') return transaction(request);
    throw notSupported(`The body must be a Bundle of type 'batch' or 'transaction'.`);
  }

  /** @param {FhirRequest} request */
  function single(request) {
    return records.attempt(() => {
      const response = interact(request);
      check(request, response);
      return response;
    });
  }

  /**
   * Checks the references in a resource that was written, and the references to one that was deleted.
   *
   * @param {FhirRequest} request
   * @param {FhirResponse} response
   */
  function check({ access, method }, { written, removed }) {
    if (removed) references.checkRemoval(removed);
    if (!written) return;
    const accessible = accessibleResources(access, method === 'POST' ? 'create' : 'update', written.resourceType);
    references.check(written, accessible);
  }

  /** @param {FhirRequest} request @returns {FhirResponse} */
  function interact(request) {
    const [type, id, third, fourth, ...rest] = request.path;
    if (!isResourceType(type)) throw notFound(`This server has no ${type || 'such'} resources.`);
    if (rest.length > 0) throw noSuchPath();
    /** @param {Record<string, () => FhirResponse>} methods */
    const byMethod = (methods) => {
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (!handler) throw methodNotAllowed(request.method, Object.keys(methods));
      return handler();
    };

    if (!id) return byMethod({ GET: () => search(request, type), POST: () => create(request, type) });
    if (third === undefined) {
      if (id === '_search') return byMethod({ POST: () => search(request, type) });
      if (/^[$_]/.test(id)) throw noSuchPath();
      return byMethod({
        GET: () => read(request, type, id),
        PUT: () => update(request, type, id),
        PATCH: () => patch(request, type, id),
        DELETE: () => remove(request, type, id),
      });
    }
    if (third === '_history' && fourth === undefined) return byMethod({ GET: () => history(request, type, id) });
    if (third === '_history' && fourth) return byMethod({ GET: () => vread(request, type, id, fourth) });
    if (type === 'Patient' && third === '$everything' && fourth === undefined) {
      return byMethod({ GET: () => everything(request, id) });
    }
    throw noSuchPath();
  }

  return respond;
}

const noSuchPath = () => notFound('There is nothing at this address.');
