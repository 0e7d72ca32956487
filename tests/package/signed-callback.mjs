// Signed authorization responses (JARM) of the scripted EHR.

import { SECRET } from './ehr.mjs';
import { keyFor, signed } from './signer.mjs';

/**
 * Returns the signed response to the sign-in with this `state`.
 *
 * @param {{ origin: string }} ehr
 * @param {string} state
 * @param {object} [changes] of the claims
 * @param {import('./ehr.mjs').SigningKey} [key]
 * @param {object} [header] changes of the token's header
 */
export function responseOf({ origin }, state, changes = {}, key = keyFor(), header = {}) {
  const exp = Math.floor(Date.now() / 1_000) + 60;
  const claims = { iss: origin, aud: 'growth-chart', exp, code: `${SECRET}-code`, state, ...changes };
  return signed({ alg: key.algorithm, kid: key.kid, ...header }, claims, key);
}
