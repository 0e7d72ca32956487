// Caches the session with a valid token that the engine returned last, if the engine only had to read records for it.
// It is reused while the engine would return it again: while the same records are stored, and the token is valid for as
// long as the engine said.

import type { Env } from '../../../src/web/env.js';
import type { EngineFailure } from '../engine/module.js';
import type { ClientContext } from './client-context.js';
import type { SessionRecord } from './session-record.js';

interface Kept {
  /** The whole input of the job. */
  readonly asked: string;
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

export function createKeptSession(client: ClientContext) {
  let cached: (Kept & { readonly of: SessionRecord | undefined }) | undefined;

  /** Drops the cached session, with its tokens, when the client has another session or none. */
  function drop() {
    if (client.record !== cached?.of) cached = undefined;
  }

  client.subscribe(drop);
  client.closing.add(drop);

  return {
    find(asked: string | undefined): FoundSession | undefined {
      if (cached?.asked !== asked || cached?.of !== client.record) return undefined;
      if (!cached?.environment.isStill(cached.found.until)) cached = undefined;
      return cached?.found;
    },
    keep(found: Kept): void {
      // The session may have ended while the job was in progress.
      if (client.record?.state === found.found.record.state) cached = { ...found, of: client.record };
    },
  };
}
