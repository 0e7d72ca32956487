/** Describes the permissions of a SMART scope (SMART App Launch 2.2, "Scopes and Launch Context"). */
export function scopeMeaning(scope: string): string {
  const meaning = MEANINGS[scope];
  if (meaning !== undefined) return meaning;
  const [, level, type, permissions, filter] = /^(patient|user|system)\/([^.]+)\.([a-z*]+)(\?.*)?$/.exec(scope) ?? [];
  if (level === undefined || type === undefined || permissions === undefined) return 'Defined by the server';
  const resources = TYPES[type] ?? type;
  const records =
    level === 'patient' ? `this patient’s ${resources}` : level === 'user' ? `the ${resources} you may see` : `all ${resources}`;
  return `${verbs(permissions)} ${records}${filter === undefined ? '' : ', in part'}`;
}

/** Version 1 uses `read`, `write` and `*`; version 2 has one letter for each interaction. */
function verbs(permissions: string): string {
  if (permissions === '*' || permissions === 'cruds') return 'Read and change';
  if (permissions === 'read') return 'Read and search';
  if (permissions === 'write') return 'Change';
  const words = [...permissions].map((letter) => LETTERS[letter]).filter((word) => word !== undefined);
  const list = words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
  return list.charAt(0).toUpperCase() + list.slice(1);
}

const TYPES: Readonly<Record<string, string>> = {
  '*': 'whole record',
  Patient: 'name and details',
  Observation: 'measurements and findings',
  Condition: 'conditions',
  MedicationRequest: 'prescriptions',
  AllergyIntolerance: 'allergies',
  Encounter: 'visits',
};

const LETTERS: Readonly<Record<string, string>> = { c: 'create', r: 'read', u: 'update', d: 'delete', s: 'search' };

const MEANINGS: Readonly<Record<string, string>> = {
  openid: 'Sign in with an ID token',
  fhirUser: 'Know the user’s FHIR resource',
  profile: 'Know the user’s FHIR resource',
  launch: 'Use the EHR’s context',
  'launch/patient': 'Have a patient chosen at sign-in',
  'launch/encounter': 'Have an encounter chosen at sign-in',
  offline_access: 'Keep access when you are signed out of the server',
  online_access: 'Keep access while you are signed in at the server',
};
