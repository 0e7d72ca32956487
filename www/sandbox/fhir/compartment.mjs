/** The patient to whom a resource belongs (FHIR R4, Patient compartment). */

/**
 * @param {import('./records.mjs').Content} resource
 * @returns {string | undefined} the patient's id; `undefined` for a resource of no patient, such as a Practitioner
 */
export function patientOf(resource) {
  if (resource.resourceType === 'Patient') return resource.id;
  const reference = resource.subject?.reference ?? resource.patient?.reference;
  return typeof reference === 'string' && reference.startsWith('Patient/')
    ? reference.slice('Patient/'.length)
    : undefined;
}
