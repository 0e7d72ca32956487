// A bundle of brands: SMART App Launch 2.2, "User-access Brands and Endpoints".

import { SmartError, type SmartErrorMembers } from '../error/smart-error.js';
import type { Brand, BrandAddress, BrandEndpoint, BrandPortal, Brands } from './brand.js';
import { extensions, isHttps, isObject, objects, Reader, withoutUndefined, type Resource } from './fhir.js';
import { createWarningCount, type WarningCount } from './warning-count.js';

export interface ReadBrandsOptions {
  /**
   * FHIR versions, such as `4.0`, `4.3` or `1.0`, with or without the patch number. Endpoints that state none of them are left out.
   * Default `['4.0']` (R4).
   */
  fhirVersions?: readonly string[] | undefined;
  /**
   * Permit endpoints on this machine over http (`http://localhost`, `127.0.0.1`, `[::1]`), for development. Default `false`.
   */
  allowInsecureLoopback?: boolean | undefined;
}

/** Maximum number of `partOf` references that are followed. The specification permits one; some publishers have more. */
const LEVELS = 4;

const BRAND = 'http://hl7.org/fhir/StructureDefinition/organization-brand';
const PORTAL = 'http://hl7.org/fhir/StructureDefinition/organization-portal';
const VERSION = 'http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version';

interface Entry {
  /** `fullUrl`, else type and id, such as `Endpoint/1`. */
  readonly id: string;
  /** Type and id; `undefined` without an id. */
  readonly local: string | undefined;
  /** The part of `fullUrl` before type and id; empty if it does not end with them. */
  readonly base: string;
  readonly resource: Resource;
}

/**
 * Reads a parsed bundle of brands. Entries that are inactive or cannot be used are left out, and counted in `warnings`.
 *
 * @throws {SmartError} `json_invalid` if `bundle` is not a Bundle
 * @example
 * const { brands, warnings } = readBrands(await (await fetch('/brands.json')).json());
 */
export function readBrands(bundle: unknown, options: ReadBrandsOptions = {}): Brands {
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle') throw new SmartError(NO_BUNDLE);
  const count = createWarningCount();
  const entries = entriesOf(bundle, count);
  const endpoints = indexOf(entries, 'Endpoint', (entry) => readEndpoint(entry, options, count));
  const organizations = indexOf(entries, 'Organization', (entry) => (isUsable(entry, count) ? entry : undefined));
  const organizationBrands = new Map<Entry, { brand: Brand; parent: Entry | undefined }>();
  // The map has most organizations under two keys.
  for (const entry of new Set(organizations.values())) {
    if (!entry) continue;
    const brand = readOrganization(entry, (reference) => resolve(endpoints, reference, entry, count), count);
    const parent = resolve(organizations, entry.resource['partOf'], entry, count);
    organizationBrands.set(entry, { brand, parent });
  }
  const brands = [...organizationBrands].map(([entry, { brand }]) => {
    const ancestors: Brand[] = [];
    for (let ancestor = organizationBrands.get(entry)?.parent; ancestor; ancestor = organizationBrands.get(ancestor)?.parent) {
      if (ancestor === entry || ancestors.length === LEVELS) {
        count.add('part_of_invalid', brand.id);
        break;
      }
      const brandOfAncestor = organizationBrands.get(ancestor)?.brand;
      if (brandOfAncestor) ancestors.push(brandOfAncestor);
    }
    return inherit(brand, ancestors);
  });
  for (const brand of brands) if (brand.endpoints.length === 0) count.add('organization_without_endpoint', brand.id);
  const timestamp = new Reader('Bundle', count).text(bundle['timestamp']);
  return withoutUndefined({ brands, timestamp, warnings: count.warnings() });
}

function entriesOf(bundle: Resource, count: WarningCount): Entry[] {
  const validEntries: Entry[] = [];
  const items: unknown = bundle['entry'];
  if (items !== undefined && !Array.isArray(items)) count.add('entry_invalid', 'Bundle.entry');
  for (const [position, entry] of (Array.isArray(items) ? items : []).entries()) {
    const resource: unknown = isObject(entry) ? entry['resource'] : undefined;
    const reader = new Reader(`entry ${position}`, count);
    const isKnownType =
      isObject(resource) && (resource['resourceType'] === 'Organization' || resource['resourceType'] === 'Endpoint');
    const id = isKnownType ? reader.text(resource['id']) : undefined;
    const fullUrl = isObject(entry) ? reader.text(entry['fullUrl']) : undefined;
    const local = isKnownType && id !== undefined ? `${String(resource['resourceType'])}/${id}` : undefined;
    const key = fullUrl ?? local;
    if (!isKnownType || key === undefined) {
      count.add('entry_invalid', key ?? reader.entry);
      continue;
    }
    const base = local !== undefined && fullUrl?.endsWith(`/${local}`) ? fullUrl.slice(0, -local.length) : '';
    validEntries.push({ id: key, local, base, resource });
  }
  const ids = new Set<string>();
  return validEntries.filter(({ id }) => {
    const isNew = !ids.has(id);
    if (!isNew) count.add('entry_duplicate', id);
    ids.add(id);
    return isNew;
  });
}

/** The values of the entries of a type, by `fullUrl` and by type and id; `undefined` for entries that are left out. */
function indexOf<Value>(entries: readonly Entry[], type: string, read: (entry: Entry) => Value | undefined) {
  const index = new Map<string, Value | undefined>();
  const entriesOfType = entries.filter(({ resource }) => resource['resourceType'] === type);
  for (const entry of entriesOfType) index.set(entry.id, read(entry));
  for (const { id, local } of entriesOfType) if (local !== undefined && !index.has(local)) index.set(local, index.get(id));
  return index;
}

/** FHIR R4, "Resolving references in Bundles": a relative reference starts at the base of the entry's `fullUrl`. */
function resolve<Value>(
  index: ReadonlyMap<string, Value | undefined>,
  reference: unknown,
  { id, base }: Entry,
  count: WarningCount,
): Value | undefined {
  if (reference === undefined) return undefined;
  const text = isObject(reference) ? reference['reference'] : undefined;
  const key = typeof text === 'string' ? text.replace(/\/_history\/[^/]*$/, '') : '';
  const indexKey = [base + key, key].find((candidate) => index.has(candidate));
  if (indexKey === undefined) count.add('reference_missing', id);
  return indexKey === undefined ? undefined : index.get(indexKey);
}

function readEndpoint({ id, resource }: Entry, options: ReadBrandsOptions, count: WarningCount): BrandEndpoint | undefined {
  const { fhirVersions = ['4.0'], allowInsecureLoopback = false } = options;
  const reader = new Reader(id, count);
  const { status, address, connectionType } = resource;
  const versions = extensions(resource, VERSION).map((extension) => reader.text(extension['valueCode']));
  const statedVersions = versions.filter((version) => version !== undefined);
  const isWanted = statedVersions.some((version) => fhirVersions.some((wanted) => `${version}.`.startsWith(`${wanted}.`)));
  if (status !== 'active') count.add('endpoint_inactive', id);
  else if (!isObject(connectionType) || connectionType['code'] !== 'hl7-fhir-rest') count.add('endpoint_not_fhir', id);
  else if (!isHttps(address, allowInsecureLoopback) || /[?#]/.test(address)) count.add('endpoint_address_invalid', id);
  else if (!isWanted) count.add('endpoint_version_unsupported', id);
  else {
    const developerSite = reader.url(websiteOf(resource['contact']));
    const name = reader.text(resource['name']);
    return withoutUndefined({ fhirBaseUrl: address, name, fhirVersions: statedVersions, developerSite });
  }
  return undefined;
}

function isUsable({ id, resource }: Entry, count: WarningCount): boolean {
  const { active, name } = resource;
  if (active === false) count.add('organization_inactive', id);
  else if (new Reader(id, createWarningCount()).text(name) === undefined) count.add('organization_name_missing', id);
  else return true;
  return false;
}

/** "Brand Profile (Organization)", without the values of the organization that it is part of. */
function readOrganization(
  entry: Entry,
  endpointOf: (reference: unknown) => BrandEndpoint | undefined,
  count: WarningCount,
): Brand {
  const { id, resource } = entry;
  const reader = new Reader(id, count);
  const [branding = {}] = extensions(resource, BRAND);
  const endpointsOf = (references: readonly unknown[]) => unique(references.map(endpointOf));
  const portals = extensions(resource, PORTAL).map((portal): BrandPortal =>
    withoutUndefined({
      name: reader.text(valueOf(portal, 'portalName')),
      description: reader.text(valueOf(portal, 'portalDescription')),
      url: reader.url(valueOf(portal, 'portalUrl')),
      logo: reader.logo(valueOf(portal, 'portalLogo')),
      logoLicense: reader.url(valueOf(portal, 'portalLogoLicense')),
      endpoints: endpointsOf(extensions(portal, 'portalEndpoint').map((extension) => extension['valueReference'])),
    }),
  );
  const identifiers = objects(resource['identifier']).flatMap(({ system, value }) => {
    const text = reader.text(value);
    return text === undefined ? [] : [withoutUndefined({ system: reader.text(system), value: text })];
  });
  return withoutUndefined({
    id,
    name: reader.text(resource['name']) ?? '',
    aliases: reader.texts(resource['alias']),
    identifiers,
    categories: reader.texts(objects(resource['type']).flatMap(({ coding }) => objects(coding).map(({ code }) => code))),
    website: reader.url(websiteOf(resource['telecom'])),
    addresses: objects(resource['address']).map((address) => readAddress(address, reader)),
    logo: reader.logo(valueOf(branding, 'brandLogo')),
    logoLicense: reader.url(valueOf(branding, 'brandLogoLicense')),
    bundle: reader.url(valueOf(branding, 'brandBundle')),
    portals,
    // `endpoint` repeats the endpoints of portals, for clients that do not know portals.
    endpoints: unique([...portals.flatMap(({ endpoints }) => endpoints), ...endpointsOf(objects(resource['endpoint']))]),
  });
}

const readAddress = ({ line, city, state, postalCode, country }: Resource, reader: Reader): BrandAddress =>
  withoutUndefined({
    lines: reader.texts(line),
    city: reader.text(city),
    state: reader.text(state),
    postalCode: reader.text(postalCode),
    country: reader.text(country),
  });

/**
 * "Brand Profile (Organization)": `partOf` names the organization that provides the user access. The value of the nearest
 * organization that has one is used.
 */
function inherit(brand: Brand, ancestors: readonly Brand[]): Brand {
  const family = [brand, ...ancestors];
  const brandWithLogo = family.find(({ logo }) => logo !== undefined);
  return withoutUndefined({
    ...brand,
    logo: brandWithLogo?.logo,
    logoLicense: brandWithLogo ? brandWithLogo.logoLicense : brand.logoLicense,
    portals: family.find(({ portals }) => portals.length > 0)?.portals ?? [],
    endpoints: family.find(({ endpoints }) => endpoints.length > 0)?.endpoints ?? [],
    partOf: ancestors[0]?.id,
  });
}

/** The value of an extension inside of an extension. */
function valueOf(extension: Resource, url: string): unknown {
  const [nested = {}] = extensions(extension, url);
  return nested['valueUrl'] ?? nested['valueString'] ?? nested['valueMarkdown'];
}

const websiteOf = (contacts: unknown): unknown => objects(contacts).find(({ system }) => system === 'url')?.['value'];

/** The first endpoint with each address. */
function unique(endpoints: readonly (BrandEndpoint | undefined)[]): BrandEndpoint[] {
  const byAddress = new Map<string, BrandEndpoint>();
  for (const endpoint of endpoints) {
    if (endpoint && !byAddress.has(endpoint.fhirBaseUrl)) byAddress.set(endpoint.fhirBaseUrl, endpoint);
  }
  return [...byAddress.values()];
}

const NO_BUNDLE = {
  code: 'json_invalid',
  message: 'the document is not a FHIR Bundle',
  hint: 'Check the URL of the bundle.',
  fault: 'server',
  userMessage: 'There is a problem with the health record system. Try again later, or tell the people who support this app.',
} satisfies SmartErrorMembers;
