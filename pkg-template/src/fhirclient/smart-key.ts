// Items in `sessionStorage` that apps of `fhirclient` use: the record of each sign-in, and `SMART_KEY`, which has the key of the
// latest record. Apps check whether the items exist, and remove them to sign out. The items contain no token.

import type { ClientState } from './client-state.js';

const SMART_KEY = 'SMART_KEY';

/** The key that the session's sign-in was started with. */
export const keyOf = ({ appState }: { readonly appState: unknown }): string => (appState as { key: string }).key;

/** @param state `client.state` */
export function writeState(state: { readonly key: string }): void {
  sessionStorage.setItem(SMART_KEY, JSON.stringify(state.key));
  sessionStorage.setItem(state.key, JSON.stringify(state));
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

/** Whether both items exist. Each iframe has a record; `SMART_KEY` has the key of the latest one. */
export const hasState = (key: string): boolean => sessionStorage.getItem(SMART_KEY) !== null && sessionStorage.getItem(key) !== null;

export function removeState(key: string): void {
  try {
    if (sessionStorage.getItem(SMART_KEY) === JSON.stringify(key)) sessionStorage.removeItem(SMART_KEY);
    sessionStorage.removeItem(key);
  } catch {
    // The page and its storage no longer exist.
  }
}
