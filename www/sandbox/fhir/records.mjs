/** All resources of the sandbox, in memory. Created resources are lost when it stops. */

import { randomUUID } from 'node:crypto';

/** The resource types that the server knows. */
export const TYPES = /** @type {const} */ ([
  'Patient',
  'Practitioner',
  'Encounter',
  'Condition',
  'MedicationRequest',
  'AllergyIntolerance',
  'Observation',
  'Group',
]);

/** @param {string | undefined} name @returns {name is ResourceType} */
export const isResourceType = (name) => TYPES.some((type) => type === name);

/**
 * @template {ResourceType} T
 * @typedef {Extract<Resource, { resourceType: T }>} ResourceOf
 */

/**
 * @param {readonly Resource[]} resources
 * @returns {Records}
 *
 * @typedef {object} Records
 * @property {(type: ResourceType, id: string | undefined) => Kept | undefined} read
 * @property {<T extends ResourceType>(type: T) => ResourceOf<T>[]} all
 * @property {(resource: Resource) => Kept} create gives the resource an id and a version, and keeps it
 *
 * @typedef {(typeof TYPES)[number]} ResourceType
 *
 * @typedef {import('../chart/patient.mjs').Patient | import('../people/practitioners.mjs').Practitioner
 *   | import('../chart/encounters.mjs').Encounter | import('../chart/problems.mjs').Condition
 *   | import('../chart/prescriptions.mjs').MedicationRequest | import('../chart/allergies.mjs').AllergyIntolerance
 *   | import('./observation.mjs').Observation | import('../people/groups.mjs').Group} Resource
 *
 * @typedef {import('./datatypes.mjs').Meta} Meta
 * @typedef {import('./datatypes.mjs').Reference} Reference
 * @typedef {import('./datatypes.mjs').Concept} Concept
 * @typedef {import('./datatypes.mjs').HumanName} HumanName
 *
 * @typedef {Content & { meta: { versionId: string, lastUpdated: string } }} Kept
 *
 * @typedef {object} Content the members of any resource that searches and scopes read
 * @property {ResourceType} resourceType
 * @property {string} id
 * @property {Meta} [meta]
 * @property {readonly { system: string, value: string }[]} [identifier]
 * @property {readonly HumanName[]} [name]
 * @property {string} [gender]
 * @property {string} [birthDate]
 * @property {string} [status]
 * @property {string} [intent]
 * @property {Concept} [clinicalStatus]
 * @property {readonly (Concept | string)[]} [category] text in an AllergyIntolerance
 * @property {Concept} [code]
 * @property {Concept} [medicationCodeableConcept]
 * @property {Reference} [subject]
 * @property {Reference} [patient]
 * @property {Reference} [encounter]
 * @property {{ start?: string }} [period]
 * @property {string} [onsetDateTime]
 * @property {string} [recordedDate]
 * @property {string} [authoredOn]
 * @property {string} [effectiveDateTime]
 * @property {string} [issued]
 */
export function createRecords(resources) {
  const byType = new Map(TYPES.map((type) => [type, /** @type {Map<string, Kept>} */ (new Map())]));
  const started = new Date().toISOString();
  for (const resource of resources) keep(resource, resource.id, started);

  /** @param {Content} resource @param {string} id @param {string} lastUpdated */
  function keep({ resourceType, id: _, meta, ...content }, id, lastUpdated) {
    const kept = { resourceType, id, meta: { ...meta, versionId: '1', lastUpdated }, ...content };
    byType.get(resourceType)?.set(id, kept);
    return kept;
  }

  /** @type {Records['all']} */
  const all = (type) => {
    // Everything in this map has this type.
    const kept = /** @type {unknown[]} */ ([...(byType.get(type)?.values() ?? [])]);
    return /** @type {ResourceOf<typeof type>[]} */ (kept);
  };

  return {
    read: (type, id) => (id === undefined ? undefined : byType.get(type)?.get(id)),
    all,
    create: (resource) => keep(resource, randomUUID(), new Date().toISOString()),
  };
}
