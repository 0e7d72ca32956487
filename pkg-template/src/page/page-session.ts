// Which sessions are this page's own. `sessionStorage` is shared by all frames of an origin in a tab and `localStorage` by
// all tabs, so what is stored cannot say it: the page remembers, in its history entry, in its tab where it is not in a
// frame, and in its frame's name where that is free. Where nothing of it is left, it has no session.

import { isPage } from './address.js';
import type { Callback } from './callback.js';
import { stateOf } from './callback-url.js';
import { isOf } from './client-settings.js';
import type { ClientAtServer } from './client-settings.js';
import { signInOf } from './pending-sign-ins.js';

/** In `history.state`. */
const MEMBER = 'smart-launch';
/** In the `sessionStorage` of the tab: what its page has, of which there is one at a time. */
const TAB = 'smart-launch:tab';
const NAME = 'smart-launch own ';
/** Stands among those that were replaced, for one that was signed out. */
const ENDED = 'ended';
/** Most sign-ins of one client that a page remembers to have been replaced. */
const MOST = 20;

/** Of one client: the token family of its session, empty for none, and those that it replaced. */
type Mark = [clientId: string, fhirBaseUrl: string, family: string, replaced: string[]];

/** What is asked of a client here. */
export interface PageClient {
  clients(): readonly ClientAtServer[];
  readonly storage: unknown;
  /** Of its session. */
  readonly record: { readonly state: string } | undefined;
}

/** The last sign-in first. */
let own: Mark[] | undefined;
/** Which page that is: tests have several. */
let page: History | undefined;

const isText = (value: unknown): value is string => typeof value === 'string';
const isMark = (mark: unknown): mark is Mark =>
  Array.isArray(mark) && mark.length === 4 && mark.slice(0, 3).every(isText) && Array.isArray(mark[3]) && mark[3].every(isText);
const marksFrom = (value: unknown): Mark[] | undefined =>
  Array.isArray(value) && value.every(isMark) ? value : undefined;

/** What may be blocked, or be no JSON. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** In a worker and in Node there is none of these. */
const here = globalThis as { name?: string; opener?: Window | null; parent?: unknown };

const isFrame = () => Boolean(here.parent && here.parent !== globalThis);

/** Whether this page is a tab's, so that there is no other beside it in the tab. A frame may open windows with a copy of it. */
function isTabs(): boolean {
  const { opener } = here;
  return !isFrame() && (!opener?.parent || opener.parent === opener);
}

const ofHistory = () => attempt(() => marksFrom(stateOfHistory()?.[MEMBER]));
const ofTab = () => attempt(() => marksFrom(JSON.parse(sessionStorage.getItem(TAB) ?? 'null')));
const ofName = () =>
  attempt(() => (here.name?.startsWith(NAME) ? marksFrom(JSON.parse(here.name.slice(NAME.length))) : undefined));
const isBack = () =>
  attempt(() => {
    // Entries of this type are of that interface.
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return navigation?.type === 'back_forward';
  });

/** Routers put there what they like. */
const stateOfHistory = () => history.state as Record<string, unknown> | null | undefined;

function marks(): Mark[] {
  if (own && page === globalThis.history) return own;
  page = globalThis.history;
  // The copy is of the page around that frame, and neither for the windows that this one opens nor for when the frame is gone.
  if (!isFrame() && !isTabs()) attempt(() => sessionStorage.removeItem(TAB));
  const kept = ofHistory();
  let found = kept ?? (isTabs() ? ofTab() : ofName()) ?? [];
  // An older entry of the history, of which nobody knows to which of several sign-ins it belongs.
  if (!kept && isBack()) {
    found = found.map(([id, base, family, replaced]) => [id, base, replaced.length > 0 ? '' : family, replaced]);
  }
  own = found;
  // The tab goes on from where this page is.
  if (kept) write();
  // What an app has cleared meanwhile is known here.
  globalThis.addEventListener?.('pagehide', () => {
    write();
    writeHistory();
  });
  // A page that was kept is the tab's again.
  globalThis.addEventListener?.('pageshow', ({ persisted }) => {
    if (!persisted) return;
    for (const [id, base, family, replaced] of (isTabs() && ofTab()) || []) {
      const mark = own?.find(([ownId, ownBase]) => ownId === id && ownBase === base);
      if (mark) mark[3] = [...new Set([...mark[3], ...replaced, family])].filter(Boolean).slice(-MOST);
    }
    write();
  });
  return found;
}

/** Routers put their own state in its place, so it is written when the page is left; what they have put there stays. */
export function writeHistory(): void {
  attempt(() => {
    const state = stateOfHistory();
    if (!own?.length && !state?.[MEMBER]) return;
    if (state !== null && {}.toString.call(state) !== '[object Object]') return;
    if (JSON.stringify(state?.[MEMBER]) === JSON.stringify(own)) return;
    history.replaceState({ ...state, [MEMBER]: own }, '', location.href);
  });
}

function write(): void {
  const list = own ?? [];
  const text = JSON.stringify(own);
  if (isTabs()) {
    attempt(() => (list.length > 0 ? sessionStorage.setItem(TAB, text) : sessionStorage.removeItem(TAB)));
    return;
  }
  const { name } = here;
  if (name === '' || name?.startsWith(NAME)) attempt(() => (here.name = list.length > 0 ? NAME + text : ''));
  writeHistory();
}

/** Whether pages have sessions of their own: not without a page, nor where nothing outlives it. */
const isKept = ({ storage }: PageClient) => storage !== 'memory' && isPage();

/** Those of other clients. */
const marksOfOthers = (clients: readonly ClientAtServer[]) =>
  marks().filter(([clientId, fhirBaseUrl]) => !isOf({ clientId, fhirBaseUrl }, clients));

const markOf = (clients: readonly ClientAtServer[]) => marks().find(([clientId, fhirBaseUrl]) => isOf({ clientId, fhirBaseUrl }, clients));

/** Which session the engine is to restore: that of a token family, or the only one; without either that of the storage. */
export function sessionToRestore(client: PageClient): { family?: string; only?: true } {
  if (!isKept(client)) return {};
  const mark = markOf(client.clients());
  if (!mark && client.storage === 'local' && isTabs() && !isBack()) return { only: true };
  return { family: mark?.[2] ?? '' };
}

/** The token families of this page's sessions that a sign-in replaces. */
export function replacedFamilies(client: PageClient): string[] {
  const family = client.record?.state;
  if (!isKept(client)) return family ? [family] : [];
  const [, , current, replaced] = markOf(client.clients()) ?? ['', '', '', []];
  return [...new Set([...replaced, current, family])].filter((one): one is string => Boolean(one));
}

/** Whether another sign-in of this page or tab has taken the place of one. */
export const isReplaced = (family: string): boolean =>
  [...marks(), ...(ofTab() ?? [])].some(([, , , replaced]) => replaced.includes(family));

/**
 * From here on the page has this session and no other of the client's servers; an empty family is none.
 */
export function setPageSession(client: PageClient, record?: ClientAtServer, family = ''): void {
  if (!isKept(client)) return;
  const clients = client.clients();
  const before = markOf(clients);
  if (before?.[2] === family && family) return write();
  const replaced = replacedFamilies(client)
    .filter((other) => other !== family)
    .slice(-MOST);
  const of = record ?? (before ? { clientId: before[0], fhirBaseUrl: before[1] } : clients[0]);
  own = marksOfOthers(clients);
  // That there is none need not be written down where only what is written down is restored.
  if (family || replaced.length > 0 || client.storage === 'local')
    own.unshift([String(of?.clientId), String(of?.fhirBaseUrl), family, replaced]);
  write();
}

/** Nothing is left of the client's sessions. */
export function clearPageSession(client: PageClient): void {
  if (!isKept(client)) return;
  const clients = client.clients();
  const before = markOf(clients);
  own = marksOfOthers(clients);
  // A page that had a patient does not show the one that another tab has by then, nor an older entry of the history the next
  // one of this tab.
  if (before) own.unshift([before[0], before[1], '', [...before[3], ENDED].slice(-MOST)]);
  write();
  if (stateOfHistory()?.[MEMBER]) writeHistory();
}

/**
 * The page has the session of this callback from here on and no other, whatever the callback says.
 *
 * @returns `undo` where nothing could read it; nothing if it is of no sign-in of this client
 */
export function setPageSessionOf(
  client: PageClient,
  callback: Callback,
): { state: string; undo: () => void } | undefined {
  const state = stateOf(callback);
  const record = state && signInOf(state);
  if (!record || !isOf(record, client.clients())) return undefined;
  const before = isKept(client) ? marks() : undefined;
  setPageSession(client, record, state);
  const undo = () => {
    if (!before) return;
    own = before;
    write();
  };
  return { state, undo };
}
