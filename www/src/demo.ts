import { createSmartClient, type SmartClient, type SmartClientOptions } from 'smart-launch';
import { areTokensBound } from './binding';
import { loadConfig, type DemoConfig } from './config';
import { createJournal, type Journal } from './journal/journal';

export interface Demo {
  readonly config: DemoConfig;
  readonly client: SmartClient;
  /** Whether the client's tokens are bound to a key. */
  readonly bound: boolean;
  readonly journal: Journal;
}

/**
 * The only client of this page. It is created outside React, because its server is not known before the configuration
 * is read.
 */
export const demo: Promise<Demo> = createDemo();

async function createDemo(): Promise<Demo> {
  const config = await loadConfig();
  const bound = areTokensBound();
  const options = {
    fhirBaseUrl: config.fhirBaseUrl,
    clientId: config.clientId,
    scope: config.scope,
    redirectUri: homeUrl(),
    // The sandbox is an http server on this machine. An app that signs in to a real server omits this option.
    allowInsecureLoopback: true,
  };
  const client = bound ? await createBoundClient(options) : createSmartClient(options);
  const journal = createJournal(client);
  if (isLaunchUrl(location.search)) journal.begin('The EHR opened this app');
  return { config, client, bound, journal };
}

/** Loads the code for bound tokens, which a client with bearer tokens does not need. */
async function createBoundClient(options: SmartClientOptions): Promise<SmartClient> {
  const { createSmartClient } = await import('smart-launch/dpop');
  return createSmartClient({ ...options, dpop: true });
}

/** True if an EHR opened the page, with its FHIR base URL (`iss`) and a launch handle (`launch`). */
export function isLaunchUrl(search: string): boolean {
  const query = new URLSearchParams(search);
  return query.has('iss') && query.has('launch');
}

/** The URL to which the server redirects after a sign-in and after a sign-out. */
export function homeUrl(): URL {
  return new URL('/', location.href);
}
