// The keys under which the engine stores sessions.

import { baseOf } from './client-settings.js';
import type { ClientAtServer } from './client-settings.js';

/** Prefix of the keys of all sessions. */
export const SESSIONS = 'smart-launch:session:';
const AREAS = ['sessionStorage', 'localStorage'] as const;

/** Prefix of the keys of a client's sessions; the issuer follows. */
export const sessionPrefix = ({ clientId, fhirBaseUrl }: ClientAtServer): string =>
  `${SESSIONS}${encode(clientId)}:${encode(baseOf(fhirBaseUrl))}:`;

/** Name of a session's channel: the beginning of its key, without the version of records and the token family. */
export const channelOf = (key: string): string => key.split(':').slice(0, -2).join(':');

/** Percent-encodes as the engine does. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Whether a session of any client is stored in `sessionStorage` or `localStorage`. */
export const hasSessions = (): boolean =>
  AREAS.some((area) => {
    try {
      return Object.keys(globalThis[area]).some((key) => key.startsWith(SESSIONS));
    } catch {
      // Storage is blocked.
      return false;
    }
  });

/** Removes the sessions of these clients; used if the engine cannot be loaded, or has failed. */
export function removeSessions(clients: readonly ClientAtServer[]): void {
  const prefixes = new Set(clients.map((client) => sessionPrefix(client).slice(0, -1)));
  for (const area of AREAS) {
    try {
      const storage = globalThis[area];
      for (const key of Object.keys(storage)) {
        if (prefixes.has(key.split(':', 4).join(':'))) storage.removeItem(key);
      }
    } catch {
      // Storage is blocked, so nothing is stored.
    }
  }
}
