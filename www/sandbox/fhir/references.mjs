/**
 * References between resources (FHIR R4 "References"): `Type/id`, or the absolute URL of a resource of this server.
 *
 * @typedef {import('./records.mjs').StoredResource} StoredResource
 */

import { patientOf } from './compartment.mjs';
import { Outcome } from './outcome.mjs';
import { isResourceType, TYPES } from './records.mjs';

/**
 * @param {object} options
 * @param {string} options.fhirBaseUrl
 * @param {import('./records.mjs').Records} options.records
 *
 * @typedef {ReturnType<typeof createReferences>} References
 */
export function createReferences({ fhirBaseUrl, records }) {
  /** @param {string} reference */
  function localTarget(reference) {
    const [type, id, history, ...rest] = relativeReference(reference).split('/');
    const isLocal = isResourceType(type) && id !== undefined && (history === undefined || history === '_history');
    return isLocal && rest.length < 2 ? { type, id } : undefined;
  }

  /** @param {string} reference */
  const relativeReference = (reference) =>
    reference.startsWith(`${fhirBaseUrl}/`) ? reference.slice(fhirBaseUrl.length + 1) : reference;

  /** @param {string} reference @returns {StoredResource | undefined} */
  function resolve(reference) {
    const target = localTarget(reference);
    return target && records.read(target.type, target.id);
  }

  return {
    resolve,

    /**
     * A copy in which the URLs of resources of this server are `Type/id`, so that scopes and searches recognize them.
     *
     * @template {object} Resource
     * @param {Resource} resource
     */
    withRelative: (resource) => withReferences(resource, relativeReference),

    /**
     * Refuses references to resources that do not exist, and to those of a patient to whose
     * resources the token gives no access.
     *
     * @param {StoredResource} resource
     * @param {import('./access.mjs').AccessibleResources} accessible
     */
    check(resource, accessible) {
      for (const reference of referencesIn(resource)) {
        if (!localTarget(reference) && !reference.startsWith('urn:uuid:')) continue;
        const target = resolve(reference);
        const message = `'${reference}' does not exist, and the ${resource.resourceType} refers to it.`;
        if (!target) throw new Outcome(422, 'not-found', message);
        const owner = patientOf(target);
        if (owner !== undefined) accessible.requirePatient(owner, `'${reference}'`);
      }
    },

    /**
     * Refuses a deletion as long as another resource refers to the one that is deleted.
     *
     * @param {StoredResource} removed
     */
    checkRemoval({ resourceType, id }) {
      /** @param {string} reference */
      const isRemoved = (reference) => {
        const target = localTarget(reference);
        return target?.type === resourceType && target.id === id;
      };
      const referrer = TYPES.flatMap(records.all).find((resource) => referencesIn(resource).some(isRemoved));
      if (!referrer) return;
      // The message omits the referrer's id, because the token may have no access to it.
      const reason = `${referrer.resourceType} refers to ${resourceType}/${id}: delete the ${referrer.resourceType} first.`;
      throw new Outcome(409, 'conflict', reason);
    },
  };
}

/**
 * A copy with changed references and URLs of attachments.
 *
 * @template {object} Resource
 * @param {Resource} resource
 * @param {(reference: string, element: string) => string} change
 * @returns {Resource}
 */
export function withReferences(resource, change) {
  /** @param {string} name @param {unknown} value @returns {unknown} */
  const changed = (name, value) => {
    if (Array.isArray(value)) return value.map((item) => changed('', item));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, changed(key, item)]));
    }
    return typeof value === 'string' && (name === 'reference' || name === 'url') ? change(value, name) : value;
  };
  return /** @type {Resource} */ (changed('', resource));
}

/** @param {object} resource @returns {string[]} */
function referencesIn(resource) {
  /** @type {string[]} */
  const references = [];
  withReferences(resource, (reference, element) => {
    // A `url` that begins with `urn:` may name an extension, and is not a reference.
    if (element === 'reference' || !reference.startsWith('urn:')) references.push(reference);
    return reference;
  });
  return references;
}
