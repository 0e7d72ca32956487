import { createSmartClient, type SmartClient } from 'smart-launch';
import { loadConfig, type DemoConfig } from './config';
import { createJournal, type Journal } from './journal/journal';

export interface Demo {
  readonly config: DemoConfig;
  readonly client: SmartClient;
  readonly journal: Journal;
}

/** The one client of this page. It lives outside React, because its server is only known once the configuration is read. */
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
  if (isLaunchUrl(location.search)) journal.begin('The EHR opened this app');
  return { config, client, journal };
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
