// The members of the engine's chunk that later chunks use. The later chunks do not import the engine's chunk, because a
// bundler may put the engine and the entry in one file, and an import would load that file twice.

import type { Env } from '../../../src/web/env.js';
import type { named } from '../engine/module.js';
import type { smartError, warnings, withChunk } from '../error/create-error.js';
import type { ClientSettings } from '../page/client-settings.js';
import type { JobInput, RunJob, SignOutOutcome } from './jobs.js';
import type { SessionRecord } from './session-record.js';
import type { SmartSession } from './smart-session.js';

export interface EngineContext {
  /** The settings for a job; with the key of the current session, only those of its server. `servers` counts all servers. */
  settings(key?: string): { clients: readonly ClientSettings[]; servers: number; storage: unknown };
  createEnv(): Env;
  readonly run: RunJob;
  /** Signs out in the engine. */
  wipe(input?: JobInput): Promise<SignOutOutcome>;
  /** Makes a record the session of the client. Resolves to `null` if the user was idle for longer than `idleTimeoutSeconds`. */
  enter(record: SessionRecord, event?: 'signedIn' | 'refreshed'): Promise<SmartSession | null>;
  readonly channel: TabChannel;
  /** The effects of `src/web`, to which later chunks add. */
  readonly effects: Record<string, unknown>;
  readonly named: typeof named;
  readonly smartError: typeof smartError;
  readonly warnings: typeof warnings;
  readonly withChunk: typeof withChunk;
}

/** Messages between tabs that have a copy of a session. */
export interface TabChannel {
  /** Opens the channel for the current session; it is closed when the session ends. */
  open(): void;
  close(): void;
}
