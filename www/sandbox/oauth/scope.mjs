/**
 * SMART scopes (SMART App Launch 2.2, "Scopes and Launch Context"): the supported ones, and their permissions.
 */

/**
 * Scopes that oidc-provider treats as those of OpenID Connect: about the user, and `offline_access`. The others belong to the
 * FHIR server.
 */
export const IDENTITY_SCOPES = ['openid', 'fhirUser', 'profile', 'offline_access'];

const CONTEXT_SCOPES = ['launch', 'launch/patient', 'launch/encounter', 'online_access'];

/** The scopes in the discovery document, which is not required to list all. */
export const SCOPES_SUPPORTED = [
  ...IDENTITY_SCOPES,
  ...CONTEXT_SCOPES,
  ...['patient', 'user', 'system'].flatMap((level) => [
    `${level}/*.cruds`,
    `${level}/*.rs`,
    `${level}/*.read`,
    `${level}/*.write`,
    `${level}/*.*`,
  ]),
];

// The permissions of version 2 have this order; a scope without any permission is invalid.
const CLINICAL =
  /^(?<level>patient|user|system)\/(?<type>\*|[A-Z][A-Za-z]+)\.(?:(?<version1>read|write|\*)|(?<version2>(?=[cruds])c?r?u?d?s?)(?:\?(?<query>.+))?)$/;

/** @type {Record<string, string>} */
const VERSION_1 = { read: 'rs', write: 'cud', '*': 'cruds' };

/**
 * Reads a scope for clinical data, of version 1 (`patient/*.read`) or 2 (`patient/Observation.rs?category=…`).
 *
 * @param {string} scope
 * @returns {ClinicalScope | undefined} `undefined` for any other scope
 *
 * @typedef {object} ClinicalScope
 * @property {string} scope as requested
 * @property {'patient' | 'user' | 'system'} level
 * @property {string} type a resource type, or `*`
 * @property {string} permissions letters out of `cruds`
 * @property {[string, string][]} query search parameters that narrow it down
 */
export function clinicalScope(scope) {
  const parts = CLINICAL.exec(scope)?.groups;
  if (!parts) return undefined;
  return {
    scope,
    level: /** @type {ClinicalScope['level']} */ (parts.level),
    type: parts.type ?? '',
    permissions: parts.version2 ?? VERSION_1[parts.version1 ?? ''] ?? '',
    query: [...new URLSearchParams(parts.query ?? '')],
  };
}

/**
 * True if a scope is for clients without a user.
 *
 * @param {string} scope
 */
export const isSystemScope = (scope) => clinicalScope(scope)?.level === 'system';

/**
 * True if a user can grant a scope at all.
 *
 * @param {string} scope
 */
export function isKnownScope(scope) {
  const level = clinicalScope(scope)?.level;
  return IDENTITY_SCOPES.includes(scope) || CONTEXT_SCOPES.includes(scope) || level === 'patient' || level === 'user';
}

/**
 * The scopes of a `scope` parameter, without duplicates.
 *
 * @param {string | undefined} parameter
 */
export function scopeList(parameter) {
  return [...new Set(parameter?.split(' ').filter(Boolean))];
}
