// The id of the page's session: in the page's history entry, and in `sessionStorage` of the tab unless the page is in an iframe,
// because all iframes of an origin in a tab share `sessionStorage`.

import { nameOf, partsOf } from '../page/url-parts.js';
import { SESSION_PARAMETER } from '../values/session-names.js';

/** Name of the member in `history.state`, and beginning of the key in `sessionStorage`. */
const NAME = 'smart-launch-server';

/** An id: 256 bits in base64url. */
const ID = /^[\w-]{43}$/;

const keyOf = (baseUrl: string) => `${NAME}:${baseUrl}`;

/**
 * Removes the session's id from the page's URL.
 *
 * @returns the id; an empty text if there are different ones or it is malformed; nothing if the URL has none
 */
export function takeId(): string | undefined {
  const { place, query, fragment } = partsOf(location.href);
  const [idPairs, otherPairs] = [true, false].map((isOwn) =>
    query.split('&').filter((pair) => pair !== '' && (nameOf(pair) === SESSION_PARAMETER) === isOwn),
  ) as [string[], string[]];
  if (idPairs.length === 0) return undefined;
  const newQuery = otherPairs.join('&');
  // The browser limits the number of such calls.
  attempt(() => history.replaceState(history.state, '', `${place}${newQuery && `?${newQuery}`}${fragment && `#${fragment}`}`));
  const ids = new Set(idPairs.map((pair) => new URLSearchParams(pair).get(SESSION_PARAMETER) ?? ''));
  const [id = ''] = ids;
  return ids.size === 1 && ID.test(id) ? id : '';
}

/**
 * The id of the page's session: the id in the history entry, unless a later page of the tab has replaced it. An entry without
 * an id gets the id of the tab, except after a back navigation, when the tab's id may belong to another session.
 */
export function storedId(baseUrl: string): string | undefined {
  const entryId = attempt(() => (history.state as Record<string, Record<string, unknown>> | null)?.[NAME]?.[baseUrl]);
  const idOfTab = tabId(baseUrl);
  if (typeof entryId === 'string') return replacement(baseUrl, entryId) === undefined ? idOf(entryId) : undefined;
  return isBackNavigation() ? undefined : idOf(idOfTab);
}

/**
 * The value that a later page of the tab has stored in place of this id: the id of that page's session, or an empty text if that
 * session has ended; `undefined` if the id was not replaced.
 */
export function replacement(baseUrl: string, id: string): string | undefined {
  const idOfTab = tabId(baseUrl);
  return idOfTab === id ? undefined : idOfTab;
}

/**
 * Stores the id. An empty text means that the page's session has ended, also for older history entries of the tab: a sign-out
 * may not have reached the server, and the back button must not undo it.
 */
export function storeId(baseUrl: string, id: string): void {
  storeInHistory(baseUrl, id);
  if (isTopLevel()) attempt(() => sessionStorage.setItem(keyOf(baseUrl), id));
}

/** Whether the sessions of older history entries have ended. */
export const isEnded = (baseUrl: string): boolean => tabId(baseUrl) === '';

/** Stores that the page has no session. Older history entries of the tab keep theirs. */
export function forgetId(baseUrl: string): void {
  storeInHistory(baseUrl, '');
  if (isTopLevel()) attempt(() => sessionStorage.removeItem(keyOf(baseUrl)));
}

/** Stores the id in the history entry. Routers replace `history.state`; its other members are kept. */
export function storeInHistory(baseUrl: string, id: string): void {
  attempt(() => {
    const state = history.state as Record<string, object> | null;
    if (state !== null && {}.toString.call(state) !== '[object Object]') return;
    history.replaceState({ ...state, [NAME]: { ...state?.[NAME], [baseUrl]: id } }, '', location.href);
  });
}

const tabId = (baseUrl: string) => (isTopLevel() ? attempt(() => sessionStorage.getItem(keyOf(baseUrl))) : undefined) ?? undefined;

const idOf = (text: string | undefined) => (text && ID.test(text) ? text : undefined);

/**
 * Whether this is the top-level page of a tab. A window that an iframe has opened does not count, because it may have a copy of the
 * storage of the page around the iframe.
 */
const isTopLevel = () =>
  attempt(() => {
    const { parent, opener } = globalThis as { parent?: unknown; opener?: { parent?: unknown } | null };
    return (!parent || parent === globalThis) && (!opener?.parent || opener.parent === opener);
  }) === true;

const isBackNavigation = () =>
  attempt(() => {
    // Entries of this type have that interface.
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return navigation?.type === 'back_forward';
  }) === true;

/** Storage may be blocked, and routers may set `history.state` to anything. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
