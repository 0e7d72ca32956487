// @ts-nocheck
// The pending sign-ins of the page: they have to survive the way to the server and back, which the worker does not.

import { SIGN_IN, signIn } from './callback-url.js';

/** @returns {Record<string, string>} */
export function pendingRecords() {
  try {
    return Object.fromEntries(Object.entries({ ...sessionStorage }).filter(([key]) => key.startsWith(SIGN_IN)));
  } catch {
    return {};
  }
}

/** Writes a record, or removes it with `null`. */
export function keepRecord(key, text) {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else if (key.startsWith(SIGN_IN)) sessionStorage.setItem(key, text);
  } catch {
    // Blocked or full: whoever wants to leave the page asks whether it is there.
  }
}

export const isPending = (state) => signIn(state) !== undefined;
