/** The patients on the sandbox's own pages: a summary of each, and the current encounter. */

import { patientOf } from '../fhir/compartment.mjs';
import { listOf } from '../fhir/datatypes.mjs';
import { sorted } from '../fhir/parameters.mjs';

/**
 * Apps can change the records, so every call reads them again.
 *
 * @param {import('../fhir/records.mjs').Records} records
 * @returns {Roster}
 *
 * @typedef {object} Roster
 * @property {() => PatientSummary[]} patients
 * @property {(id: string | string[] | null | undefined) => PatientSummary | undefined} patient
 * @property {(id: string) => StoredResource | undefined} encounter the current one
 * @property {(id: string, type: import('../fhir/records.mjs').ResourceType) => StoredResource[]} resources of a patient, newest
 *   first
 *
 * @typedef {import('../fhir/records.mjs').StoredResource} StoredResource
 *
 * @typedef {object} PatientSummary
 * @property {string} id
 * @property {string} name
 * @property {string} familyFirst family name and first given name
 * @property {string} fullName family name and all given names
 * @property {string} facts such as sex and age
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
  const encounter = (id) => resources(id, 'Encounter')[0];

  /** @param {StoredResource} patient @returns {PatientSummary} */
  function summary({ id, name = [], gender, birthDate, identifier }) {
    const { text, family = '', given = [] } = name[0] ?? {};
    const displayName = text ?? ([...given, family].join(' ').trim() || id);
    return {
      id,
      name: displayName,
      familyFirst: family && given[0] ? `${family}, ${given[0]}` : displayName,
      fullName: family && given[0] ? `${family}, ${given.join(' ')}` : displayName,
      facts: [gender, birthDate && String(age(birthDate))].filter(Boolean).join(', '),
      birthDate: birthDate ?? 'on an unknown day',
      record: listOf(identifier)[0]?.value ?? 'none',
      reason: encounter(id)?.reasonCode?.[0]?.text ?? 'No visit today',
    };
  }

  return {
    patients: () => records.all('Patient').map(summary),
    patient(id) {
      const patient = typeof id === 'string' ? records.read('Patient', id) : undefined;
      return patient && summary(patient);
    },
    encounter,
    resources,
  };
}

/** @param {string} birthDate */
function age(birthDate) {
  const today = new Date().toISOString().slice(0, 10);
  const isBirthdayAhead = birthDate.slice(5) > today.slice(5);
  return Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (isBirthdayAhead ? 1 : 0);
}
