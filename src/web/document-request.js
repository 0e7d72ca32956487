// The request for a document of a server: without cookies, cache, referrer and redirects.

/**
 * Only headers that need no CORS preflight, otherwise each request would be two. `manual` is used instead of `error`:
 * neither follows redirects, but `error` looks like a network failure, and developers should see that the URL is
 * redirected.
 */
export const documentRequest = () => ({
  method: 'GET',
  /** @type {Record<string, string>} */
  headers: { accept: 'application/json' },
  redirect: /** @type {const} */ ('manual'),
  credentials: /** @type {const} */ ('omit'),
  referrerPolicy: /** @type {const} */ ('no-referrer'),
  cache: /** @type {const} */ ('no-store'),
});

/**
 * Sends the request for a document before it is needed. Nothing is the response where the request fails.
 *
 * @param {string} url
 */
export function requestEarly(url) {
  const controller = new AbortController();
  const send = async () => fetch(url, { ...documentRequest(), signal: controller.signal });
  return { url, response: send().catch(() => undefined), abort: () => controller.abort() };
}
