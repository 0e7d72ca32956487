/** A patient's allergies, or the statement that there are none (FHIR R4 AllergyIntolerance). */

import { hl7, reactions, substances } from './codes.mjs';

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 *
 * @typedef {ReturnType<typeof allergies>[number]} AllergyIntolerance
 */
export function allergies(person, calendar) {
  return person.allergies.map(({ code, since = 30, criticality, reaction, severity }) => {
    /** @type {{ category?: string, code: import('./codes.mjs').Concept }} */
    const substance = substances[code];
    return {
      resourceType: /** @type {const} */ ('AllergyIntolerance'),
      id: `${person.id}-allergy-${code}`,
      clinicalStatus: hl7('allergyintolerance-clinical', 'active', 'Active'),
      verificationStatus: hl7('allergyintolerance-verification', 'confirmed', 'Confirmed'),
      ...(substance.category && { type: 'allergy', category: [substance.category] }),
      ...(criticality && { criticality }),
      code: substance.code,
      patient: { reference: `Patient/${person.id}` },
      recordedDate: calendar.dayAgo(since),
      recorder: { reference: `Practitioner/${person.practitioner}` },
      ...(reaction && { reaction: /** @type {const} */ ([{ manifestation: [reactions[reaction]], severity }]) }),
    };
  });
}
