// Fake clients for tests of route guards.

import { createFakeSmartClient } from 'smart-launch/testing';

/**
 * A client without a session whose `authorize()` never resolves, as if the page was left. `asked` has the options of each call.
 *
 * @param {import('smart-launch/testing').FakeSmartClientOptions} [options]
 */
export function leavingClient(options = { session: null }) {
  const fake = createFakeSmartClient(options);
  /** @type {unknown[]} */
  const asked = [];
  const authorize = (/** @type {unknown} */ authorizeOptions) => {
    asked.push(authorizeOptions);
    return new Promise(() => {});
  };
  return { fake, asked, client: { ...fake, authorize } };
}
