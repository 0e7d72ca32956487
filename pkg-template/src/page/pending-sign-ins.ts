// The sign-ins that wait for their callback: they have to survive the way to the server and back.

import type { ClientAtServer } from './client-settings.js';

/** What their keys begin with. */
export const SIGN_IN = 'smart-launch:sign-in:';

/** What is read of one here: the engine has written it. */
export interface PendingSignIn extends ClientAtServer {
  /** It has had its callback. */
  readonly used?: unknown;
}

/** The sign-in with a `state`: pending in this tab, or used in any. Scripts of the page may have put anything there. */
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
  // Any script of the origin may have stored it.
  const { clientId, fhirBaseUrl } = (value ?? {}) as { clientId?: unknown; fhirBaseUrl?: unknown };
  return typeof clientId === 'string' && typeof fhirBaseUrl === 'string';
}

export const isPending = (state: string): boolean => signInOf(state) !== undefined;

/** Those of this tab. */
export function pendingSignIns(): PendingSignIn[] {
  const keys = Object.keys(pendingRecords());
  return keys.map((key) => signInOf(key.slice(SIGN_IN.length))).filter((record) => record !== undefined);
}

/** Their records as text, by key. */
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
export function keepRecord(key: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else if (key.startsWith(SIGN_IN)) sessionStorage.setItem(key, text);
  } catch {
    // Blocked or full: whoever wants to leave the page asks whether it is there.
  }
}
