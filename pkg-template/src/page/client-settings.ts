// The settings of a client, one object for each server, and which of them a stored record belongs to.

import { urlOf } from './url-parts.js';

/** The settings as the app passes them; the engine checks them. */
export interface ClientSettings {
  readonly clientId: string;
  readonly fhirBaseUrl: string;
  readonly redirectUri: string;
  readonly issuer?: string;
  readonly metadataIssuer?: string;
  /** The credentials of a confidential client. */
  readonly clientAuth?: unknown;
  readonly [name: string]: unknown;
}

/** The client and the server that something belongs to. */
export interface ClientAtServer {
  readonly clientId: string;
  readonly fhirBaseUrl: string;
}

/**
 * The clients that a record belongs to: those with exactly the record's FHIR base, else those with another spelling of that base.
 */
export function clientsOf<Client extends ClientAtServer>(
  record: ClientAtServer | undefined,
  clients: readonly Client[],
): Client[] {
  if (!record) return [];
  const matching = (normalize: (fhirBaseUrl: string) => string) =>
    clients.filter(
      ({ clientId, fhirBaseUrl }) => clientId === record.clientId && normalize(fhirBaseUrl) === normalize(record.fhirBaseUrl),
    );
  const exact = matching(String);
  return exact.length > 0 ? exact : matching(baseOf);
}

/** Whether a record belongs to one of these clients. */
export const belongsTo = (record: ClientAtServer, clients: readonly ClientAtServer[]): boolean =>
  clientsOf(record, clients).length > 0;

/** A FHIR base, normalized as in the engine. */
export const baseOf = (fhirBaseUrl: string): string => (urlOf(fhirBaseUrl)?.href ?? String(fhirBaseUrl)).replace(/\/$/, '');
