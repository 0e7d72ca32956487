/** Whose record a resource belongs to (FHIR R4, Patient compartment). */

/**
 * @param {import('./records.mjs').Content} resource
 * @returns {string | undefined} the patient's id; `undefined` for what belongs to no patient, such as a Practitioner
 */
export function patientOf(resource) {
  if (resource.resourceType === 'Patient') return resource.id;
  const reference = resource.subject?.reference ?? resource.patient?.reference;
  return typeof reference === 'string' && reference.startsWith('Patient/')
    ? reference.slice('Patient/'.length)
    : undefined;
}
