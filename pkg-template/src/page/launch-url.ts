// Launch URLs.

import { pageUrl } from './address.js';
import { fieldsOf, partsOf } from './url-parts.js';

/** Whether an EHR launch opened the page. Its parameters are in the query of the page's URL or of a hash router's path. */
export const isLaunch = (): boolean => launchIss() !== undefined;

/** The FHIR base of the EHR launch. If a parameter is repeated, which the engine refuses, the result is no server's FHIR base. */
export function launchIss(): string | undefined {
  const { query, route, fields } = partsOf(pageUrl() ?? '');
  const launchFields = [query, route && fields].map(fieldsOf).find((part) => part.has('iss') && part.has('launch'));
  return launchFields && [...launchFields.getAll('iss'), ...launchFields.getAll('launch').slice(1)].join(' ');
}
