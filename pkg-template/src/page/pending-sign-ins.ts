// Pending sign-ins. They are stored, because they have to survive the redirect to the server and back.

import type { ClientAtServer } from './client-settings.js';

/** Prefix of the keys under which pending sign-ins are stored; the `state` follows. */
export const SIGN_IN = 'smart-launch:sign-in:';

/** The members of a record that this file reads; the engine writes the records. */
export interface PendingSignIn extends ClientAtServer {
  /** Whether a response to it passed the checks of its URL, server and signature, even if a later step failed. */
  readonly used?: unknown;
}

/** The sign-in with a `state`: pending in this tab, or already used in any tab. */
export function signInOf(state: string | null | undefined): PendingSignIn | undefined {
  try {
    const key = SIGN_IN + state;
    const record: unknown = JSON.parse(sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? 'null');
    return isSignIn(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isSignIn(value: unknown): value is PendingSignIn {
  // Any script of the origin may have stored the value.
  const { clientId, fhirBaseUrl } = (value ?? {}) as { clientId?: unknown; fhirBaseUrl?: unknown };
  return typeof clientId === 'string' && typeof fhirBaseUrl === 'string';
}

/** Whether the sign-in with a `state` is stored. */
export const isPending = (state: string): boolean => signInOf(state) !== undefined;

/** The pending sign-ins of this tab. */
export function pendingSignIns(): PendingSignIn[] {
  const keys = Object.keys(pendingRecords());
  return keys.map((key) => signInOf(key.slice(SIGN_IN.length))).filter((record) => record !== undefined);
}

/** The records as text, by key. */
export function pendingRecords(): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries<string>({ ...sessionStorage }).filter(([key]) => key.startsWith(SIGN_IN)),
    );
  } catch {
    return {};
  }
}

/** Writes a record, or removes it with `null`. */
export function writeRecord(key: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else if (key.startsWith(SIGN_IN)) sessionStorage.setItem(key, text);
  } catch {
    // Storage is blocked or full. `authorize()` checks that the record is stored before it leaves the page.
  }
}
