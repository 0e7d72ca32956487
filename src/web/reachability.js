// Checks whether a server can be reached; an effect that is loaded with a session.

import { within } from './env.js';

/** Milliseconds within which a reachable server sends any response. */
const REACH = 5_000;

/**
 * Sends a request without data, and ignores its response. A server on this machine is reachable even while the device is offline.
 *
 * @type {import('./env.js').Effect}
 */
export async function reach(_, url, isInDoubt) {
  if (isOffline() && !url.startsWith('http:')) return '';
  if (!isInDoubt) return 'yes';
  try {
    /** @type {RequestInit} */
    const init = { mode: 'no-cors', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' };
    await within(REACH, (signal) => fetch(url, { ...init, signal }));
    return 'yes';
  } catch {
    return '';
  }
}

/** Whether the device is online, according to the browser. */
export function isOffline() {
  try {
    return globalThis.navigator?.onLine === false;
  } catch {
    return false;
  }
}
