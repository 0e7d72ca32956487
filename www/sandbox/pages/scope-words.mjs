/** Scopes in words that a user understands, for the consent page. */

import { clinicalScope } from '../oauth/scope.mjs';

/** @type {[RegExp, string][]} */
const VERBS = [
  [/[rs]/, 'see'],
  [/c/, 'add'],
  [/u/, 'change'],
  [/d/, 'delete'],
];

/** @type {Record<string, string>} */
const RECORDS = {
  '*': 'everything in the health record',
  Patient: 'name, birth date and contact details',
  Practitioner: 'the clinicians of this organization',
  Encounter: 'visits',
  Condition: 'problems and diagnoses',
  MedicationRequest: 'prescriptions',
  AllergyIntolerance: 'allergies',
  Observation: 'measurements and test results',
  DocumentReference: 'documents',
  Binary: 'files',
};

/** @type {Record<string, [group: ScopeInWords['group'], title: string, note?: string]>} */
const OTHER_SCOPES = {
  openid: ['identity', 'Know that it is you', 'Your sign-in, confirmed by this server'],
  fhirUser: ['identity', 'See your own profile', 'The record that describes you as a user'],
  profile: ['identity', 'See your name', undefined],
  launch: ['context', 'Know what you have open in the EHR', undefined],
  'launch/patient': ['context', 'Know which patient you chose', undefined],
  'launch/encounter': ['context', 'Know the patient’s current visit', undefined],
  offline_access: ['time', 'Keep access while you are away', 'Until you or the app end it'],
  online_access: ['time', 'Keep access while you are signed in', 'It ends when you sign out'],
};

const list = new Intl.ListFormat('en', { type: 'conjunction' });

/**
 * @param {string} scope
 * @param {object} context
 * @param {import('../people/users.mjs').User} context.user
 * @param {string} [context.patientName] of the patient in context
 * @returns {ScopeInWords}
 *
 * @typedef {object} ScopeInWords
 * @property {string} scope
 * @property {'identity' | 'context' | 'records' | 'time'} group
 * @property {string} title
 * @property {string} [note]
 */
export function scopeInWords(scope, { user, patientName }) {
  const clinical = clinicalScope(scope);
  if (!clinical) {
    const words = OTHER_SCOPES[scope];
    if (!words) throw new Error(`There is no description of the scope ${scope}.`);
    const [group, title, note] = words;
    return { scope, group, title, note: group === 'context' ? patientName : note };
  }

  const verbs = VERBS.filter(([letter]) => letter.test(clinical.permissions)).map(([, verb]) => verb);
  const records = RECORDS[clinical.type] ?? spaced(clinical.type);
  const limits = clinical.query.map(([name, value]) => `${name} ${value.split('|').at(-1)}`);
  return {
    scope,
    group: 'records',
    title: capitalized(`${list.format(verbs)} ${records}`),
    note: [whoseRecords(clinical, user, patientName), ...limits.map((limit) => `only ${limit}`)].filter(Boolean).join(', '),
  };
}

/**
 * @param {import('../oauth/scope.mjs').ClinicalScope} scope
 * @param {import('../people/users.mjs').User} user
 * @param {string | undefined} patientName
 */
function whoseRecords({ level, type }, user, patientName) {
  if (type === 'Practitioner') return undefined;
  if (user.role === 'patient') return 'Your own record';
  if (level === 'user') return 'All patients you can see';
  return patientName ?? 'The patient in context';
}

/** @param {string} type */
const spaced = (type) => type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
/** @param {string} words */
const capitalized = (words) => words.charAt(0).toUpperCase() + words.slice(1);
