// The `fetch` options of the engine's requests, for documents and others: without cookies, cache, referrer and redirects.

/**
 * The headers that are set here need no CORS preflight, which would be a second request. `manual` is used instead of `error`:
 * neither follows redirects, but `error` looks like a network failure, and developers should see that the URL is redirected.
 *
 * If the page preloads the document, `redirect`, `credentials` and `cache` have their defaults, as in the preload: browsers use
 * the preloaded response only then.
 *
 * @param {string} [url] URL of the document; absent for a request with a body or an `Authorization` header
 * @returns {RequestInit & { headers: Record<string, string> }}
 */
export const documentRequest = (url) => ({
  headers: { accept: 'application/json' },
  referrerPolicy: 'no-referrer',
  ...(!isPreloaded(url) && { redirect: 'manual', credentials: 'omit', cache: 'no-store' }),
});

/**
 * Whether the page preloads this document. Only a smart-configuration may be: keys must not come from a cache, and other
 * requests contain secrets.
 *
 * @param {string} [url]
 */
const isPreloaded = (url) =>
  url?.endsWith('/.well-known/smart-configuration') &&
  [...(globalThis.document?.querySelectorAll?.('link[rel=preload]') ?? [])].some(
    (link) => /** @type {HTMLLinkElement} */ (link).href === url,
  );

/**
 * Sends the request for a document before it is needed. The response is `undefined` if the request fails.
 *
 * @param {string} url
 */
export function requestEarly(url) {
  const controller = new AbortController();
  const send = async () => fetch(url, { ...documentRequest(url), signal: controller.signal });
  return { url, response: send().catch(() => undefined), abort: () => controller.abort() };
}
