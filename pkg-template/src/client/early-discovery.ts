// The request for a server's smart-configuration, sent while the engine is loading. If the engine requests the same URL,
// it uses this response, and checks it like the response to any other request.

import { requestEarly } from '../../../src/web/document-request.js';
import { baseOf } from '../page/client-settings.js';
import type { ClientSettings } from '../page/client-settings.js';
import { launchIss } from '../page/launch-url.js';
import { isLoopbackHost } from '../values/loopback.js';

/** A request that was sent. */
export interface EarlyDiscovery {
  readonly url: string;
  /** `undefined` if the request failed. */
  readonly response: Promise<Response | undefined>;
  abort(): void;
}

/**
 * Sends the request for the server of a sign-in, if that server is configured and the engine will request its
 * smart-configuration.
 */
export function discoverEarly(readSettings: () => readonly ClientSettings[], requestedIss?: unknown): EarlyDiscovery | undefined {
  try {
    // Throws for options that cannot be read.
    const clients = readSettings();
    const defaultIss = () => launchIss() ?? (clients.length === 1 ? clients[0]?.fhirBaseUrl : undefined);
    const iss = requestedIss === undefined ? defaultIss() : requestedIss;
    const base = baseOf(String(iss));
    const matches = clients.filter(({ fhirBaseUrl }) => baseOf(String(fhirBaseUrl)) === base);
    const [{ fhirBaseUrl, endpoints, allowInsecureLoopback } = {} as Partial<ClientSettings>] = matches;
    const { protocol, hostname, search, hash } = new URL(base);
    const isPublic = protocol === 'https:' && /\.[a-z-]+$/.test(hostname);
    // For other spellings nothing is sent early: the engine normalizes them.
    const isPlain = String(fhirBaseUrl).replace(/\/$/, '') === base && !search && !hash;
    if (!isPlain || matches.length > 1 || endpoints || !(isPublic || (allowInsecureLoopback === true && isLoopbackHost(hostname)))) {
      return undefined;
    }
    return requestEarly(`${base}/.well-known/smart-configuration`);
  } catch {
    // The engine reports the error.
    return undefined;
  }
}
