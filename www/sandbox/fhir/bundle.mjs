/** One page of search results (FHIR R4 Bundle of type `searchset`, with paging links). */

const PAGE = 50;
const LONGEST_PAGE = 200;

/** Parameters that control the response, not the search. */
export const RESULT_PARAMETERS = ['_sort', '_count', '_offset'];

/**
 * @param {object} search
 * @param {string} search.url of the search without its query, absolute
 * @param {[string, string][]} search.parameters the ones that were used
 * @param {import('./records.mjs').Content[]} search.found all matches, in order
 * @param {string} search.fhirBaseUrl
 */
export function searchset({ url, parameters, found, fhirBaseUrl }) {
  const asked = new URLSearchParams(parameters);
  const count = wholeNumber(asked.get('_count'), PAGE, LONGEST_PAGE);
  const offset = wholeNumber(asked.get('_offset'), 0, Number.MAX_SAFE_INTEGER);

  /** @param {string} relation @param {number} from */
  const page = (relation, from) => {
    const query = new URLSearchParams(parameters.filter(([name]) => name !== '_offset' && name !== '_count'));
    query.set('_count', String(count));
    if (from > 0) query.set('_offset', String(from));
    return { relation, url: `${url}?${query}` };
  };

  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [
      page('self', offset),
      ...(offset > 0 ? [page('previous', Math.max(0, offset - count))] : []),
      // `_count=0` requests only the total; a next page would have the same content.
      ...(count > 0 && offset + count < found.length ? [page('next', offset + count)] : []),
    ],
    entry: found.slice(offset, offset + count).map((resource) => ({
      fullUrl: `${fhirBaseUrl}/${resource.resourceType}/${resource.id}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}

/** @param {string | null} text @param {number} fallback @param {number} most */
function wholeNumber(text, fallback, most) {
  return text !== null && /^\d{1,9}$/.test(text) ? Math.min(Number(text), most) : fallback;
}
