/** The practitioners of the sandbox, as FHIR resources. Nobody here is or was a real person. */

/**
 * @param {string} id
 * @param {string} given
 * @param {string} family
 * @param {string} qualification
 * @param {string} npi
 *
 * @typedef {ReturnType<typeof practitioner>} Practitioner
 */
const practitioner = (id, given, family, qualification, npi) => ({
  resourceType: /** @type {const} */ ('Practitioner'),
  id,
  identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: npi }],
  active: true,
  name: /** @type {const} */ ([
    { use: 'official', text: `Dr. ${given} ${family}`, family, given: [given], prefix: ['Dr.'] },
  ]),
  telecom: [{ system: 'email', value: `${id}@lakeside.example`, use: 'work' }],
  qualification: /** @type {const} */ ([{ code: { text: qualification } }]),
});

export const practitioners = [
  practitioner('amara-okafor', 'Amara', 'Okafor', 'Family medicine', '9999900014'),
  practitioner('samuel-reyes', 'Samuel', 'Reyes', 'Internal medicine', '9999900022'),
];
