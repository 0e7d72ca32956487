/** The Patient resource of a described person (FHIR R4 Patient). */

import { concept, hl7 } from './codes.mjs';

const RECORD_NUMBERS = 'https://lakeside.example/fhir/record-number';

/**
 * @param {import('../people/person.mjs').Person} person
 * @param {import('./calendar.mjs').Calendar} calendar
 *
 * @typedef {ReturnType<typeof patient>} Patient
 */
export function patient(person, calendar) {
  const { given, family } = person.name;
  const [language, languageName] = person.language;
  return {
    resourceType: /** @type {const} */ ('Patient'),
    id: person.id,
    identifier: /** @type {const} */ ([
      {
        use: 'usual',
        type: hl7('v2-0203', 'MR', 'Medical record number'),
        system: RECORD_NUMBERS,
        value: person.record,
      },
    ]),
    active: true,
    name: /** @type {const} */ ([{ use: 'official', text: `${given[0]} ${family}`, family, given }]),
    telecom: [
      { system: 'phone', value: person.phone, use: person.age < 18 ? 'home' : 'mobile' },
      ...(person.email ? [{ system: 'email', value: person.email }] : []),
    ],
    gender: person.gender,
    birthDate: calendar.born(person.age, person.birthday),
    deceasedBoolean: false,
    address: [{ use: 'home', ...person.address }],
    ...(person.married && { maritalStatus: hl7('v3-MaritalStatus', ...person.married) }),
    contact: [contact(person.contact)],
    communication: [{ language: concept('urn:ietf:bcp:47', language, languageName), preferred: true }],
    generalPractitioner: [{ reference: `Practitioner/${person.practitioner}` }],
  };
}

/** @param {import('../people/person.mjs').Person['contact']} contact */
const contact = ({ name, relation, phone }) => ({
  relationship: [hl7('v3-RoleCode', ...relation)],
  name: { text: name },
  telecom: [{ system: 'phone', value: phone, use: 'mobile' }],
});
