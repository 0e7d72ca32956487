// Items in `sessionStorage` that apps of `fhirclient` use: the record of each sign-in, and `SMART_KEY`, which has the key of the
// latest record. Apps check whether the items exist, and remove them to sign out. The items contain no token.

import { SmartError } from '../error/smart-error.js';
import { SESSIONS } from '../page/session-keys.js';
import type { ClientState } from './client-state.js';

const SMART_KEY = 'SMART_KEY';

/** The key that the session's sign-in was started with. */
export const keyOf = ({ appState }: { readonly appState: unknown }): string => (appState as { key: string }).key;

/** @param state `client.state` */
export function writeState(state: { readonly key: string }): void {
  // The app has removed `SMART_KEY`, which signs out. The former records would count again as soon as it exists again.
  if (sessionStorage.getItem(SMART_KEY) === null) removeRecords();
  sessionStorage.setItem(state.key, JSON.stringify(state));
  sessionStorage.setItem(SMART_KEY, JSON.stringify(state.key));
}

function removeRecords(): void {
  for (const name of Object.keys(sessionStorage)) if (isRecord(name)) sessionStorage.removeItem(name);
}

/** Whether an item is a record: its name is a key of this library, and it has this key. */
function isRecord(name: string): boolean {
  try {
    return /^[0-9a-f]{32}$/.test(name) && JSON.parse(sessionStorage.getItem(name) ?? 'null').key === name;
  } catch {
    return false;
  }
}

/**
 * Writes the record when a sign-in starts, so that the page at the redirect URI does not start another sign-in.
 *
 * @returns a function that undoes this
 */
export function writePending(state: ClientState & { readonly key: string }): () => void {
  try {
    const previousKey = sessionStorage.getItem(SMART_KEY);
    const pending = { ...state, tokenResponse: {}, before: previousKey };
    writeState(pending);
  } catch {
    // Storage is full. The sign-in does not need this record.
    removeState(state.key);
  }
  return () => removePending(state.key);
}

/** Removes the record of the pending sign-in, if it has this key, and sets `SMART_KEY` to the key of the previous record again. */
export function removePending(expectedKey?: string): void {
  try {
    const key = JSON.parse(sessionStorage.getItem(SMART_KEY) ?? 'null');
    const { before } = JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? {};
    if (before === undefined || (expectedKey && expectedKey !== key)) return;
    sessionStorage.removeItem(key);
    if (before && isNeeded(before)) sessionStorage.setItem(SMART_KEY, before);
    else sessionStorage.removeItem(SMART_KEY);
  } catch {
    // Apps may have stored anything there.
  }
}

/**
 * Whether both items exist. Each iframe has a record; `SMART_KEY` has the key of the latest one.
 *
 * @throws {SmartError} `storage_unavailable`
 */
export function hasState(key: string): boolean {
  try {
    return sessionStorage.getItem(SMART_KEY) !== null && sessionStorage.getItem(key) !== null;
  } catch (cause) {
    const message = 'the record of the sign-in could not be read from `sessionStorage`';
    const hint = 'Permit storage for this page, or use `createSmartClient`.';
    throw new SmartError({ code: 'storage_unavailable', message, hint, fault: 'browser' }, cause);
  }
}

/** Whether the app has removed `SMART_KEY`, which signs out in all iframes. */
export function isRemoved(): boolean {
  try {
    return sessionStorage.getItem(SMART_KEY) === null;
  } catch {
    return true;
  }
}

/**
 * Removes the record of a session that has ended. While another iframe has a session, `SMART_KEY` stays, because its removal
 * signs out all iframes. If it named the removed record, it then names none, because the other iframe's record is of another
 * sign-in.
 */
export function removeState(key: string): void {
  try {
    sessionStorage.removeItem(key);
    if (!isNeeded(sessionStorage.getItem(SMART_KEY) ?? 'null')) sessionStorage.removeItem(SMART_KEY);
  } catch {
    // The page and its storage no longer exist.
  }
}

/** Whether `SMART_KEY` with this text names a record, or a session with another record is stored. */
function isNeeded(text: string): boolean {
  if (sessionStorage.getItem(JSON.parse(text)) !== null) return true;
  const items = Object.entries<string>({ ...sessionStorage });
  const sessions = items.flatMap(([key, session]) => (key.startsWith(SESSIONS) ? [session] : []));
  // The record of a session that the same page has replaced has no session.
  return items.some(([name]) => isRecord(name) && sessions.some((session) => session.includes(name)));
}
