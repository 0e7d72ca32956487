// Reads an untrusted style. A value is used only if it matches a grammar that permits no URL, no function except `rgb()`,
// `rgba()`, `hsl()` and `hsla()`, and no end of a declaration.

import { deepFreeze } from '../values/freeze.js';

/** The values, under the names of the specification. */
export interface SmartStyleValues {
  readonly color_background?: string;
  readonly color_error?: string;
  readonly color_highlight?: string;
  readonly color_modal_backdrop?: string;
  readonly color_success?: string;
  readonly color_text?: string;
  readonly dim_border_radius?: string;
  readonly dim_font_size?: string;
  readonly dim_spacing_size?: string;
  readonly font_family_body?: string;
  readonly font_family_heading?: string;
}

export interface SmartStyle {
  /**
   * Colours are hexadecimal, or `rgb()`, `rgba()`, `hsl()` or `hsla()` with numbers. Dimensions are `0`, or in `px`, `em`, `rem`,
   * `pt` or `%`, below 1000. Fonts are lists of names.
   */
  readonly values: SmartStyleValues;
  /** The same values as CSS custom properties: `--smart-color-background`, `--smart-dim-font-size` … */
  readonly properties: Readonly<Record<`--smart-${string}`, string>>;
  /** Names of properties of the specification whose values were not used. */
  readonly ignored: readonly (keyof SmartStyleValues)[];
}

/** Maximum length of a value in characters. */
const MAX_LENGTH = 300;
const NUMBER = String.raw`\d{1,3}(?:\.\d{1,6})?`;
/**
 * Three components and optionally an alpha value: all after commas, or the components after spaces and the alpha value after a
 * slash (CSS Color 4, "rgb()", "hsl()").
 */
const components = (first: string, others: string) =>
  `(?:${first}(?: *, *${others}){2}(?: *, *${NUMBER}%?)?|${first}(?: +${others}){2}(?: */ *${NUMBER}%?)?)`;
const PERCENT = `${NUMBER}%`;
const COLOR = new RegExp(
  [
    '^(?:#(?:[\\da-f]{3,4}|[\\da-f]{6}|[\\da-f]{8})',
    `rgba?\\((?:${components(NUMBER, NUMBER)}|${components(PERCENT, PERCENT)})\\)`,
    `hsla?\\(${components(`${NUMBER}(?:deg)?`, PERCENT)}\\))$`,
  ].join('|'),
  'i',
);
const DIMENSION = /^\d{1,3}(?:\.\d{1,4})?(?:px|r?em|pt|%)$|^0$/i;
// Not with the flag `i`: together with `u` it would let `[A-Za-z]` match two letters that are not ASCII, U+017F and U+212A.
const FONT = String.raw`(?:'[\p{L}\p{N} ._-]+'|"[\p{L}\p{N} ._-]+"|[A-Za-z][\w-]*(?: [A-Za-z][\w-]*)*)`;
const FONTS = new RegExp(`^${FONT}(?: *, *${FONT})*$`, 'u');
const QUOTED = /'[^']*'|"[^"]*"/g;
/**
 * Words that no unquoted name of a font may have, and those that it must not begin with (CSS Fonts 4, "family-name",
 * "generic-family"). With one of them, an element would not have the style of the EHR, but that of its parent or of the browser.
 */
const KEYWORDS =
  /(?:^|[ ,])(?:inherit|initial|unset|revert(?:-layer)?|default)(?![\w-])|(?:^|, *)(?:(?:sans-)?serif|cursive|fantasy|monospace|system-ui|math) [a-z]/i;

const GRAMMARS: Readonly<Record<keyof SmartStyleValues, RegExp>> = {
  color_background: COLOR,
  color_error: COLOR,
  color_highlight: COLOR,
  color_modal_backdrop: COLOR,
  color_success: COLOR,
  color_text: COLOR,
  dim_border_radius: DIMENSION,
  dim_font_size: DIMENSION,
  dim_spacing_size: DIMENSION,
  font_family_body: FONTS,
  font_family_heading: FONTS,
};

// `Object.entries` has names of the type `string`.
const PROPERTIES = Object.entries(GRAMMARS) as [keyof SmartStyleValues, RegExp][];

/**
 * Reads a style that the app has loaded itself. Members that are not in the specification are left out, without an entry in
 * `ignored`.
 *
 * @example
 * const { properties } = readSmartStyle({ color_background: '#edeae3', dim_font_size: '13px' });
 */
export function readSmartStyle(json: unknown): SmartStyle {
  const members = new Map(Object.entries(Object(json) as Record<string, unknown>));
  const values: Record<string, string> = {};
  const properties: Record<string, string> = {};
  const ignored: (keyof SmartStyleValues)[] = [];
  for (const [name, grammar] of PROPERTIES) {
    const value = members.get(name);
    // In the specification's example, a property that the EHR does not set is an empty string.
    if (value === undefined || value === null || value === '') continue;
    const text = textOf(value);
    if (text === undefined || !grammar.test(text) || KEYWORDS.test(text.replace(QUOTED, ''))) {
      ignored.push(name);
      continue;
    }
    values[name] = text;
    properties[`--smart-${name.replaceAll('_', '-')}`] = text;
  }
  return deepFreeze<SmartStyle>({ values, properties, ignored });
}

/** The value without a semicolon at its end: the specification's example has one. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  return value.trim().replace(/\s*;$/, '');
}
