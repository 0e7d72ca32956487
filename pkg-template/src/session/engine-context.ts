// What the engine's chunk shares with the chunks that come later. They import nothing of it: it may be in one file with the
// entry, and would come twice.

import type { Env } from '../../../src/web/env.js';
import type { named } from '../engine/module.js';
import type { smartError, warnings, withChunk } from '../error/create-error.js';
import type { ClientSettings } from '../page/client-settings.js';
import type { JobInput, RunJob, SignOutOutcome } from './jobs.js';
import type { SessionRecord } from './session-record.js';
import type { SmartSession } from './smart-session.js';

export interface EngineContext {
  /** The settings that a job needs: of a session those of its server, and how many there are. */
  settings(key?: string): { clients: readonly ClientSettings[]; servers: number; storage: unknown };
  createEnv(): Env;
  readonly run: RunJob;
  /** Has the engine sign out. */
  wipe(input?: JobInput): Promise<SignOutOutcome>;
  /** Makes a record the session of the client. */
  enter(record: SessionRecord, event?: 'signedIn' | 'refreshed'): Promise<SmartSession>;
  readonly channel: TabChannel;
  /** The effects of `src/web`, to which later chunks add. */
  readonly effects: Record<string, unknown>;
  readonly named: typeof named;
  readonly smartError: typeof smartError;
  readonly warnings: typeof warnings;
  readonly withChunk: typeof withChunk;
}

/** What tabs that have a copy of a session tell each other. */
export interface TabChannel {
  /** Opens it for the session that is present; it closes with that. */
  open(): void;
  close(): void;
}
