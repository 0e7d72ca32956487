// The options of this tab's sign-ins. They are stored because `ready()` on the page at the redirect URI is called
// without options. They contain no secret: tokens and pending sign-ins are stored by the client.

import { SmartError } from '../error/smart-error.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import { isLoopback, isSameServer } from './issuer.js';

export interface Configuration {
  readonly fhirBaseUrl: string;
  readonly clientId: string;
  readonly scope: string;
  readonly redirectUri: string;
  /** Endpoints of the server, for `client.state`. */
  readonly authorizeUri?: string | undefined;
  readonly tokenUri?: string | undefined;
  readonly registrationUri?: string | undefined;
  /** Whether the latest sign-in was completed. */
  readonly signedIn?: boolean;
}

const KEY = 'smart-launch:fhirclient';

/** The latest sign-in first. */
export function configurations(): Configuration[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? [];
  } catch {
    return [];
  }
}

/**
 * Stores a configuration as the latest, and as the only one of its server.
 *
 * @throws {SmartError} `storage_unavailable`
 */
export function storeConfiguration(configuration: Configuration): void {
  const others = configurations().filter(({ fhirBaseUrl }) => !isSameServer(fhirBaseUrl, configuration.fhirBaseUrl));
  try {
    sessionStorage.setItem(KEY, JSON.stringify([configuration, ...others]));
  } catch (cause) {
    const message = 'the sign-in could not be stored in `sessionStorage`';
    throw new SmartError({ code: 'storage_unavailable', message, hint: 'Use `createSmartClient`.', fault: 'browser' }, cause);
  }
}

/** Removes all configurations. */
export function removeConfigurations(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was stored.
  }
}

type SmartSession = Awaited<ReturnType<SmartClient['refresh']>>;

/** Whether a session was created with a configuration. */
export const isConfigurationOf = ({ fhirBaseUrl, clientId }: Configuration, session: SmartSession): boolean =>
  fhirBaseUrl === session.serverUrl && clientId === session.clientId;

/** The client options for these configurations. */
export const optionsOf = (list: readonly Configuration[]): SmartClientOptions => ({
  servers: list.map(({ fhirBaseUrl, clientId, scope, redirectUri }) => ({ fhirBaseUrl, clientId, scope, redirectUri })),
  // An app that names a server on this machine permits http for it.
  allowInsecureLoopback: list.some(({ fhirBaseUrl }) => isLoopback(fhirBaseUrl)),
});
