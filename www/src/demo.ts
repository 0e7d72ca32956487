import { createSmartClient, type SmartClient } from 'smart-launch';
import { loadConfig, type DemoConfig } from './config';
import { createJournal, type Journal } from './journal/journal';

export interface Demo {
  readonly config: DemoConfig;
  readonly client: SmartClient;
  readonly journal: Journal;
  /** Finishes a sign-in, restores a session, or answers an EHR launch. Rejects with what went wrong. */
  start(): Promise<void>;
}

/**
 * The one client of this page. It lives outside React, because StrictMode mounts components twice and a sign-in must
 * happen once.
 */
export const demo: Promise<Demo> = open();

async function open(): Promise<Demo> {
  const config = await loadConfig();
  const client = createSmartClient({
    fhirBaseUrl: config.fhirBaseUrl,
    clientId: config.clientId,
    scope: config.scope,
    redirectUri: homeUrl(),
    // The sandbox is an http server on this machine. An app that signs in to a real server leaves this out.
    allowInsecureLoopback: true,
  });
  const journal = createJournal(client);
  let started: Promise<void> | undefined;
  return {
    config,
    client,
    journal,
    // Memoised here: `ready()` may be called twice, but `authorize()` is a navigation and must not be.
    start: () => (started ??= start(client, journal)),
  };
}

async function start(client: SmartClient, journal: Journal): Promise<void> {
  const launched = isLaunchUrl(location.search);
  const session = await client.ready();
  if (session === null && launched) {
    journal.begin('The EHR opened this app');
    await client.authorize();
  }
}

/** Whether the page was opened by an EHR, which says who it is (`iss`) and for what (`launch`). */
export function isLaunchUrl(search: string): boolean {
  const query = new URLSearchParams(search);
  return query.has('iss') && query.has('launch');
}

/** Where the server sends people back to, after a sign-in and after a sign-out. */
export function homeUrl(): URL {
  return new URL('/', location.href);
}
