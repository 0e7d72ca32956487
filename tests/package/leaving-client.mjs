// Fake clients for tests of route guards.

import { createFakeSmartClient } from 'smart-launch/testing';

/**
 * A client without a user whose sign-in leaves the page. `asked` has the options of each.
 *
 * @param {import('smart-launch/testing').FakeSmartClientOptions} [options]
 */
export function leavingClient(options = { session: null }) {
  const fake = createFakeSmartClient(options);
  /** @type {unknown[]} */
  const asked = [];
  const authorize = (/** @type {unknown} */ given) => {
    asked.push(given);
    return new Promise(() => {});
  };
  return { fake, asked, client: { ...fake, authorize } };
}
