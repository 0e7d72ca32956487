/** The problem list of a patient (FHIR R4 Condition). */

import { conditions, hl7 } from './codes.mjs';

/** @param {import('../people/person.mjs').Person} person @param {import('./codes.mjs').ConditionName} code */
export const problemId = (person, code) => `${person.id}-${code}`;

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 *
 * @typedef {ReturnType<typeof problems>[number]} Condition
 */
export function problems(person, calendar) {
  return person.conditions.map(({ code, since, until }) => ({
    resourceType: /** @type {const} */ ('Condition'),
    id: problemId(person, code),
    clinicalStatus: until
      ? hl7('condition-clinical', 'resolved', 'Resolved')
      : hl7('condition-clinical', 'active', 'Active'),
    verificationStatus: hl7('condition-ver-status', 'confirmed', 'Confirmed'),
    category: [hl7('condition-category', 'problem-list-item', 'Problem List Item')],
    code: conditions[code],
    subject: { reference: `Patient/${person.id}` },
    onsetDateTime: calendar.dayAgo(since),
    ...(until && { abatementDateTime: calendar.dayAgo(until) }),
    recordedDate: calendar.dayAgo(Math.max(since - 2, 0)),
    recorder: { reference: `Practitioner/${person.practitioner}` },
  }));
}
