// The settings of a client, one object for each server, and which of them a record is of.

import { urlOf } from './url-parts.js';

/** As the app wrote them: the engine checks them. */
export interface ClientSettings {
  readonly clientId: string;
  readonly fhirBaseUrl: string;
  readonly redirectUri: string;
  readonly issuer?: string;
  readonly metadataIssuer?: string;
  readonly clientAuth?: unknown;
  readonly [name: string]: unknown;
}

/** Which client at which server something is of. */
export interface ClientAtServer {
  readonly clientId: string;
  readonly fhirBaseUrl: string;
}

/** Those of these clients that a record is of. Its FHIR base may be written otherwise, with a slash at its end above all. */
export function clientsOf<Client extends ClientAtServer>(
  record: ClientAtServer | undefined,
  clients: readonly Client[],
): Client[] {
  if (!record) return [];
  const as = (write: (fhirBaseUrl: string) => string) =>
    clients.filter(
      ({ clientId, fhirBaseUrl }) => clientId === record.clientId && write(fhirBaseUrl) === write(record.fhirBaseUrl),
    );
  const same = as(String);
  return same.length > 0 ? same : as(baseOf);
}

/** Whether a record is of one of these clients. */
export const isOf = (record: ClientAtServer, clients: readonly ClientAtServer[]): boolean =>
  clientsOf(record, clients).length > 0;

/** A FHIR base as the engine compares it: however it is written, it is one server. */
export const baseOf = (fhirBaseUrl: string): string => (urlOf(fhirBaseUrl)?.href ?? String(fhirBaseUrl)).replace(/\/$/, '');
