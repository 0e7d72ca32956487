/** The problem list of a patient (FHIR R4 Condition). */

import { conditions, hl7 } from './codes.mjs';

export const problemId = (person, code) => `${person.id}-${code}`;

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 */
export function problems(person, calendar) {
  return person.conditions.map(({ code, since, until }) => ({
    resourceType: 'Condition',
    id: problemId(person, code),
    clinicalStatus: hl7('condition-clinical', ...(until ? ['resolved', 'Resolved'] : ['active', 'Active'])),
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
