/** All data of one patient, as FHIR R4 resources. */

import { allergies } from './allergies.mjs';
import { documents } from './documents.mjs';
import { visits } from './encounters.mjs';
import { noise } from './random.mjs';
import { labs, vitals } from './observations.mjs';
import { patient } from './patient.mjs';
import { prescriptions } from './prescriptions.mjs';
import { problems } from './problems.mjs';

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 * @returns {import('../fhir/records.mjs').Content[]}
 */
export function chart(person, calendar) {
  // Each part has its own source of noise, so that a change in one part does not change the numbers of the others.
  const encounters = visits(person, calendar, noise(`${person.id} visits`));
  return [
    patient(person, calendar),
    ...encounters.map(({ resource }) => resource),
    ...problems(person, calendar),
    ...prescriptions(person, calendar),
    ...allergies(person, calendar),
    ...vitals(person, encounters, noise(`${person.id} vitals`)),
    ...labs(person, calendar, noise(`${person.id} labs`)),
    ...documents(person, encounters),
  ];
}
