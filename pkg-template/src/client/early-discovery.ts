// The request for a server's smart-configuration, sent while the engine is loaded. If the engine requests the same URL,
// it takes this response, and checks it like one of its own.

import { requestEarly } from '../../../src/web/document-request.js';
import { baseOf } from '../page/client-settings.js';
import type { ClientSettings } from '../page/client-settings.js';
import { launchIss } from '../page/launch-url.js';

/** A request that was sent. */
export interface EarlyDiscovery {
  readonly url: string;
  /** `undefined` if it failed. */
  readonly response: Promise<Response | undefined>;
  abort(): void;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Sends it for the server of a sign-in, if that server is configured and the engine will request its
 * smart-configuration.
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
    // Only the engine normalizes other spellings.
    const isPlain = String(fhirBaseUrl).replace(/\/$/, '') === base && !search && !hash;
    if (!isPlain || found.length > 1 || endpoints || !(isPublic || (allowInsecureLoopback === true && LOOPBACK.test(hostname)))) {
      return undefined;
    }
    return requestEarly(`${base}/.well-known/smart-configuration`);
  } catch {
    // The engine reports the error.
    return undefined;
  }
}
