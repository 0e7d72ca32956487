// URLs of FHIR requests at the proxy of the server.

import type { Failure } from '../error/failure.js';
import { SESSION_PARAMETER } from '../values/session-names.js';
import { restOf } from '../values/url-rest.js';

/**
 * The URL at the proxy for a URL under the FHIR base. A URL under the proxy, such as a page link of a Bundle, is accepted too.
 *
 * @throws {Failure} `origin_not_allowed`
 */
export function proxyUrl(address: string, serverUrl: string, proxy: string): string {
  const fhirBase = serverUrl.replace(/\/$/, '');
  const url = URL.canParse(address, `${fhirBase}/`) ? new URL(address, `${fhirBase}/`) : undefined;
  // The proxy may be under the FHIR base, if the FHIR base is an origin.
  const rest = url && (restOf(url, proxy) ?? restOf(url, fhirBase));
  if (rest === undefined || url?.searchParams.has(SESSION_PARAMETER)) throw { code: 'origin_not_allowed' } satisfies Failure;
  return proxy + rest.split('#')[0];
}
