/** The patients for the sandbox's own pages: a summary of each, and their current encounter. */

import { patientOf } from '../fhir/compartment.mjs';
import { sorted } from '../fhir/search.mjs';

/**
 * @param {import('../fhir/records.mjs').Records} records
 * @returns {Roster}
 *
 * @typedef {object} Roster
 * @property {PatientSummary[]} patients
 * @property {(id: string | string[] | null | undefined) => PatientSummary | undefined} patient
 * @property {(id: string) => import('../chart/encounters.mjs').Encounter} encounter the current one
 * @property {<T extends ResourceType>(id: string, type: T) => import('../fhir/records.mjs').ResourceOf<T>[]} resources
 *   of a patient, newest first
 *
 * @typedef {import('../fhir/records.mjs').ResourceType} ResourceType
 *
 * @typedef {object} PatientSummary
 * @property {string} id
 * @property {string} name
 * @property {string} familyFirst
 * @property {string} fullName
 * @property {string} sex
 * @property {number} age
 * @property {string} birthDate
 * @property {string} record medical record number
 * @property {string} reason of today's visit
 */
export function createRoster(records) {
  /** @type {Roster['resources']} */
  const resources = (id, type) =>
    sorted(
      records.all(type).filter((resource) => patientOf(resource) === id),
      '-date',
    );
  /** @param {string} id */
  const encounter = (id) => {
    const [current] = resources(id, 'Encounter');
    if (!current) throw new Error(`There is no visit of ${id}.`);
    return current;
  };

  const patients = records.all('Patient').map((patient) => ({
    id: patient.id,
    name: patient.name[0].text,
    familyFirst: `${patient.name[0].family}, ${patient.name[0].given[0]}`,
    fullName: `${patient.name[0].family}, ${patient.name[0].given.join(' ')}`,
    sex: patient.gender,
    age: age(patient.birthDate),
    birthDate: patient.birthDate,
    record: patient.identifier[0].value,
    reason: encounter(patient.id).reasonCode[0].text,
  }));

  return {
    patients,
    patient: (id) => patients.find((patient) => patient.id === id),
    encounter,
    resources,
  };
}

/** @param {string} birthDate */
function age(birthDate) {
  const today = new Date().toISOString().slice(0, 10);
  const birthdayToCome = birthDate.slice(5) > today.slice(5);
  return Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (birthdayToCome ? 1 : 0);
}
