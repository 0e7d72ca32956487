/**
 * EHR launches that have begun (SMART App Launch 2.2, "Launch App: EHR Launch").
 *
 * The EHR passes the app an opaque handle, which represents a user and a context. It works once, for that app, within
 * five minutes.
 */

import { randomBytes } from 'node:crypto';

const LIFETIME = 5 * 60_000;

/**
 * @returns {Launches}
 *
 * @typedef {object} Launch
 * @property {string} clientId the app that was opened
 * @property {string} accountId the user who opened it
 * @property {import('./context.mjs').LaunchContext} context
 *
 * @typedef {object} Launches
 * @property {(launch: Launch) => string} begin stores a launch and returns its handle
 * @property {(handle: string, clientId: string) => Launch | undefined} find `undefined` when the handle is
 *   unknown, too old, already used, or another app's
 * @property {(handle: string) => void} use deletes a launch whose context is now part of an authorization
 */
export function createLaunches() {
  /** @type {Map<string, Launch & { expires: number }>} */
  const pending = new Map();

  function deleteExpired() {
    for (const [handle, { expires }] of pending) {
      if (expires <= Date.now()) pending.delete(handle);
    }
  }

  return {
    begin(launch) {
      deleteExpired();
      const handle = randomBytes(24).toString('base64url');
      pending.set(handle, { ...launch, expires: Date.now() + LIFETIME });
      return handle;
    },
    find(handle, clientId) {
      deleteExpired();
      const launch = pending.get(handle);
      return launch?.clientId === clientId ? launch : undefined;
    },
    use: (handle) => void pending.delete(handle),
  };
}
