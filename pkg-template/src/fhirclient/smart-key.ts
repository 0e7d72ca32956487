// What apps look for in `sessionStorage`: `SMART_KEY` names the record of a sign-in, from its beginning on. They tell by them
// whether to begin one, and sign out by removing them. No token is in them.

import type { ClientState } from './client-state.js';

const SMART_KEY = 'SMART_KEY';

/** The key of the sign-in that a session came of, which was begun with it. */
export const keyOf = ({ appState }: { readonly appState: unknown }): string => (appState as { key: string }).key;

/** @param state as apps see it */
export function writeState(state: { readonly key: string }): void {
  sessionStorage.setItem(SMART_KEY, JSON.stringify(state.key));
  sessionStorage.setItem(state.key, JSON.stringify(state));
}

/**
 * A sign-in begins: the page that the user comes back to is not to begin another one.
 *
 * @returns takes that back
 */
export function writePending(state: ClientState & { readonly key: string }): () => void {
  try {
    const before = sessionStorage.getItem(SMART_KEY);
    const pending = { ...state, tokenResponse: {}, before };
    writeState(pending);
  } catch {
    // Storage is full: what is needed there was kept before.
  }
  return () => removePending(state.key);
}

/** Nobody comes back from the sign-in that was begun last, or from that of a key: what was there before is there again. */
export function removePending(wanted?: string): void {
  try {
    const key = JSON.parse(sessionStorage.getItem(SMART_KEY) ?? 'null');
    const { before } = JSON.parse(sessionStorage.getItem(key) ?? 'null') ?? {};
    if (before === undefined || (wanted && wanted !== key)) return;
    sessionStorage.removeItem(key);
    if (before && sessionStorage.getItem(JSON.parse(before)) !== null) sessionStorage.setItem(SMART_KEY, before);
    else sessionStorage.removeItem(SMART_KEY);
  } catch {
    // Apps may have put anything there.
  }
}

/** Whether the app has left both there. Of several frames each has a record, and `SMART_KEY` names the latest. */
export const hasState = (key: string): boolean => sessionStorage.getItem(SMART_KEY) !== null && sessionStorage.getItem(key) !== null;

export function removeState(key: string): void {
  try {
    if (sessionStorage.getItem(SMART_KEY) === JSON.stringify(key)) sessionStorage.removeItem(SMART_KEY);
    sessionStorage.removeItem(key);
  } catch {
    // The page is gone, and its storage with it.
  }
}
