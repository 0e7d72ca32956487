// A page without a browser: the globals that the package reads, and a record of its actions.

/**
 * @param {string} address
 *
 * @typedef {ReturnType<typeof pageAt>} Page
 *
 * @typedef {object} Form
 * @property {string} action
 * @property {string} method
 * @property {[type: string, name: string, value: string][]} fields
 */
export function pageAt(address) {
  let url = new URL(address);
  /** @type {URL | string | undefined} */
  let base;
  /** @type {unknown} */
  let state = null;
  /** @type {(target: string) => void} */
  let navigate = () => {};
  /** @type {Promise<string>} */
  const left = new Promise((resolve) => (navigate = resolve));
  /** @type {Form[]} */
  const submitted = [];

  class Element {
    /** @type {Element[]} */
    children = [];
    /** @type {Element | undefined} */
    parent;

    /** @param {...Element} children */
    append(...children) {
      for (const child of children) Object.assign(child, { parent: this });
      this.children.push(...children);
    }

    remove() {
      if (this.parent) this.parent.children = this.parent.children.filter((child) => child !== this);
    }
  }

  class Input extends Element {
    type = '';
    name = '';
    value = '';
  }

  class HTMLFormElement extends Element {
    action = '';
    method = '';
    page = { submit };

    submit() {
      const { action, method } = this;
      const inputs = /** @type {Input[]} */ (this.children);
      this.page.submit({ action, method, fields: inputs.map(({ type, name, value }) => [type, name, value]) });
    }
  }

  const body = new Element();
  const location = { assign: (/** @type {string} */ target) => navigate(new URL(target, url).href) };
  for (const name of /** @type {const} */ (['href', 'origin', 'pathname', 'search', 'hash'])) {
    Object.defineProperty(location, name, { get: () => url[name] });
  }
  const history = {
    get state() {
      return state;
    },
    /** @param {unknown} newState @param {string} _ @param {string} target */
    replaceState(newState, _, target) {
      const newUrl = new URL(target, base ?? url);
      if (newUrl.origin !== url.origin) throw new DOMException('another origin', 'SecurityError');
      [state, url] = [newState, newUrl];
    },
  };
  // A form is submitted in the page that created it, even with the `submit` method of another page.
  /** @param {Form} form */
  const submit = (form) => {
    submitted.push(form);
    navigate(form.action);
  };
  /** @param {string} name @returns {Element} */
  const createElement = (name) => (name === 'form' ? new HTMLFormElement() : new Input());
  return {
    globals: { location, history, document: { body, createElement }, HTMLFormElement },
    /** A promise of the URL that the page navigates to; the page may never navigate. */
    left,
    submitted,
    body,
    /** @param {unknown} value */
    setState: (value) => (state = value),
    /**
     * Sets the URL of a `<base>` element.
     *
     * @param {URL | string} value
     */
    setBase: (value) => (base = value),
    /** The page's URL without the origin. */
    address: () => url.href.slice(url.origin.length),
  };
}
