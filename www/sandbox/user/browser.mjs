/**
 * A minimal browser: it stores cookies, follows redirects on the same server, and presses the buttons of the sandbox's
 * pages.
 */

/**
 * @typedef {object} Page
 * @property {string} url
 * @property {number} status
 * @property {string} text
 * @property {URL} [redirect] the URL of another server to which the browser was redirected; this page is not loaded
 */
export class Browser {
  /** @type {Map<string, { pair: string, path: string }>} */
  #cookies = new Map();

  /**
   * @param {string} url
   * @param {{ form?: Record<string, string | string[]> }} [options] `form` makes the request a POST
   * @returns {Promise<Page>}
   */
  async open(url, { form } = {}) {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: this.#cookieHeader(url), accept: 'text/html' },
      body: form && formData(form),
    });
    for (const cookie of response.headers.getSetCookie()) this.#storeCookie(cookie);
    const location = response.headers.get('location');
    if (!location) return { url, status: response.status, text: await response.text() };

    const next = new URL(location, url);
    if (next.origin !== new URL(url).origin) return { url, status: response.status, text: '', redirect: next };
    return this.open(next.href);
  }

  /**
   * Sends the form of an interaction's page.
   *
   * @param {Page} page
   * @param {'user' | 'consent' | 'denial'} step
   * @param {Record<string, string | string[]>} form
   */
  submit(page, step, form) {
    return this.open(`${page.url.split('?')[0]}/${step}`, { form });
  }

  /** @param {string} header `Set-Cookie` */
  #storeCookie(header) {
    const [pair = '', ...attributes] = header.split('; ');
    const [name, value] = pair.split('=');
    const path = attributes.find((attribute) => attribute.startsWith('path='))?.slice('path='.length) ?? '/';
    if (value) this.#cookies.set(`${name} ${path}`, { pair, path });
    else this.#cookies.delete(`${name} ${path}`);
  }

  /** @param {string} url */
  #cookieHeader(url) {
    const { pathname } = new URL(url);
    /** @param {string} path */
    const withSlash = (path) => (path.endsWith('/') ? path : `${path}/`);
    return [...this.#cookies.values()]
      .filter(({ path }) => pathname === path || pathname.startsWith(withSlash(path)))
      .map(({ pair }) => pair)
      .join('; ');
  }
}

/** @param {Record<string, string | string[]>} form a list is a repeated field */
export function formData(form) {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) for (const item of [value].flat()) fields.append(name, item);
  return fields;
}
