// What the parts of a client share: its state and what changes it. The client of the entry makes it.

import type { careful, smartError, warnings, withChunk } from '../error/create-error.js';
import type { SmartError } from '../error/smart-error.js';
import type { ClientSettings } from '../page/client-settings.js';
import type { PageClient } from '../page/page-session.js';
import type { Server } from '../page/servers.js';
import type { LogoutOptions, LogoutResult } from './logout.js';
import type { SessionRecord } from './session-record.js';
import type { SmartEvent, SmartEvents } from './smart-events.js';
import type { SmartSession } from './smart-session.js';
import type { SmartState } from './smart-state.js';

/** How failures become errors of the one class. */
export interface Errors {
  readonly SmartError: typeof SmartError;
  readonly careful: typeof careful;
  readonly smartError: typeof smartError;
  readonly warnings: typeof warnings;
  readonly withChunk: typeof withChunk;
}

/** Why a session has ended. */
export type EndReason = SmartEvents['signedOut']['reason'];

/** The state, of which some members change: that they fit each other is for the callers. */
export type StateChange = { -readonly [Member in keyof SmartState]?: SmartState[Member] };

export interface ClientContext extends PageClient {
  /** How errors are made. Chunks do not import the class: bundlers would put the entry into a file of its own for that. */
  readonly errors: Errors;
  /** One flat object for each server. */
  clients(): readonly ClientSettings[];
  /** Those of the session's server. */
  clientsOf(record: SessionRecord): readonly ClientSettings[];
  getState(): SmartState;
  set(change: StateChange): void;
  emit<Name extends keyof SmartEvents>(event: Name, detail: SmartEvents[Name]): void;
  subscribe(listener: (event?: SmartEvent) => void): () => void;
  /** Nobody is signed in from now on. */
  end(reason: EndReason, error?: SmartError | null): void;
  /** The session is stored no more, or another in its place. */
  gone(error: SmartError | undefined, reason: EndReason | undefined): void;
  /** Removes the stored sessions without the engine. */
  forget(): void;
  logout(options?: LogoutOptions): Promise<LogoutResult>;
  /** Gives the request for a smart-configuration that was begun beside the engine, once. */
  takeDiscovery(): { readonly url: string; readonly response: Promise<Response | undefined>; abort(): void } | undefined;
  /** Which session the engine is to restore. */
  which(): { family?: string; only?: true };
  /** The token families that a sign-in replaces. */
  former(): string[];
  /** The page has this session and no other. */
  mark(record: SessionRecord): void;
  unmark(): void;
  writeHistory(): void;
  /** The servers of the other clients of the page. */
  others(): Server[];
  /** Whether the servers of the client are those that the tab has signed in to, one after another. */
  readonly inTurn: boolean;
  /** The session that is signed in. */
  record: SessionRecord | undefined;
  /** The record of a session that is stored no more, for a sign-out that comes later. */
  lost: SessionRecord | undefined;
  disposed: boolean;
  /** How often somebody has signed out: what was under way then is over. */
  signOuts: number;
  /** What ends with the client. */
  readonly closing: Set<() => void>;
  /** What ready() gives, for which callback, and whether a session was entered. */
  readying: { promise: Promise<SmartSession | null>; answer?: string | undefined; entered?: boolean | undefined } | undefined;
}
