// Caches the session with a valid token that the engine returned last, if the engine has only read records to find that session.
// The cached session is reused while the engine would return it again: while the same records are stored, and the token is
// valid for as long as the engine said.

import type { Env } from '../../../src/web/env.js';
import type { EngineFailure } from '../engine/module.js';
import type { ClientContext } from './client-context.js';
import type { SessionRecord } from './session-record.js';

interface CacheEntry {
  /** The whole input of the job. */
  readonly input: string;
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
    find(input: string | undefined): FoundSession | undefined {
      if (cached?.input !== input || cached?.owner !== client.record) return undefined;
      if (!cached?.environment.isStill(cached.found.until)) cached = undefined;
      return cached?.found;
    },
    keep(entry: CacheEntry): void {
      // The session may have ended while the job was in progress.
      if (client.record?.state === entry.found.record.state) cached = { ...entry, owner: client.record };
    },
  };
}
