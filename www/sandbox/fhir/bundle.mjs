/**
 * Bundles (FHIR R4 Bundle): a page of results, and the versions of a resource.
 *
 * @typedef {import('./records.mjs').StoredResource} StoredResource
 */

/**
 * @param {object} results
 * @param {string} results.fhirBaseUrl
 * @param {string} results.path of the search below the base
 * @param {[string, string][]} results.parameters of the request; for a search, only the supported ones
 * @param {readonly StoredResource[]} results.matches all matches, in order
 * @param {number} results.offset of the page
 * @param {number} results.count of matches on a page; 0 for the total alone
 * @param {(page: readonly StoredResource[]) => readonly StoredResource[]} [results.includesOf] the resources that are
 *   included with a page
 * @param {(resource: StoredResource) => object} [results.shape] selects the elements that the client gets
 * @param {import('./page-token.mjs').PageTokens} results.pageTokens
 */
export function searchset({ fhirBaseUrl, path, parameters, matches, offset, count, pageTokens, ...options }) {
  const { includesOf = () => [], shape = (resource) => resource } = options;
  const url = `${fhirBaseUrl}/${path}`;
  /** @param {string} relation @param {number} from */
  const link = (relation, from) => ({
    relation,
    url: `${url}?_page=${pageTokens.seal({ path, parameters, offset: from })}`,
  });
  const page = matches.slice(offset, offset + count);
  /** @param {string} mode @returns {(resource: StoredResource) => object} */
  const entry = (mode) => (resource) => ({
    fullUrl: `${fhirBaseUrl}/${resource.resourceType}/${resource.id}`,
    resource: shape(resource),
    search: { mode },
  });

  const query = new URLSearchParams(parameters).toString();
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    link: [
      offset > 0 ? link('self', offset) : { relation: 'self', url: query ? `${url}?${query}` : url },
      ...(count > 0 && offset > 0 ? [link('previous', Math.max(0, offset - count))] : []),
      ...(count > 0 && offset + count < matches.length ? [link('next', offset + count)] : []),
    ],
    // FHIR has no empty lists.
    ...(page.length > 0 && { entry: [...page.map(entry('match')), ...includesOf(page).map(entry('include'))] }),
  };
}

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {string} options.path of the resource below the base
 * @param {readonly import('./records.mjs').Version[]} options.versions newest first
 */
export const historyBundle = ({ fhirBaseUrl, path, versions }) => ({
  resourceType: 'Bundle',
  type: 'history',
  total: versions.length,
  link: [{ relation: 'self', url: `${fhirBaseUrl}/${path}/_history` }],
  entry: versions.map(({ versionId, lastUpdated, method, isCreation, resource }) => ({
    fullUrl: `${fhirBaseUrl}/${path}`,
    ...(resource && { resource }),
    request: { method, url: method === 'POST' ? path.split('/')[0] : path },
    response: {
      status: method === 'DELETE' ? '204' : isCreation ? '201' : '200',
      etag: `W/"${versionId}"`,
      lastModified: lastUpdated,
    },
  })),
});
