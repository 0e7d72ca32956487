// Caches the session with a valid token that the engine returned last, if the engine has only read records to find that session.
// The cached session is reused while the engine would return it again: while the same records are stored, and the token is
// valid for as long as the engine said.

import type { Env } from '../../../src/web/env.js';
import type { EngineFailure } from '../engine/module.js';
import type { ClientSettings } from '../page/client-settings.js';
import type { ClientContext } from './client-context.js';
import type { SessionRecord } from './session-record.js';

/** What the result of a job depends on, except stored records and the time. */
export interface JobInputs {
  /** The settings of the session's server; another array if a setting has changed. */
  readonly clients: readonly ClientSettings[];
  /** The rest as JSON; `undefined` if JSON cannot represent it. */
  readonly text: string | undefined;
}

interface CacheEntry extends JobInputs {
  readonly environment: Env;
  readonly found: FoundSession;
}

interface FoundSession {
  readonly record: SessionRecord;
  readonly base: string | undefined;
  readonly failure: EngineFailure | undefined;
  /** Milliseconds since 1970. */
  readonly until: number | undefined;
}

export function createSessionCache(client: ClientContext) {
  let cached: (CacheEntry & { readonly owner: SessionRecord | undefined }) | undefined;

  /** Removes the cached session, with its tokens, when the client has another session or none. */
  function drop() {
    if (client.record !== cached?.owner) cached = undefined;
  }

  client.subscribe(drop);
  client.closing.add(drop);

  return {
    find({ clients, text }: JobInputs): FoundSession | undefined {
      if (text === undefined || cached?.text !== text || cached.clients !== clients || cached.owner !== client.record) return undefined;
      if (!cached.environment.isStill(cached.found.until)) cached = undefined;
      return cached?.found;
    },
    keep(entry: CacheEntry): void {
      // The session may have ended while the job was in progress.
      if (client.record?.state === entry.found.record.state) cached = { ...entry, owner: client.record };
    },
  };
}
