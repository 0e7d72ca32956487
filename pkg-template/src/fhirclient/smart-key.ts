// Items in `sessionStorage` that apps of `fhirclient` use: the record of each sign-in, and `SMART_KEY`, which has the key of the
// latest record. Apps check whether the items exist, and remove them to sign out. The items contain no token.

import { SmartError } from '../error/smart-error.js';
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
    if (before && sessionStorage.getItem(JSON.parse(before)) !== null) sessionStorage.setItem(SMART_KEY, before);
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

/** Whether `SMART_KEY` has the key of another sign-in, which may be pending. */
export function isOfAnother(key: string): boolean {
  try {
    return ![null, JSON.stringify(key)].includes(sessionStorage.getItem(SMART_KEY));
  } catch {
    return false;
  }
}

export function removeState(key: string): void {
  try {
    if (sessionStorage.getItem(SMART_KEY) === JSON.stringify(key)) sessionStorage.removeItem(SMART_KEY);
    sessionStorage.removeItem(key);
  } catch {
    // The page and its storage no longer exist.
  }
}
