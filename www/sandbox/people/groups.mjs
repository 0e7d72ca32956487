/** The groups of the sandbox, as FHIR resources: the patients of each practitioner. */

import { patients } from './patients.mjs';
import { practitioners } from './practitioners.mjs';

/** @typedef {(typeof groups)[number]} Group */
export const groups = practitioners.map(({ id, name: [{ text }] }) => ({
  resourceType: /** @type {const} */ ('Group'),
  id: `patients-of-${id}`,
  type: 'person',
  actual: true,
  code: { text: `Patients of ${text}` },
  member: patients
    .filter(({ practitioner }) => practitioner === id)
    .map((patient) => ({ entity: { reference: `Patient/${patient.id}` } })),
}));
