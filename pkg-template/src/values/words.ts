// @ts-nocheck
// Lists of words separated by white space, as scopes are.

/** Its words. White space is that of ASCII, as for the engine: what is one word there is one here. */
export const list = (text = '') => text.split(/[ \t\n\f\r]+/).filter(Boolean);
