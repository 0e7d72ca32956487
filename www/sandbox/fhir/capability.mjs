/** `/fhir/metadata`: the capabilities of the API (FHIR R4 CapabilityStatement). */

import { TYPES } from './records.mjs';
import { PARAMETERS } from './search.mjs';

/**
 * @param {object} addresses
 * @param {string} addresses.fhirBaseUrl
 * @param {(route: string) => string} addresses.urlFor of an OAuth endpoint
 * @param {Date} addresses.started
 */
export function capabilityStatement({ fhirBaseUrl, urlFor, started }) {
  /** @param {string} operation */
  const exported = (operation) => [
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
    rest: [
      {
        mode: 'server',
        security: security(urlFor),
        resource: TYPES.map((type) => ({
          type,
          interaction: ['read', 'search-type', ...(type === 'Observation' ? ['create'] : [])].map((code) => ({ code })),
          searchParam: Object.entries(PARAMETERS[type]).map(([name, parameter]) => ({ name, type: parameter.type })),
          ...(type === 'Patient' && { operation: exported('patient-export') }),
          ...(type === 'Group' && { operation: exported('group-export') }),
        })),
        operation: exported('export'),
      },
    ],
  };
}

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
