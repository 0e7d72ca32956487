/**
 * The user-access brands of the sandbox (SMART App Launch 2.2, "User-access Brands and Endpoints"): a bundle with the sandbox's own
 * organization, and others whose servers do not exist. All of them are invented.
 */

const EXTENSIONS = 'http://hl7.org/fhir/StructureDefinition';
const BRANDS = 'https://brands.example';

/** The identifier of the sandbox's own organization. */
export const OWN_IDENTIFIER = { system: 'urn:ietf:rfc:3986', value: 'https://lakeside.example' };

/**
 * @param {object} addresses
 * @param {string} addresses.fhirBaseUrl of the sandbox
 */
export function brandBundle({ fhirBaseUrl }) {
  const otherIds = ['elm-street', 'santa-ines', 'schlosspark', 'northfield'];
  const resources = [
    ...organizations,
    endpoint('lakeside', fhirBaseUrl),
    ...otherIds.map((id) => endpoint(id, `https://fhir.${id}.example/r4`)),
  ];
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: '2026-11-29T00:00:00Z',
    entry: resources.map((resource) => ({ fullUrl: `${BRANDS}/${resource.resourceType}/${resource.id}`, resource })),
  };
}

/** @param {string} id @param {string} address */
const endpoint = (id, address) => ({
  resourceType: 'Endpoint',
  id,
  extension: [{ url: `${EXTENSIONS}/endpoint-fhir-version`, valueCode: '4.0.1' }],
  status: 'active',
  connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'hl7-fhir-rest' },
  name: `FHIR R4 of ${id}`,
  contact: [{ system: 'url', value: `https://developers.${id}.example` }],
  payloadType: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type', code: 'none' }] }],
  address,
});

/**
 * @param {string} id
 * @param {string} name
 * @param {{ city: string, state: string, country: string, postalCode: string }} address
 * @param {object} elements
 */
const organization = (id, name, address, elements) => ({
  resourceType: 'Organization',
  id,
  active: true,
  name,
  telecom: [{ system: 'url', value: `https://${id}.example` }],
  address: [address],
  ...elements,
});

/**
 * The elements of an organization that has a logo, a patient portal and an endpoint.
 *
 * @param {string} id of the organization and its endpoint
 * @param {string} color of the logo
 * @param {string} letter on the logo
 */
const brandElements = (id, color, letter) => ({
  identifier: [{ ...OWN_IDENTIFIER, value: `https://${id}.example` }],
  extension: [
    { url: `${EXTENSIONS}/organization-brand`, extension: [{ url: 'brandLogo', valueUrl: logo(color, letter) }] },
    {
      url: `${EXTENSIONS}/organization-portal`,
      extension: [
        { url: 'portalName', valueString: 'Patient portal' },
        { url: 'portalUrl', valueUrl: `https://portal.${id}.example` },
        { url: 'portalEndpoint', valueReference: { reference: `Endpoint/${id}` } },
      ],
    },
  ],
  endpoint: [{ reference: `Endpoint/${id}` }],
});

/** @param {string} color @param {string} letter */
function logo(color, letter) {
  const text = `<text x="32" y="43" font-family="sans-serif" font-size="32" font-weight="700" fill="#fff" text-anchor="middle">${letter}</text>`;
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="${color}"/>${text}</svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(image).toString('base64')}`;
}

const organizations = [
  organization(
    'lakeside',
    'Lakeside Health',
    { city: 'Lakeside', state: 'MN', postalCode: '55011', country: 'US' },
    { alias: ['Lakeside Hospital', 'LH'], ...brandElements('lakeside', '#0b5f74', 'L') },
  ),
  // This organization has no logo and no endpoint: those of its parent organization apply.
  organization(
    'lakeside-children',
    'Lakeside Children’s Clinic',
    { city: 'Mill Pond', state: 'MN', postalCode: '55014', country: 'US' },
    { partOf: { reference: 'Organization/lakeside' } },
  ),
  organization(
    'elm-street',
    'Elm Street Family Practice',
    { city: 'Lindale', state: 'OH', postalCode: '43001', country: 'US' },
    brandElements('elm-street', '#17694a', 'E'),
  ),
  organization(
    'santa-ines',
    'Hospital Santa Inés',
    { city: 'Tres Ríos', state: 'NM', postalCode: '87001', country: 'US' },
    brandElements('santa-ines', '#a32640', 'I'),
  ),
  organization(
    'schlosspark',
    'Klinikum am Schloßpark',
    { city: 'Neustadt', state: 'BY', postalCode: '91001', country: 'DE' },
    brandElements('schlosspark', '#7d5300', 'K'),
  ),
  organization(
    'northfield',
    'Northfield Medical Center',
    { city: 'Northfield', state: 'MN', postalCode: '55001', country: 'US' },
    brandElements('northfield', '#2b66a3', 'N'),
  ),
];
