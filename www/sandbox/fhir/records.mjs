/** All resources of the sandbox with their versions, in memory. Changes are lost when the sandbox stops. */

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
  'DocumentReference',
  'Binary',
  'Group',
  // Types without sample data, which apps can write:
  'CarePlan',
  'Communication',
  'DiagnosticReport',
  'Goal',
  'Immunization',
  'MedicationStatement',
  'Procedure',
  'QuestionnaireResponse',
  'ServiceRequest',
]);

/** @param {string | undefined} name @returns {name is ResourceType} */
export const isResourceType = (name) => TYPES.some((type) => type === name);

/**
 * @param {readonly Content[]} resources
 * @returns {Records}
 *
 * @typedef {object} Records
 * @property {(type: ResourceType, id: string | undefined) => StoredResource | undefined} read the current version; `undefined`
 *   if it is deleted
 * @property {(type: ResourceType, id: string) => readonly Version[]} history oldest first; empty if the resource never existed
 * @property {(type: ResourceType) => StoredResource[]} all
 * @property {(resource: Content, id?: string) => StoredResource} create adds the resource with an id and a version
 * @property {(resource: Content, method: 'PUT' | 'PATCH') => StoredResource} update adds a version
 * @property {(type: ResourceType, id: string) => void} remove adds a version without a resource
 * @property {<T>(work: () => T) => T} attempt undoes all changes of `work` if it throws
 *
 * @typedef {(typeof TYPES)[number]} ResourceType
 *
 * @typedef {object} Version
 * @property {string} versionId
 * @property {string} lastUpdated
 * @property {'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
 * @property {boolean} isCreation whether the resource did not exist before this version, or was deleted
 * @property {StoredResource} [resource] absent if the version is the deletion
 *
 * @typedef {import('./datatypes.mjs').Meta} Meta
 * @typedef {import('./datatypes.mjs').Reference} Reference
 * @typedef {import('./datatypes.mjs').Concept} Concept
 * @typedef {import('./datatypes.mjs').Quantity} Quantity
 *
 * @typedef {Content & { meta: { versionId: string, lastUpdated: string } }} StoredResource
 *
 * @typedef {object} Content the elements of any resource that searches, scopes and pages read; `elements.mjs` checks them
 * @property {ResourceType} resourceType
 * @property {string} id
 * @property {Meta} [meta]
 * @property {import('./datatypes.mjs').OneOrMore<import('./datatypes.mjs').Identifier>} [identifier]
 * @property {readonly import('./datatypes.mjs').HumanName[]} [name]
 * @property {string} [gender]
 * @property {string} [birthDate]
 * @property {string} [status]
 * @property {string} [intent]
 * @property {Concept} [clinicalStatus]
 * @property {Concept} [verificationStatus]
 * @property {string} [lifecycleStatus] of a Goal
 * @property {import('./datatypes.mjs').OneOrMore<Concept | string>} [category] text in an AllergyIntolerance
 * @property {import('./datatypes.mjs').OneOrMore<Concept | string>} [type] text in a Group
 * @property {Concept} [code]
 * @property {Concept} [medicationCodeableConcept]
 * @property {Reference} [subject]
 * @property {Reference} [patient]
 * @property {Reference} [securityContext]
 * @property {Reference} [encounter]
 * @property {Reference} [requester]
 * @property {readonly Reference[]} [performer]
 * @property {import('./datatypes.mjs').OneOrMore<Reference>} [author]
 * @property {readonly Reference[]} [generalPractitioner]
 * @property {readonly { individual?: Reference }[]} [participant]
 * @property {readonly { entity?: Reference }[]} [member]
 * @property {import('./datatypes.mjs').Period} [period]
 * @property {string} [date]
 * @property {string} [onsetDateTime]
 * @property {string} [abatementDateTime]
 * @property {string} [recordedDate]
 * @property {string} [authoredOn]
 * @property {string} [effectiveDateTime]
 * @property {string} [issued]
 * @property {string} [authored]
 * @property {string} [sent]
 * @property {string} [startDate]
 * @property {string} [occurrenceDateTime]
 * @property {string} [performedDateTime]
 * @property {string} [questionnaire]
 * @property {readonly Concept[]} [reasonCode]
 * @property {readonly Reference[]} [reasonReference]
 * @property {Concept | string} [statusReason] text in a Goal
 * @property {readonly { text?: string }[]} [dosageInstruction]
 * @property {string} [criticality]
 * @property {readonly { manifestation?: readonly Concept[], severity?: string }[]} [reaction]
 * @property {Quantity} [valueQuantity]
 * @property {readonly { valueQuantity?: Quantity }[]} [component]
 * @property {readonly Concept[]} [interpretation]
 * @property {string} [contentType]
 * @property {string} [data]
 */
export function createRecords(resources) {
  const byType = new Map(TYPES.map((type) => [type, /** @type {Map<string, readonly Version[]>} */ (new Map())]));
  /** @type {(() => void)[]} */
  let undo = [];

  /** @param {ResourceType} type */
  const versionsOf = (type) => /** @type {Map<string, readonly Version[]>} */ (byType.get(type));
  /** @param {ResourceType} type @param {string} id */
  const history = (type, id) => versionsOf(type).get(id) ?? [];

  /** @param {ResourceType} type @param {string} id @param {Version} version */
  function append(type, id, version) {
    const versions = history(type, id);
    versionsOf(type).set(id, [...versions, version]);
    undo.push(() => (versions.length > 0 ? versionsOf(type).set(id, versions) : versionsOf(type).delete(id)));
  }

  /** @param {Content} resource @param {string} id @param {'POST' | 'PUT' | 'PATCH'} method @param {string} [lastUpdated] */
  function add({ resourceType, id: _, meta, ...content }, id, method, lastUpdated = new Date().toISOString()) {
    const versions = history(resourceType, id);
    const versionId = String(versions.length + 1);
    const resource = { resourceType, id, meta: { ...meta, versionId, lastUpdated }, ...content };
    append(resourceType, id, { versionId, lastUpdated, method, isCreation: !versions.at(-1)?.resource, resource });
    return resource;
  }

  const started = new Date().toISOString();
  for (const resource of resources) add(resource, resource.id, 'POST', started);

  return {
    read: (type, id) => (id === undefined ? undefined : history(type, id).at(-1)?.resource),
    history,
    all: (type) => [...versionsOf(type).values()].flatMap((versions) => versions.at(-1)?.resource ?? []),
    create: (resource, id = randomUUID()) => add(resource, id, 'POST'),
    update: (resource, method) => add(resource, resource.id, method),
    remove(type, id) {
      const versionId = String(history(type, id).length + 1);
      append(type, id, { versionId, lastUpdated: new Date().toISOString(), method: 'DELETE', isCreation: false });
    },
    attempt(work) {
      undo = [];
      try {
        return work();
      } catch (error) {
        for (const step of undo.toReversed()) step();
        throw error;
      }
    },
  };
}
