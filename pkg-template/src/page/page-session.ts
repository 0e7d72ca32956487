// @ts-nocheck
// Which sessions are this page's own. `sessionStorage` is shared by all frames of an origin in a tab and `localStorage` by
// all tabs, so what is stored cannot say it: the page remembers, in its history entry, in its tab where it is not in a
// frame, and in its frame's name where that is free. Where nothing of it is left, it has no session.

import { isOf, isPage, signIn, stateOf } from './callback-url.js';

/** In `history.state`. */
const MEMBER = 'smart-launch';
/** In the `sessionStorage` of the tab: what its page has, of which there is one at a time. */
const TAB = 'smart-launch:tab';
const NAME = 'smart-launch own ';
/** Stands among those that were replaced, for one that was signed out. */
const ENDED = 'ended';
/** Most sign-ins of one client that a page remembers to have been replaced. */
const MOST = 20;

/**
 * `[clientId, fhirBaseUrl, family, former]`, the last sign-in first: for each client the token family of its session, empty
 * for none, and those that it replaced.
 *
 * @type {Array<[string, string, string, string[]]> | undefined}
 */
let own;
/** Which page that is: tests have several. */
let page;

const isText = (value) => typeof value === 'string';
const isMark = (mark) =>
  Array.isArray(mark) && mark.length === 4 && mark.slice(0, 3).every(isText) && Array.isArray(mark[3]) && mark[3].every(isText);
const marksFrom = (value) => (Array.isArray(value) && value.every(isMark) ? value : undefined);

/** What may be blocked, or be no JSON. */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const isFrame = () => Boolean(globalThis.parent && globalThis.parent !== globalThis);

/** Whether this page is a tab's, so that there is no other beside it in the tab. A frame may open windows with a copy of it. */
function isTabs() {
  const { opener } = globalThis;
  return !isFrame() && (!opener?.parent || opener.parent === opener);
}

const ofHistory = () => attempt(() => marksFrom(history.state?.[MEMBER]));
const ofTab = () => attempt(() => marksFrom(JSON.parse(sessionStorage.getItem(TAB))));
const ofName = () =>
  attempt(() => (globalThis.name.startsWith(NAME) ? marksFrom(JSON.parse(globalThis.name.slice(NAME.length))) : undefined));
const isBack = () => attempt(() => performance.getEntriesByType('navigation')[0]?.type === 'back_forward');

function marks() {
  if (own && page === globalThis.history) return own;
  page = globalThis.history;
  // The copy is of the page around that frame, and neither for the windows that this one opens nor for when the frame is gone.
  if (!isFrame() && !isTabs()) attempt(() => sessionStorage.removeItem(TAB));
  const kept = ofHistory();
  own = kept ?? (isTabs() ? ofTab() : ofName()) ?? [];
  // An older entry of the history, of which nobody knows to which of several sign-ins it belongs.
  if (!kept && isBack()) own = own.map(([id, base, family, former]) => [id, base, former.length > 0 ? '' : family, former]);
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
    for (const [id, base, family, former] of (isTabs() && ofTab()) || []) {
      const mark = own.find(([ownId, ownBase]) => ownId === id && ownBase === base);
      if (mark) mark[3] = [...new Set([...mark[3], ...former, family])].filter(Boolean).slice(-MOST);
    }
    write();
  });
  return own;
}

/** Routers put their own state in its place, so it is written when the page is left; what they have put there stays. */
export function writeHistory() {
  attempt(() => {
    const { state } = history;
    if (!own?.length && !state?.[MEMBER]) return;
    if (state !== null && {}.toString.call(state) !== '[object Object]') return;
    if (JSON.stringify(state?.[MEMBER]) === JSON.stringify(own)) return;
    history.replaceState({ ...state, [MEMBER]: own }, '', location.href);
  });
}

function write() {
  const text = JSON.stringify(own);
  if (isTabs()) {
    attempt(() => (own.length > 0 ? sessionStorage.setItem(TAB, text) : sessionStorage.removeItem(TAB)));
    return;
  }
  const { name } = globalThis;
  if (name === '' || name?.startsWith(NAME)) attempt(() => (globalThis.name = own.length > 0 ? NAME + text : ''));
  writeHistory();
}

/** Whether pages have sessions of their own: not without a page, nor where nothing outlives it. */
const isKept = ({ storage }) => storage !== 'memory' && isPage();

const markOf = (clients) => marks().find(([clientId, fhirBaseUrl]) => isOf({ clientId, fhirBaseUrl }, clients));

/** Which session the engine is to restore. */
export function which(client) {
  if (!isKept(client)) return {};
  const mark = markOf(client.clients());
  if (!mark && client.storage === 'local' && isTabs() && !isBack()) return { only: true };
  return { family: mark?.[2] ?? '' };
}

/** The token families of this page's sessions that a sign-in replaces. */
export function formerOf(client) {
  const family = client.record?.state;
  if (!isKept(client)) return family ? [family] : [];
  const [, , current, former] = markOf(client.clients()) ?? ['', '', '', []];
  return [...new Set([...former, current, family])].filter(Boolean);
}

/** Whether another sign-in of this page or tab has taken the place of one. */
export const isReplaced = (family) => [...marks(), ...(ofTab() ?? [])].some(([, , , former]) => former.includes(family));

/**
 * From here on the page has this session and no other of the client's servers; an empty family is none.
 *
 * @param {object} client
 * @param {{ clientId: string, fhirBaseUrl: string }} [record]
 * @param {string} [family]
 */
export function mark(client, record, family = '') {
  if (!isKept(client)) return;
  const clients = client.clients();
  const before = markOf(clients);
  if (before?.[2] === family && family) return write();
  const former = formerOf(client)
    .filter((other) => other !== family)
    .slice(-MOST);
  const of = record ?? (before ? { clientId: before[0], fhirBaseUrl: before[1] } : clients[0]);
  own = marks().filter(([clientId, fhirBaseUrl]) => !isOf({ clientId, fhirBaseUrl }, clients));
  // That there is none need not be written down where only what is written down is restored.
  if (family || former.length > 0 || client.storage === 'local')
    own.unshift([String(of.clientId), String(of.fhirBaseUrl), family, former]);
  write();
}

/** Nothing is left of the client's sessions. */
export function unmark(client) {
  if (!isKept(client)) return;
  const clients = client.clients();
  const before = markOf(clients);
  own = marks().filter(([clientId, fhirBaseUrl]) => !isOf({ clientId, fhirBaseUrl }, clients));
  // A page that had a patient does not show the one that another tab has by then, nor an older entry of the history the next
  // one of this tab.
  if (before) own.unshift([before[0], before[1], '', [...before[3], ENDED].slice(-MOST)]);
  write();
  if (history.state?.[MEMBER]) writeHistory();
}

/**
 * The answer to a sign-in of this client has come: whatever it says, the page has no other session from here on.
 *
 * @returns {{ state: string, undo: () => void } | undefined} `undo` where nothing could read it; nothing if it is of no sign-in
 *   of this client
 */
export function arrive(client, answer) {
  const state = stateOf(answer);
  const record = state && signIn(state);
  if (!record || !isOf(record, client.clients())) return undefined;
  const before = isKept(client) ? marks() : undefined;
  mark(client, record, state);
  const undo = () => {
    if (!before) return;
    own = before;
    write();
  };
  return { state, undo };
}
