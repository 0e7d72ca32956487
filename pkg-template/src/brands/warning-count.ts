// Counts the problems of a bundle, such as parts that are left out.

import type { BrandWarning, BrandWarningCode } from './brand-warning.js';

const MESSAGES: Readonly<Record<BrandWarningCode, string>> = {
  entry_invalid: 'an entry is not an Organization or an Endpoint',
  entry_duplicate: 'an entry occurs twice: the first one is used',
  organization_inactive: 'an organization is not active',
  organization_name_missing: 'an organization has no name, or one that is too long',
  organization_without_endpoint: 'an organization has no endpoint that can be used; it is kept',
  endpoint_inactive: 'an endpoint is not active',
  endpoint_not_fhir: 'the connection type of an endpoint is not hl7-fhir-rest',
  endpoint_address_invalid: 'the address of an endpoint is not an https URL without query, fragment and user',
  endpoint_version_unsupported: 'an endpoint states none of the FHIR versions in `fhirVersions`',
  reference_missing: 'a reference leads to no entry of the bundle',
  part_of_invalid: 'an organization is part of itself, or of too many others',
  logo_invalid: 'a logo is neither an https URL nor an image in a data URL',
  url_invalid: 'a URL is not https',
  text_invalid: 'a text is not a string, is empty or is longer than 4,000 characters',
};

const MAX_ENTRIES = 5;
const MAX_LENGTH = 200;

export function createWarningCount() {
  const warningsByCode = new Map<BrandWarningCode, { count: number; entries: string[] }>();
  return {
    add(code: BrandWarningCode, entry: string): void {
      const warning = warningsByCode.get(code) ?? { count: 0, entries: [] };
      warning.count += 1;
      if (warning.entries.length < MAX_ENTRIES) warning.entries.push(entry.slice(0, MAX_LENGTH));
      warningsByCode.set(code, warning);
    },
    warnings: (): readonly BrandWarning[] =>
      [...warningsByCode].map(([code, members]) => ({ code, message: MESSAGES[code], ...members })),
  };
}

export type WarningCount = ReturnType<typeof createWarningCount>;
