// What the engine's chunk shares with the chunks that come later. They import nothing of it: it may be in one file with the
// entry, and would come twice.

import type { Env } from '../../../src/web/env.js';
import type { smartError, warnings, withChunk } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import type { ClientSettings } from '../page/client-settings.js';
import type { SessionRecord } from './session-record.js';
import type { SmartSession } from './smart-session.js';

export interface EngineContext {
  /** The settings that a job needs: of a session those of its server, and how many there are. */
  settings(key?: string): { clients: readonly ClientSettings[]; servers: number; storage: unknown };
  /** Runs a job of the engine. What it gives depends on the job. */
  run(job: string, input?: Record<string, unknown>): Promise<unknown>;
  /** Has the engine sign out. */
  wipe(input?: Record<string, unknown>): Promise<unknown>;
  /** Makes a record the session of the client. */
  enter(record: SessionRecord, event?: 'signedIn' | 'refreshed'): Promise<SmartSession>;
  readonly channel: { open(): void; close(): void };
  /** The effects of `src/web`, to which later chunks add. */
  readonly effects: Record<string, unknown>;
  createEnv(): Env;
  /** A failure of the engine, whose code is a number, as a failure. */
  named(failure: object): Failure;
  readonly smartError: typeof smartError;
  readonly warnings: typeof warnings;
  readonly withChunk: typeof withChunk;
}
