// Texts of words separated by white space, as scopes are.

/** White space is that of ASCII, as for the engine: what is one word there is one here. */
export const wordsOf = (text = ''): string[] => text.split(/[ \t\n\f\r]+/).filter(Boolean);
