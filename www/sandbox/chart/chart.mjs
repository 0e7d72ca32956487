/** Everything that is on file about one patient, as FHIR R4 resources. */

import { allergies } from './allergies.mjs';
import { visits } from './encounters.mjs';
import { noise } from './random.mjs';
import { labs, vitals } from './observations.mjs';
import { patient } from './patient.mjs';
import { prescriptions } from './prescriptions.mjs';
import { problems } from './problems.mjs';

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 * @returns {import('../fhir/records.mjs').Resource[]}
 */
export function chart(person, calendar) {
  // A source of noise for each part: a change in one leaves the numbers of the others alone.
  const encounters = visits(person, calendar, noise(`${person.id} visits`));
  return [
    patient(person, calendar),
    ...encounters.map(({ resource }) => resource),
    ...problems(person, calendar),
    ...prescriptions(person, calendar),
    ...allergies(person, calendar),
    ...vitals(person, encounters, noise(`${person.id} vitals`)),
    ...labs(person, calendar, noise(`${person.id} labs`)),
  ];
}
