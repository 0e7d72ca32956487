// The page's URL.

/** The page's URL, if there is a page. */
export const pageUrl = (): string | undefined => globalThis.location?.href;

/** The page's URL without query and fragment: the default redirect URI. */
export const pagePlace = (): string | undefined => pageUrl()?.split(/[?#]/, 1)[0];

/** Whether there is a page, rather than a program or a worker. */
export const isPage = (): boolean => Boolean(globalThis.document && globalThis.history);
