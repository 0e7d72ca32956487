// The request for a server's smart-configuration, begun while the engine is loaded. The engine takes the response where it asks
// for the same URL, and checks it as its own.

import { requestEarly } from '../../../src/web/document-request.js';
import { baseOf } from '../page/client-settings.js';
import type { ClientSettings } from '../page/client-settings.js';
import { launchIss } from '../page/launch-url.js';

/** A request that was begun. */
export interface EarlyDiscovery {
  readonly url: string;
  /** Nothing where it failed. */
  readonly response: Promise<Response | undefined>;
  abort(): void;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Begins it for the server that a sign-in names, if that is configured and its smart-configuration is what the engine will
 * ask for; else nothing.
 */
export function discoverEarly(read: () => readonly ClientSettings[], wanted?: unknown): EarlyDiscovery | undefined {
  try {
    // Throws for options that cannot be read.
    const clients = read();
    const present = () => launchIss() ?? (clients.length === 1 ? clients[0]?.fhirBaseUrl : undefined);
    const iss = wanted === undefined ? present() : wanted;
    const base = baseOf(String(iss));
    const found = clients.filter(({ fhirBaseUrl }) => baseOf(String(fhirBaseUrl)) === base);
    const [{ fhirBaseUrl, endpoints, allowInsecureLoopback } = {} as Partial<ClientSettings>] = found;
    const { protocol, hostname, search, hash } = new URL(base);
    const isPublic = protocol === 'https:' && /\.[a-z-]+$/.test(hostname);
    // Another spelling is the engine's to read.
    const isPlain = String(fhirBaseUrl).replace(/\/$/, '') === base && !search && !hash;
    if (!isPlain || found.length > 1 || endpoints || !(isPublic || (allowInsecureLoopback === true && LOOPBACK.test(hostname)))) {
      return undefined;
    }
    return requestEarly(`${base}/.well-known/smart-configuration`);
  } catch {
    // The engine says what is wrong.
    return undefined;
  }
}
