// Reads an untrusted style. A value is used only if it is in a grammar in which nothing can be a URL, a function or the end of a
// declaration.

import { deepFreeze } from '../values/freeze.js';

/** Properties of the specification, by the names that it gives them. */
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
   * Colours are hexadecimal, or `rgb()` or `hsl()` with numbers. Dimensions are in `px`, `em`, `rem`, `pt` or `%`, below 1000. Fonts
   * are lists of names.
   */
  readonly values: SmartStyleValues;
  /** The same values as CSS custom properties: `--smart-color-background`, `--smart-dim-font-size` … */
  readonly properties: Readonly<Record<`--smart-${string}`, string>>;
  /** Properties of the specification whose values are not used. */
  readonly ignored: readonly (keyof SmartStyleValues)[];
}

/** Longest value in characters. */
const MOST = 300;
const NUMBER = String.raw`\d{1,3}(?:\.\d{1,6})?%?`;
const COLOR = new RegExp(
  String.raw`^(?:#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})|(?:rgb|hsl)a?\(${NUMBER}(?:deg)?(?:[\s,/]{1,5}${NUMBER}){2,3}\))$`,
  'i',
);
const DIMENSION = /^\d{1,3}(?:\.\d{1,4})?(?:px|r?em|pt|%)$|^0$/i;
const FONT = String.raw`(?:'[\p{L}\p{N} ._-]+'|"[\p{L}\p{N} ._-]+"|[A-Za-z][\w-]*(?: [A-Za-z][\w-]*)*)`;
const FONTS = new RegExp(`^${FONT}(?:\\s*,\\s*${FONT})*$`, 'u');
/** With one of these, an element would not have the style of the EHR, but that of its parent or of the browser. */
const KEYWORDS = /^(?:inherit|initial|unset|revert(?:-layer)?)$/i;

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
 * Reads a style that the app has loaded itself. Members that the specification does not have are ignored.
 *
 * @example
 * const { properties } = readSmartStyle({ color_background: '#edeae3', dim_font_size: '13px' });
 */
export function readSmartStyle(json: unknown): SmartStyle {
  const given = new Map(Object.entries(Object(json) as Record<string, unknown>));
  const values: Record<string, string> = {};
  const properties: Record<string, string> = {};
  const ignored: (keyof SmartStyleValues)[] = [];
  for (const [name, grammar] of PROPERTIES) {
    const value = given.get(name);
    // The example of the specification has an empty value, for a property that the EHR does not set.
    if (value === undefined || value === null || value === '') continue;
    const text = textOf(value);
    if (text === undefined || !grammar.test(text) || KEYWORDS.test(text)) {
      ignored.push(name);
      continue;
    }
    values[name] = text;
    properties[`--smart-${name.replaceAll('_', '-')}`] = text;
  }
  return deepFreeze<SmartStyle>({ values, properties, ignored });
}

/** A value without the semicolon at its end, which the example of the specification has. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MOST) return undefined;
  return value.trim().replace(/\s*;$/, '');
}
