/** A patient's current and past medications (FHIR R4 MedicationRequest). */

import { concept, conditions, medications } from './codes.mjs';
import { problemId } from './problems.mjs';

const ROUTES = {
  oral: concept('http://snomed.info/sct', '26643006', 'Oral route', 'By mouth'),
  inhalation: concept('http://snomed.info/sct', '447694001', 'Respiratory tract route', 'Inhaled'),
};

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 *
 * @typedef {ReturnType<typeof prescriptions>[number]} MedicationRequest
 */
export function prescriptions(person, calendar) {
  return person.medications.map((medication) => ({
    resourceType: /** @type {const} */ ('MedicationRequest'),
    id: `${person.id}-${medication.code}`,
    ...status(medication),
    intent: 'order',
    medicationCodeableConcept: medications[medication.code],
    subject: { reference: `Patient/${person.id}` },
    authoredOn: calendar.dayAgo(medication.since),
    requester: { reference: `Practitioner/${person.practitioner}` },
    reasonReference: [
      {
        reference: `Condition/${problemId(person, medication.treats)}`,
        display: conditions[medication.treats].text,
      },
    ],
    dosageInstruction: /** @type {const} */ ([dosage(medication)]),
  }));
}

/** @param {import('../people/person.mjs').Medication} medication */
function status({ until, stopped }) {
  if (stopped) return { status: 'stopped', statusReason: { text: stopped } };
  return { status: until ? 'completed' : 'active' };
}

/** @param {import('../people/person.mjs').Medication} medication */
function dosage({ dosage: text, timesADay, amount = 1, asNeeded = false, route = 'oral' }) {
  const unit = route === 'inhalation' ? 'puff' : 'tablet';
  return {
    text,
    ...(timesADay && { timing: { repeat: repeat(timesADay) } }),
    asNeededBoolean: asNeeded,
    route: ROUTES[route],
    doseAndRate: [{ doseQuantity: { value: amount, unit } }],
  };
}

/**
 * FHIR requires whole frequencies, so half a time a day becomes once in two days.
 *
 * @param {number} timesADay
 */
function repeat(timesADay) {
  return timesADay >= 1
    ? { frequency: timesADay, period: 1, periodUnit: 'd' }
    : { frequency: 1, period: Math.round(1 / timesADay), periodUnit: 'd' };
}
