/** `/fhir/.well-known/smart-configuration` (SMART App Launch 2.2, "Conformance"). */

import { OWN_IDENTIFIER } from '../brands/bundle.mjs';
import { AUTH_ALGORITHMS, AUTH_METHODS } from './provider.mjs';
import { SCOPES_SUPPORTED } from './scope.mjs';

const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
];

/**
 * @param {object} addresses
 * @param {string} addresses.issuer
 * @param {(route: string) => string} addresses.urlFor of an OAuth endpoint
 * @param {boolean} addresses.requirePar
 * @param {string} addresses.brandsUrl of the user-access brands
 */
export function smartConfiguration({ issuer, urlFor, requirePar, brandsUrl }) {
  return {
    issuer,
    jwks_uri: urlFor('jwks'),
    authorization_endpoint: urlFor('authorization'),
    pushed_authorization_request_endpoint: urlFor('pushed_authorization_request'),
    require_pushed_authorization_requests: requirePar,
    token_endpoint: urlFor('token'),
    revocation_endpoint: urlFor('revocation'),
    introspection_endpoint: urlFor('introspection'),
    userinfo_endpoint: urlFor('userinfo'),
    end_session_endpoint: urlFor('end_session'),
    registration_endpoint: urlFor('registration'),
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: AUTH_ALGORITHMS,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
    authorization_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    id_token_signing_alg_values_supported: ['RS256'],
    dpop_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
    user_access_brand_bundle: brandsUrl,
    user_access_brand_identifier: OWN_IDENTIFIER,
    scopes_supported: SCOPES_SUPPORTED,
    capabilities: CAPABILITIES,
  };
}
