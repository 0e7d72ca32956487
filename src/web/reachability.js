// Checks whether a server can be reached: an effect that is loaded with the code for sessions.

import { within } from './env.js';

/** Milliseconds within which a reachable server sends any response. */
const REACH = 5_000;

/**
 * Returns `yes` if the server seems to be reachable, else an empty text. It seems to be reachable if the device is not offline,
 * or if `url` is an http URL, which only a server on this machine has. If `isInDoubt` is set, the server must also respond to a
 * request without data; any response counts.
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

/** Whether the device is offline, according to the browser. */
export function isOffline() {
  try {
    return globalThis.navigator?.onLine === false;
  } catch {
    return false;
  }
}
