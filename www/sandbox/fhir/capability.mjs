/** `/fhir/metadata`: the capabilities of the API (FHIR R4 CapabilityStatement). */

import { INTERACTIONS } from './interactions.mjs';
import { PARAMETERS } from './parameters.mjs';
import { TYPES } from './records.mjs';
import { JSON_PATCH } from './request.mjs';

/**
 * @param {object} addresses
 * @param {string} addresses.fhirBaseUrl
 * @param {(route: string) => string} addresses.urlFor of an OAuth endpoint
 * @param {Date} addresses.started
 */
export function capabilityStatement({ fhirBaseUrl, urlFor, started }) {
  /** @param {string} operation */
  const exportOperation = (operation) => [
    { name: 'export', definition: `http://hl7.org/fhir/uv/bulkdata/OperationDefinition/${operation}` },
  ];
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: started.toISOString(),
    publisher: 'smart-launch sandbox',
    kind: 'instance',
    software: { name: 'smart-launch sandbox' },
    implementation: { description: 'Synthetic data on loopback', url: fhirBaseUrl },
    fhirVersion: '4.0.1',
    instantiates: ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'],
    format: ['application/fhir+json', 'application/fhir+ndjson'],
    patchFormat: [JSON_PATCH],
    rest: [
      {
        mode: 'server',
        security: security(urlFor),
        resource: TYPES.map((type) => ({
          type,
          interaction: interactionsOf('type'),
          versioning: 'versioned-update',
          readHistory: true,
          updateCreate: true,
          conditionalCreate: true,
          conditionalRead: 'not-match',
          conditionalUpdate: false,
          conditionalDelete: 'not-supported',
          referencePolicy: ['literal', 'local', 'enforced'],
          searchInclude: referencesOf(type).map((name) => `${type}:${name}`),
          searchRevInclude: TYPES.flatMap((source) => referencesOf(source).map((name) => `${source}:${name}`)),
          searchParam: Object.entries(PARAMETERS[type]).map(([name, parameter]) => ({ name, type: parameter.type })),
          ...(type === 'Patient' && { operation: [everything, ...exportOperation('patient-export')] }),
          ...(type === 'Group' && { operation: exportOperation('group-export') }),
        })),
        interaction: interactionsOf('system'),
        operation: exportOperation('export'),
      },
    ],
  };
}

/** @param {'type' | 'system'} level */
const interactionsOf = (level) =>
  INTERACTIONS.filter((interaction) => interaction.level === level).map(({ name }) => ({ code: name }));

/** @param {import('./records.mjs').ResourceType} type @returns {string[]} the parameters that `_include` accepts */
const referencesOf = (type) =>
  Object.entries(PARAMETERS[type]).flatMap(([name, parameter]) => (parameter.references ? [name] : []));

const everything = { name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' };

/** @param {(route: string) => string} urlFor */
function security(urlFor) {
  return {
    cors: true,
    service: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
            code: 'SMART-on-FHIR',
          },
        ],
      },
    ],
    // Deprecated in favour of smart-configuration, but older apps still read it.
    extension: [
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [
          { url: 'authorize', valueUri: urlFor('authorization') },
          { url: 'token', valueUri: urlFor('token') },
          { url: 'revoke', valueUri: urlFor('revocation') },
          { url: 'introspect', valueUri: urlFor('introspection') },
        ],
      },
    ],
  };
}
