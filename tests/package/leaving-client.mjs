// Fake clients for tests of route guards.

import { createFakeSmartClient } from 'smart-launch/testing';

/**
 * A client whose `authorize()` never resolves, as if the page was left. By default it has no session. `authorizeCalls` has the options of
 * each call of `authorize()`.
 *
 * @param {import('smart-launch/testing').FakeSmartClientOptions} [options]
 */
export function leavingClient(options = { session: null }) {
  const fake = createFakeSmartClient(options);
  /** @type {unknown[]} */
  const authorizeCalls = [];
  const authorize = (/** @type {unknown} */ authorizeOptions) => {
    authorizeCalls.push(authorizeOptions);
    return new Promise(() => {});
  };
  return { fake, authorizeCalls, client: { ...fake, authorize } };
}
