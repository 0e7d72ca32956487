/** All resources of the sandbox, in memory. What is created is lost when it stops. */

import { randomUUID } from 'node:crypto';

/** The resource types that the server knows. */
export const TYPES = [
  'Patient',
  'Practitioner',
  'Encounter',
  'Condition',
  'MedicationRequest',
  'AllergyIntolerance',
  'Observation',
];

/**
 * @param {object[]} resources
 * @returns {Records}
 *
 * @typedef {object} Records
 * @property {(type: string, id: string) => object | undefined} read
 * @property {(type: string) => object[]} all
 * @property {(resource: object) => object} create gives the resource an id and a version, and keeps it
 */
export function createRecords(resources) {
  const byType = new Map(TYPES.map((type) => [type, new Map()]));
  const started = new Date().toISOString();
  for (const resource of resources) keep(resource, resource.id, started);

  /** @param {Record<string, any>} resource @param {string} id @param {string} lastUpdated */
  function keep({ resourceType, id: _, meta, ...content }, id, lastUpdated) {
    const kept = { resourceType, id, meta: { ...meta, versionId: '1', lastUpdated }, ...content };
    byType.get(resourceType).set(id, kept);
    return kept;
  }

  return {
    read: (type, id) => byType.get(type)?.get(id),
    all: (type) => [...(byType.get(type)?.values() ?? [])],
    create: (resource) => keep(resource, randomUUID(), new Date().toISOString()),
  };
}
