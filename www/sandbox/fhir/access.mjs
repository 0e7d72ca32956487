/**
 * The permissions of an access token: its scopes, its user, and the patient in its launch context (SMART App Launch
 * 2.2, "Scopes for requesting FHIR Resources").
 */

import { clinicalScope, scopeList } from '../oauth/scope.mjs';
import { userById } from '../people/users.mjs';
import { patientOf } from './compartment.mjs';
import { insufficientScope, invalidToken } from './outcome.mjs';
import { matches } from './search.mjs';

/** Letters of a version 2 scope, by the interaction they permit. */
const PERMISSION = { create: 'c', read: 'r', search: 's' };

/**
 * The resources of one type that an access token can access.
 *
 * @param {Access} access
 * @param {'create' | 'read' | 'search'} interaction
 * @param {import('./records.mjs').ResourceType} type
 * @returns {Reach}
 * @throws {import('./outcome.mjs').Outcome} 403 when no granted scope covers the interaction; 401 without a user
 *
 * @typedef {object} Access
 * @property {string} scope granted
 * @property {string} accountId of the user; empty for a client without one
 * @property {boolean} [isSystem] whether it is a client without a user
 * @property {string} [clientId] of a client without a user
 * @property {string} [patient] in the launch context
 *
 * @typedef {object} Reach
 * @property {(resource: import('./records.mjs').Content) => boolean} includes
 * @property {(patient: string) => boolean} sees whether resources of that patient may be accessed
 */
export function reach(access, interaction, type) {
  const user = access.isSystem ? undefined : userById(access.accountId);
  if (!user && !access.isSystem) throw invalidToken('The access token belongs to no user of this server.');
  const asked = scopeList(access.scope)
    .map(clinicalScope)
    .filter((scope) => scope !== undefined)
    .filter((scope) => [type, '*'].includes(scope.type) && scope.permissions.includes(PERMISSION[interaction]));

  const views = asked
    // A `patient/` scope without a patient in context covers nothing.
    .filter(({ level }) => level === (access.isSystem ? 'system' : 'user') || (level === 'patient' && access.patient))
    // A patient who signs in can only access their own record, with any level of scope.
    .map(({ level, query }) => ({ query, patient: level === 'patient' ? access.patient : ownRecord(user) }));

  // `fhirUser` lets the app read the resource that the claim of that name points to.
  const isProfile = interaction === 'read' && scopeList(access.scope).includes('fhirUser');
  const profile = isProfile ? user?.reference : undefined;

  if (views.length === 0 && !profile?.startsWith(`${type}/`)) {
    throw insufficientScope(
      refusal(asked[0], interaction, type),
      `${access.patient ? 'patient' : 'user'}/${type}.${PERMISSION[interaction]}`,
    );
  }

  return {
    includes: (resource) =>
      profile === `${resource.resourceType}/${resource.id}` ||
      views.some(({ patient, query }) => belongs(resource, patient) && matches(resource, query)),
    sees: (id) => views.some(({ patient }) => patient === undefined || patient === id),
  };
}

/** @param {import('../people/users.mjs').User | undefined} user */
const ownRecord = (user) => (user?.role === 'patient' ? user.id : undefined);

/**
 * Resources of no patient, such as a Practitioner, are readable by everyone who may read the type, except the groups,
 * which name other patients.
 *
 * @param {import('./records.mjs').Content} resource
 * @param {string | undefined} patient
 */
function belongs(resource, patient) {
  const owner = patientOf(resource);
  if (resource.resourceType === 'Group') return patient === undefined;
  return patient === undefined || owner === undefined || owner === patient;
}

/**
 * @param {import('../oauth/scope.mjs').ClinicalScope | undefined} scope
 * @param {string} interaction
 * @param {string} type
 */
function refusal(scope, interaction, type) {
  return scope
    ? `'${scope.scope}' needs a patient in context: ask for 'launch/patient', or launch from the EHR.`
    : `The granted scopes do not let the app ${interaction} ${type}.`;
}
