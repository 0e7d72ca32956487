/** What a user granted an app, and what not, as oidc-provider remembers it. */

import { IDENTITY_SCOPES } from './scope.mjs';

/**
 * Keeps a new grant. Each authorization has its own, so that ending one leaves the others alone.
 *
 * @param {import('oidc-provider').Provider} provider
 * @param {object} consent
 * @param {string} consent.clientId
 * @param {string} consent.accountId
 * @param {string} consent.resource the FHIR base URL
 * @param {string[]} consent.granted scopes
 * @param {string[]} [consent.refused] scopes that were asked for and not granted
 * @returns {Promise<string>} the grant's id
 */
export async function saveGrant(provider, { clientId, accountId, resource, granted, refused = [] }) {
  /** @param {string[]} scopes */
  const identity = (scopes) => scopes.filter((scope) => IDENTITY_SCOPES.includes(scope));
  const grant = new provider.Grant({ clientId, accountId });

  grant.addOIDCScope(identity(granted));
  grant.rejectOIDCScope(identity(refused));
  // The access token names every scope, so the FHIR server is granted the identity scopes as well.
  grant.addResourceScope(resource, granted);
  grant.rejectResourceScope(resource, refused);
  return grant.save();
}
