/**
 * The permissions of an access token: its scopes, its user, and the patient in its launch context (SMART App Launch
 * 2.2, "Scopes for requesting FHIR Resources").
 */

import { clinicalScope, scopeList } from '../oauth/scope.mjs';
import { userById } from '../people/users.mjs';
import { patientOf } from './compartment.mjs';
import { insufficientScope, invalidToken, Outcome } from './outcome.mjs';
import { matches, parameterOf, splitModifier } from './parameters.mjs';

/** Letters of a version 2 scope, by the interaction they permit. */
const PERMISSION = { create: 'c', read: 'r', update: 'u', delete: 'd', search: 's' };

/**
 * The resources of one type that an access token can access.
 *
 * @param {Access} access
 * @param {keyof typeof PERMISSION} interaction
 * @param {import('./records.mjs').ResourceType} type
 * @returns {AccessibleResources}
 * @throws {import('./outcome.mjs').Outcome} 403 when no granted scope covers the interaction; 401 if `accountId` is
 *   not the id of a user, except for a client without a user
 *
 * @typedef {object} Access
 * @property {string} scope granted
 * @property {string} accountId of the user; empty for a client without one
 * @property {boolean} [isSystem] whether it is a client without a user
 * @property {string} [clientId] of a client without a user
 * @property {string} [patient] in the launch context
 *
 * @typedef {object} AccessibleResources
 * @property {(resource: import('./records.mjs').Content) => boolean} includes
 * @property {(patient: string) => boolean} includesPatient whether resources of that patient may be accessed
 * @property {(resource: import('./records.mjs').Content, name: string) => void} require throws an Outcome, 403, unless the
 *   resource is included
 * @property {(patient: string, name: string) => void} requirePatient throws an Outcome, 403, unless the patient is included
 * @property {string} [patient] the only patient whose resources may be accessed; absent if the resources of several
 *   patients may be accessed
 */
export function accessibleResources(access, interaction, type) {
  const user = access.isSystem ? undefined : userById(access.accountId);
  if (!user && !access.isSystem) throw invalidToken('The access token belongs to no user of this server.');
  const matching = scopeList(access.scope)
    .map(clinicalScope)
    .filter((scope) => scope !== undefined)
    .filter((scope) => [type, '*'].includes(scope.type) && scope.permissions.includes(PERMISSION[interaction]));

  const grants = matching
    // Without this filter, a scope whose query the server does not support would cover more than the user granted.
    .filter(({ query }) => query.every(([name]) => parameterOf(type, splitModifier(name)[0])))
    // A `patient/` scope without a patient in context covers nothing.
    .filter(({ level }) => level === (access.isSystem ? 'system' : 'user') || (level === 'patient' && access.patient))
    // A patient who signs in can only access their own record, with any level of scope.
    .map(({ level, query }) => ({ query, patient: level === 'patient' ? access.patient : ownRecord(user) }));

  // `fhirUser` lets the app read the resource that the claim of that name points to.
  const isProfile = interaction === 'read' && scopeList(access.scope).includes('fhirUser');
  const profile = isProfile ? user?.reference : undefined;

  const [requiredScope = '', ...widerScopes] = sufficientScopes(access, interaction, type);
  if (grants.length === 0 && !profile?.startsWith(`${type}/`)) {
    throw insufficientScope(refusal(matching[0], access, interaction, type), requiredScope);
  }

  const isReading = interaction === 'read' || interaction === 'search';
  const [onlyPatient, ...otherPatients] = new Set(grants.map(({ patient }) => patient));
  /** @type {AccessibleResources['includes']} */
  const includes = (resource) =>
    profile === `${resource.resourceType}/${resource.id}` ||
    grants.some(({ patient, query }) => isAccessible(resource, patient, isReading) && matches(resource, query));
  /** @type {AccessibleResources['includesPatient']} */
  const includesPatient = (id) => grants.some(({ patient }) => patient === undefined || patient === id);
  /** @param {string} name @param {(accessible: AccessibleResources) => boolean} isEnough */
  const notAccessible = (name, isEnough) =>
    insufficientScope(
      `${name} is not accessible with this token.`,
      [requiredScope, ...widerScopes].find((scope) => isEnough(accessibleResources({ ...access, scope }, interaction, type))),
    );
  return {
    includes,
    includesPatient,
    require(resource, name) {
      if (!includes(resource)) throw notAccessible(name, (accessible) => accessible.includes(resource));
    },
    requirePatient(id, name) {
      if (!includesPatient(id)) throw notAccessible(name, (accessible) => accessible.includesPatient(id));
    },
    ...(otherPatients.length === 0 && onlyPatient !== undefined && { patient: onlyPatient }),
  };
}

/**
 * The scopes that permit an interaction with this token's user and patient, the narrowest first.
 *
 * @param {Access} access
 * @param {keyof typeof PERMISSION} interaction
 * @param {string} type
 */
function sufficientScopes({ isSystem, patient }, interaction, type) {
  const levels = isSystem ? ['system'] : patient ? ['patient', 'user'] : ['user'];
  return levels.map((level) => `${level}/${type}.${PERMISSION[interaction]}`);
}

/** @param {import('../people/users.mjs').User | undefined} user */
const ownRecord = (user) => (user?.role === 'patient' ? user.id : undefined);

/**
 * A token for one patient accesses resources of that patient only. It can also read every Practitioner, but no Group,
 * because Groups name other patients, and no Binary without a patient.
 *
 * @param {import('./records.mjs').Content} resource
 * @param {string | undefined} patient
 * @param {boolean} isReading
 */
function isAccessible(resource, patient, isReading) {
  if (patient === undefined || patientOf(resource) === patient) return true;
  return isReading && resource.resourceType === 'Practitioner';
}

/**
 * The result of {@link accessibleResources}, or `undefined` if it throws an Outcome.
 *
 * @param {Parameters<typeof accessibleResources>} request
 */
export function accessibleIfAny(...request) {
  try {
    return accessibleResources(...request);
  } catch (error) {
    if (error instanceof Outcome) return undefined;
    throw error;
  }
}

/**
 * @param {import('../oauth/scope.mjs').ClinicalScope | undefined} scope
 * @param {Access} access
 * @param {string} interaction
 * @param {string} type
 */
function refusal(scope, access, interaction, type) {
  if (!scope) return `The granted scopes do not let the app ${interaction} ${type}.`;
  return scope.level === 'patient' && !access.patient
    ? `'${scope.scope}' needs a patient in context: ask for 'launch/patient', or launch from the EHR.`
    : `'${scope.scope}' has a search parameter that the server does not support for ${type}.`;
}
