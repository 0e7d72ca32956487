// How this tab signs in: the page that begins a sign-in knows it, the one that the server sends the user back to does not.
// It holds no secret: tokens and pending sign-ins are kept by the client.

import { SmartError } from '../error/smart-error.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import { isLoopback, isSame } from './issuer.js';

export interface Configuration {
  readonly fhirBaseUrl: string;
  readonly clientId: string;
  readonly scope: string;
  readonly redirectUri: string;
  /** Endpoints of the server, for apps to see. */
  readonly authorizeUri?: string | undefined;
  readonly tokenUri?: string | undefined;
  readonly registrationUri?: string | undefined;
  /** Whether the sign-in that began last came back. */
  readonly signedIn?: boolean;
}

const KEY = 'smart-launch:fhirclient';

/** The one that was begun last first. */
export function configurations(): Configuration[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? [];
  } catch {
    return [];
  }
}

/**
 * Makes a configuration the first, and that of its server.
 *
 * @throws {SmartError} `storage_unavailable`
 */
export function remember(configuration: Configuration): void {
  const others = configurations().filter(({ fhirBaseUrl }) => !isSame(fhirBaseUrl, configuration.fhirBaseUrl));
  try {
    sessionStorage.setItem(KEY, JSON.stringify([configuration, ...others]));
  } catch (cause) {
    const message = '`sessionStorage` does not take what the next page has to know';
    throw new SmartError({ code: 'storage_unavailable', message, hint: 'Use `createSmartClient`.', fault: 'browser' }, cause);
  }
}

/** Nobody is signed in, and no sign-in comes back. */
export function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

type SmartSession = Awaited<ReturnType<SmartClient['refresh']>>;

/** Whether a session came of a configuration. */
export const isOf = ({ fhirBaseUrl, clientId }: Configuration, session: SmartSession): boolean =>
  fhirBaseUrl === session.serverUrl && clientId === session.clientId;

/** Options of a client for these. */
export const optionsOf = (list: readonly Configuration[]): SmartClientOptions => ({
  servers: list.map(({ fhirBaseUrl, clientId, scope, redirectUri }) => ({ fhirBaseUrl, clientId, scope, redirectUri })),
  // Who names a server on this machine means it.
  allowInsecureLoopback: list.some(({ fhirBaseUrl }) => isLoopback(fhirBaseUrl)),
});
