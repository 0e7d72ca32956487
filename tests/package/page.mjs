// A page without a browser: what the package reads of one, and what it does to it.

/** @param {string} address */
export function pageAt(address) {
  let url = new URL(address);
  let base;
  let state = null;
  let navigate;
  const left = new Promise((resolve) => (navigate = resolve));
  const submitted = [];

  class Element {
    children = [];

    append(...children) {
      for (const child of children) Object.assign(child, { parent: this });
      this.children.push(...children);
    }

    remove() {
      this.parent.children = this.parent.children.filter((child) => child !== this);
    }
  }

  class HTMLFormElement extends Element {
    submit() {
      const { action, method, children } = this;
      this.page.submit({ action, method, fields: children.map(({ type, name, value }) => [type, name, value]) });
    }
  }

  const body = new Element();
  const location = { assign: (target) => navigate(new URL(target, url).href) };
  for (const name of ['href', 'origin', 'pathname', 'search', 'hash']) {
    Object.defineProperty(location, name, { get: () => url[name] });
  }
  const history = {
    get state() {
      return state;
    },
    replaceState(next, _, target) {
      const there = new URL(target, base ?? url);
      if (there.origin !== url.origin) throw new DOMException('another origin', 'SecurityError');
      [state, url] = [next, there];
    },
  };
  // A form is submitted in its own page, whatever page's method does it.
  const submit = (form) => {
    submitted.push(form);
    navigate(form.action);
  };
  const createElement = (name) =>
    name === 'form' ? Object.assign(new HTMLFormElement(), { page: { submit } }) : new Element();
  return {
    globals: { location, history, document: { body, createElement }, HTMLFormElement },
    /** Where the browser is sent: a promise, for the page may never leave. */
    left,
    submitted,
    body,
    setState: (value) => (state = value),
    /** What a `<base>` of the page says. */
    setBase: (value) => (base = value),
    /** What the address bar shows behind the origin. */
    address: () => url.href.slice(url.origin.length),
  };
}
