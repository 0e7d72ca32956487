// Lists of words separated by white space, such as scopes.

/** Splits at ASCII white space, as the engine does. */
export const wordsOf = (text = ''): string[] => text.split(/[ \t\n\f\r]+/).filter(Boolean);
