/** The patient to whom a resource belongs (FHIR R4, Patient compartment). */

/**
 * The element that refers to the patient. A Practitioner and a Group belong to no patient.
 *
 * @type {Partial<Record<import('./records.mjs').ResourceType, 'subject' | 'patient' | 'securityContext'>>}
 */
export const PATIENT_ELEMENTS = {
  Encounter: 'subject',
  Condition: 'subject',
  MedicationRequest: 'subject',
  AllergyIntolerance: 'patient',
  Observation: 'subject',
  DocumentReference: 'subject',
  Binary: 'securityContext',
  CarePlan: 'subject',
  Communication: 'subject',
  DiagnosticReport: 'subject',
  Goal: 'subject',
  Immunization: 'patient',
  MedicationStatement: 'subject',
  Procedure: 'subject',
  QuestionnaireResponse: 'subject',
  ServiceRequest: 'subject',
};

const PATIENT = /^Patient\/([A-Za-z0-9.-]{1,64})$/;

/**
 * @param {import('./records.mjs').Content} resource
 * @returns {string | undefined} the patient's id; `undefined` for a resource of no patient
 */
export function patientOf(resource) {
  if (resource.resourceType === 'Patient') return resource.id;
  const element = PATIENT_ELEMENTS[resource.resourceType];
  const reference = element && resource[element]?.reference;
  return typeof reference === 'string' ? PATIENT.exec(reference)?.[1] : undefined;
}
