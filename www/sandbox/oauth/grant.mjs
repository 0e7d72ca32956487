/** The scopes that a user granted or refused an app, as oidc-provider stores them. */

import { IDENTITY_SCOPES } from './scope.mjs';

/**
 * Saves a new grant. Each authorization has its own grant, so that ending one does not affect the others.
 *
 * @param {import('oidc-provider').Provider} provider
 * @param {object} consent
 * @param {string} consent.clientId
 * @param {string} consent.accountId
 * @param {string} consent.resource the FHIR base URL
 * @param {string[]} consent.granted scopes
 * @param {string[]} [consent.refused] scopes that were requested and not granted
 * @returns {Promise<string>} the grant's id
 */
export async function saveGrant(provider, { clientId, accountId, resource, granted, refused = [] }) {
  /** @param {string[]} scopes */
  const identity = (scopes) => scopes.filter((scope) => IDENTITY_SCOPES.includes(scope));
  const grant = new provider.Grant({ clientId, accountId });

  grant.addOIDCScope(identity(granted));
  grant.rejectOIDCScope(identity(refused));
  // The access token contains every scope, so the identity scopes are granted for the FHIR server as well.
  grant.addResourceScope(resource, granted);
  grant.rejectResourceScope(resource, refused);
  return grant.save();
}
