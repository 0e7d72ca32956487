/**
 * The users who can sign in: every practitioner, and two patients who access their own record.
 *
 * @typedef {object} User
 * @property {string} id also the `sub` of the ID token
 * @property {string} name
 * @property {string} given
 * @property {string} family
 * @property {'practitioner' | 'patient'} role
 * @property {string} description one line for the sign-in page
 * @property {string} reference the user's own resource, which `fhirUser` points to
 */

import { patients } from './patients.mjs';
import { practitioners } from './practitioners.mjs';

const PATIENT_USERS = ['maria-alvarez', 'zoe-nguyen-mueller'];

/** @type {User[]} */
export const users = [
  ...practitioners.map(({ id, name: [name], qualification }) => ({
    id,
    name: name.text,
    given: name.given[0],
    family: name.family,
    role: /** @type {const} */ ('practitioner'),
    description: qualification[0].code.text,
    reference: `Practitioner/${id}`,
  })),
  ...patients
    .filter(({ id }) => PATIENT_USERS.includes(id))
    .map(({ id, name }) => ({
      id,
      name: `${name.given[0]} ${name.family}`,
      given: name.given[0],
      family: name.family,
      role: /** @type {const} */ ('patient'),
      description: 'Patient, sees her own record',
      reference: `Patient/${id}`,
    })),
];

/** @param {string | null | undefined} id */
export const userById = (id) => users.find((user) => user.id === id);
