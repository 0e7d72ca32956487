// Which stored sessions belong to this page. `sessionStorage` is shared by all iframes of an origin in a tab, and `localStorage`
// by all tabs, so the page records its sessions in its history entry, in `sessionStorage` if it is not in an iframe, and in
// the iframe's name if the app does not use the name. Without any of these records, the page has no session; only a new tab with
// `storage: 'local'` restores the latest stored session, if all stored ones are of the same user and patient.

import { isPage } from './address.js';
import type { Callback } from './callback.js';
import { stateOf } from './callback-url.js';
import { belongsTo } from './client-settings.js';
import type { ClientAtServer } from './client-settings.js';
import { signInOf } from './pending-sign-ins.js';

/** Name of the member in `history.state`. */
const MEMBER = 'smart-launch';
/** Key in the tab's `sessionStorage`, for the sessions of its top-level page. A tab has one such page at a time. */
const TAB = 'smart-launch:tab';
const NAME = 'smart-launch own ';
/** Entry in the list of replaced families that means that the session was signed out. */
const ENDED = 'ended';
/** Maximum number of replaced sign-ins of one client that a page records. */
const MAX_REPLACED = 20;

/**
 * The record of one client: the token family of its session (empty for none), and the families that were replaced. A token family
 * is identified by the `state` of its sign-in.
 */
type Mark = [clientId: string, fhirBaseUrl: string, family: string, replaced: string[]];

/** The members of a client that this file uses. */
export interface PageClient {
  clients(): readonly ClientAtServer[];
  readonly storage: unknown;
  /** The record of the client's session. */
  readonly record: { readonly state: string } | undefined;
}

/** The marks of this page, the latest sign-in first; `undefined` before they are read. */
let ownMarks: Mark[] | undefined;
/** The history of the page to which `ownMarks` belong. Tests have several pages. */
let page: History | undefined;

const isText = (value: unknown): value is string => typeof value === 'string';
const isMark = (mark: unknown): mark is Mark =>
  Array.isArray(mark) && mark.length === 4 && mark.slice(0, 3).every(isText) && Array.isArray(mark[3]) && mark[3].every(isText);
const marksFrom = (value: unknown): Mark[] | undefined =>
  Array.isArray(value) && value.every(isMark) ? value : undefined;

/** The result of `work`; `undefined` if it throws, because storage or the history is blocked, or a value is not JSON. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A worker and Node have no `opener` and no `parent`. */
const globals = globalThis as { name?: string; opener?: Window | null; parent?: unknown };

const isFrame = () => Boolean(globals.parent && globals.parent !== globalThis);

/**
 * Whether this is the top-level page of its tab. A window that an iframe has opened does not count, because it may have a copy of
 * the iframe's storage.
 */
function isTopLevel(): boolean {
  const { opener } = globals;
  return !isFrame() && (!opener?.parent || opener.parent === opener);
}

const marksInHistory = () => attempt(() => marksFrom(stateOfHistory()?.[MEMBER]));
const marksInTab = () => attempt(() => marksFrom(JSON.parse(sessionStorage.getItem(TAB) ?? 'null')));
const marksInName = () =>
  attempt(() => (globals.name?.startsWith(NAME) ? marksFrom(JSON.parse(globals.name.slice(NAME.length))) : undefined));
const isBackNavigation = () =>
  attempt(() => {
    // Entries of this type have that interface.
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return navigation?.type === 'back_forward';
  });

/** Routers may set `history.state` to anything. */
const stateOfHistory = () => history.state as Record<string, unknown> | null | undefined;

function marks(): Mark[] {
  if (ownMarks && page === globalThis.history) return ownMarks;
  page = globalThis.history;
  // An iframe has opened this window, and the record is a copy of the record of the page around that iframe. It is removed, so that
  // windows opened by this page do not get it.
  if (!isFrame() && !isTopLevel()) attempt(() => sessionStorage.removeItem(TAB));
  const fromHistory = marksInHistory();
  let initialMarks = fromHistory ?? (isTopLevel() ? marksInTab() : marksInName()) ?? [];
  // This is an older history entry. After several sign-ins it may belong to any of them, so no session is restored.
  if (!fromHistory && isBackNavigation()) {
    initialMarks = initialMarks.map(([id, base, family, replaced]) => [id, base, replaced.length > 0 ? '' : family, replaced]);
  }
  ownMarks = initialMarks;
  // From here on the tab's record is that of this page.
  if (fromHistory) write();
  // Written again, because the app may have cleared the storage meanwhile.
  globalThis.addEventListener?.('pagehide', () => {
    write();
    writeHistory();
  });
  // A page from the back/forward cache is the top-level page again; sessions of later pages of the tab count as replaced.
  globalThis.addEventListener?.('pageshow', ({ persisted }) => {
    if (!persisted) return;
    for (const [id, base, family, replaced] of (isTopLevel() && marksInTab()) || []) {
      const mark = ownMarks?.find(([ownId, ownBase]) => ownId === id && ownBase === base);
      if (mark) mark[3] = [...new Set([...mark[3], ...replaced, family])].filter(Boolean).slice(-MAX_REPLACED);
    }
    write();
  });
  return initialMarks;
}

/**
 * Writes the marks to `history.state`, beside the members of routers. It is called when the page is left, because routers may
 * replace `history.state` before that.
 */
export function writeHistory(): void {
  attempt(() => {
    const state = stateOfHistory();
    if (!ownMarks?.length && !state?.[MEMBER]) return;
    if (state !== null && {}.toString.call(state) !== '[object Object]') return;
    if (JSON.stringify(state?.[MEMBER]) === JSON.stringify(ownMarks)) return;
    history.replaceState({ ...state, [MEMBER]: ownMarks }, '', location.href);
  });
}

function write(): void {
  const list = ownMarks ?? [];
  const text = JSON.stringify(ownMarks);
  if (isTopLevel()) {
    attempt(() => (list.length > 0 ? sessionStorage.setItem(TAB, text) : sessionStorage.removeItem(TAB)));
    return;
  }
  const { name } = globals;
  if (name === '' || name?.startsWith(NAME)) attempt(() => (globals.name = list.length > 0 ? NAME + text : ''));
  writeHistory();
}

/** Whether pages have separate sessions: `false` without a page, and with `storage: 'memory'`. */
const hasOwnSession = ({ storage }: PageClient) => storage !== 'memory' && isPage();

/** The marks of other clients. */
const marksOfOthers = (clients: readonly ClientAtServer[]) =>
  marks().filter(([clientId, fhirBaseUrl]) => !belongsTo({ clientId, fhirBaseUrl }, clients));

const markOf = (clients: readonly ClientAtServer[]) =>
  marks().find(([clientId, fhirBaseUrl]) => belongsTo({ clientId, fhirBaseUrl }, clients));

/**
 * The session that the engine should restore. With `family` it is the session of that token family, or none if `family` is empty.
 * Without `family` it is the latest session; with `only`, that is restored only if all stored sessions are of the same user and
 * patient.
 */
export function sessionToRestore(client: PageClient): { family?: string; only?: true } {
  if (!hasOwnSession(client)) return {};
  const mark = markOf(client.clients());
  if (!mark && client.storage === 'local' && isTopLevel() && !isBackNavigation()) return { only: true };
  return { family: mark?.[2] ?? '' };
}

/** The token families of this page's sessions that a sign-in replaces. */
export function replacedFamilies(client: PageClient): string[] {
  const family = client.record?.state;
  if (!hasOwnSession(client)) return family ? [family] : [];
  const [, , current, replaced] = markOf(client.clients()) ?? ['', '', '', []];
  return [...new Set([...replaced, current, family])].filter((item): item is string => Boolean(item));
}

/** Whether another sign-in of this page or tab has replaced the sign-in of this token family. */
export const isReplaced = (family: string): boolean =>
  [...marks(), ...(marksInTab() ?? [])].some(([, , , replaced]) => replaced.includes(family));

/**
 * Makes the session of a token family the page's only one at the client's servers; an empty family means that the page has none.
 */
export function setPageSession(client: PageClient, record?: ClientAtServer, family = ''): void {
  if (!hasOwnSession(client)) return;
  const clients = client.clients();
  const previousMark = markOf(clients);
  if (previousMark?.[2] === family && family) return write();
  const replaced = replacedFamilies(client)
    .filter((replacedFamily) => replacedFamily !== family)
    .slice(-MAX_REPLACED);
  const server = record ?? (previousMark ? { clientId: previousMark[0], fhirBaseUrl: previousMark[1] } : clients[0]);
  ownMarks = marksOfOthers(clients);
  // A mark without any family is needed only with `storage: 'local'`, where a session may be restored without a mark.
  if (family || replaced.length > 0 || client.storage === 'local')
    ownMarks.unshift([String(server?.clientId), String(server?.fhirBaseUrl), family, replaced]);
  write();
}

/** Removes the client's sessions from the page. */
export function clearPageSession(client: PageClient): void {
  if (!hasOwnSession(client)) return;
  const clients = client.clients();
  const previousMark = markOf(clients);
  ownMarks = marksOfOthers(clients);
  // A mark without a family stays, so that this page does not show another tab's patient, and an older history entry does not show
  // the next patient of this tab.
  if (previousMark) ownMarks.unshift([previousMark[0], previousMark[1], '', [...previousMark[3], ENDED].slice(-MAX_REPLACED)]);
  write();
  if (stateOfHistory()?.[MEMBER]) writeHistory();
}

/**
 * Makes the session of this callback the page's only one, even if the callback is an error.
 *
 * @returns the callback's `state`, and `undo`, which is to be called if the callback could not be processed; `undefined` if the
 * callback belongs to no sign-in of this client
 */
export function setPageSessionOf(
  client: PageClient,
  callback: Callback,
): { state: string; undo: () => void } | undefined {
  const state = stateOf(callback);
  const record = state && signInOf(state);
  if (!record || !belongsTo(record, client.clients())) return undefined;
  const previousMarks = hasOwnSession(client) ? marks() : undefined;
  setPageSession(client, record, state);
  const undo = () => {
    if (!previousMarks) return;
    ownMarks = previousMarks;
    write();
  };
  return { state, undo };
}
