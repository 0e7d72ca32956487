/**
 * The launch context in the token response (SMART App Launch 2.2, "Launch context arrives with your access_token").
 *
 * The context belongs to a grant: the code exchange and every refresh return it, and the FHIR API restricts requests to it.
 *
 * @typedef {object} LaunchContext the members of the token response, by their names there
 * @property {string} [patient]
 * @property {string} [encounter]
 * @property {object[]} [fhirContext]
 * @property {boolean} [need_patient_banner]
 * @property {string} [intent]
 * @property {string} [smart_style_url]
 * @property {string} [tenant]
 */

import { scopeList } from './scope.mjs';

/**
 * The context of a standalone launch: the user's choice, if the app requested it and the user agreed.
 *
 * @param {object} choice
 * @param {string[]} choice.scopes granted
 * @param {string} [choice.patient]
 * @param {(patient: string) => string | undefined} choice.encounterOf the patient's current encounter
 * @returns {LaunchContext}
 */
export function standaloneContext({ scopes, patient, encounterOf }) {
  if (!patient) return {};
  return {
    ...(scopes.includes('launch/patient') && { patient, need_patient_banner: true }),
    ...(scopes.includes('launch/encounter') && { encounter: encounterOf(patient) }),
  };
}

/**
 * True if the user has to choose a patient: the app requests `launch/patient` or `launch/encounter`.
 *
 * @param {string | undefined} scope
 */
export function asksForPatient(scope) {
  return ['launch/patient', 'launch/encounter'].some((contextScope) => scopeList(scope).includes(contextScope));
}
