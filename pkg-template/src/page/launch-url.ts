// Launch URLs.

import { pageUrl } from './address.js';
import { fieldsOf, partsOf } from './url-parts.js';

/** Whether the page was opened by an EHR launch, which is in the query of its URL or of a hash router's path. */
export const isLaunch = (): boolean => launchIss() !== undefined;

/** The FHIR base of the EHR launch. If a parameter is repeated, which the engine refuses, the result is not a URL. */
export function launchIss(): string | undefined {
  const { query, route, fields } = partsOf(pageUrl() ?? '');
  const launchFields = [query, route && fields].map(fieldsOf).find((part) => part.has('iss') && part.has('launch'));
  return launchFields && [...launchFields.getAll('iss'), ...launchFields.getAll('launch').slice(1)].join(' ');
}
