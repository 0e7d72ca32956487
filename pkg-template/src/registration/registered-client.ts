// Registered clients, and the options of the calls that register and manage them.

import type { SmartWarning } from '../error/smart-warning.js';
import type { URL } from '../values/platform.js';
import type { ClientMetadata } from './client-metadata.js';

/**
 * A registered client. It is plain data, so that it can be stored as JSON. `clientSecret` and `registrationAccessToken` are
 * secrets: do not log this object.
 */
export interface RegisteredClient {
  readonly clientId: string;
  /** Absent if the server issued none. */
  readonly clientSecret?: string;
  /** Expiry of the secret in milliseconds since 1970; absent if it does not expire, or the server did not state it. */
  readonly clientSecretExpiresAt?: number;
  /** When the client was registered, in milliseconds since 1970, if the server stated it. */
  readonly clientIdIssuedAt?: number;
  /** The URL at which the registration is managed (RFC 7592), if the server supports that. */
  readonly registrationClientUri?: string;
  /** The token for requests to `registrationClientUri`. A server may issue a new one with each response, and revoke the old one. */
  readonly registrationAccessToken?: string;
  /** The registered metadata. It replaces the requested metadata. */
  readonly metadata: ClientMetadata;
  /** Members that the server changed or left out, and violations of the specification. */
  readonly warnings: readonly SmartWarning[];
}

/** The members of a {@link RegisteredClient} that are needed to manage its registration. */
export type ManagedClient = Pick<RegisteredClient, 'clientId'> &
  Partial<
    Pick<
      RegisteredClient,
      'clientSecret' | 'clientSecretExpiresAt' | 'registrationClientUri' | 'registrationAccessToken' | 'metadata'
    >
  >;

/** Options of each request. */
interface RequestOptions {
  /** Deadline of each request in seconds, for headers and body together. Default 20. */
  timeoutSeconds?: number | undefined;
  /** Permit servers on this machine, for development. Default `false`. */
  allowInsecureLoopback?: boolean | undefined;
}

/** The options of {@link registerClient}: `fhirBaseUrl`, or `registrationEndpoint`. */
export interface RegisterClientOptions extends RequestOptions {
  /** The FHIR server whose smart-configuration has `registration_endpoint`. */
  fhirBaseUrl?: string | URL | undefined;
  /** The registration endpoint. If set, nothing is discovered. */
  registrationEndpoint?: string | URL | undefined;
  /** A token that permits the registration, if the server requires one. */
  initialAccessToken?: string | undefined;
  metadata: ClientMetadata;
  /** Refuse a registration with warnings, and delete it if the server permits that. Default `false`. */
  strict?: boolean | undefined;
}

/** The options of {@link readClient} and {@link deleteClient}. */
export interface ManagedClientOptions extends RequestOptions {
  /** The result of the last call for this client. */
  client: ManagedClient;
}

/** The options of {@link updateClient}. */
export interface UpdateClientOptions extends ManagedClientOptions {
  /** The members to change. All others stay as they are in `client.metadata`; `null` deletes a member. */
  metadata: ClientMetadata;
}
