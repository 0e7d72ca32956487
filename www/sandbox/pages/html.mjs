/** HTML as template literals that escape the values put into them. */

/** Text that is HTML already. */
class Markup {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/**
 * A piece of HTML. Strings and numbers in it are escaped; markup and lists of markup are inserted unchanged;
 * `undefined`, `null` and `false` produce no output.
 *
 * @example
 * html`<p>${'a < b'}</p>`.toString() // '<p>a &lt; b</p>'
 *
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export function html(strings, ...values) {
  return new Markup(strings.reduce((text, part, index) => text + render(values[index - 1]) + part));
}

/**
 * HTML from another source that has already been escaped.
 *
 * @param {string} text
 */
export const trusted = (text) => new Markup(text);

/** @type {Record<string, string>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** @param {unknown} value @returns {string} */
function render(value) {
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) return value.map(render).join('');
  if (value instanceof Markup) return value.text;
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
