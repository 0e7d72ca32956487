// The state that the parts of a client share, and the functions that change it. create-client.ts creates it.

import type { withSmartErrors, smartError, warnings, withChunk } from '../error/create-error.js';
import type * as DpopEngine from '../engine/dpop-engine.js';
import type { Environment } from '../engine/module.js';
import type { SmartError } from '../error/smart-error.js';
import type { ClientSettings } from '../page/client-settings.js';
import type { PageClient } from '../page/page-session.js';
import type { Server } from '../page/servers.js';
import type { LogoutOptions, LogoutResult } from './logout.js';
import type { SessionRecord } from './session-record.js';
import type { SmartEvent, SmartEvents } from './smart-events.js';
import type { SmartSession } from './smart-session.js';
import type { SmartState } from './smart-state.js';

/** The error class, and the functions that create errors of it. */
export interface Errors {
  readonly SmartError: typeof SmartError;
  readonly withSmartErrors: typeof withSmartErrors;
  readonly smartError: typeof smartError;
  readonly warnings: typeof warnings;
  readonly withChunk: typeof withChunk;
}

/** Loads an engine other than that of public clients. */
export type LoadEngine = () => Promise<Pick<LoadedEngine, 'run' | 'can' | 'effects'> & Partial<LoadedEngine>>;

/** `sendProved` and `prove` only exist in the engine that makes sessions with bound tokens. */
export interface LoadedEngine extends Pick<typeof DpopEngine, 'sendProved' | 'prove'> {
  run(job: string, input: object, environment: Environment): Promise<unknown>;
  can(granted: string, needed: string): boolean;
  readonly effects: Record<string, unknown>;
}

/** Why a session has ended. */
export type EndReason = SmartEvents['signedOut']['reason'];

/** A change of the state. Callers have to make sure that the members are consistent. */
export type StateChange = { -readonly [Member in keyof SmartState]?: SmartState[Member] };

export interface ClientContext extends PageClient {
  /** Creates errors. Chunks do not import the error class, because bundlers would then put the entry into a separate file. */
  readonly errors: Errors;
  /** Loads the client's engine, if that is not the engine of public clients. */
  readonly loadEngine: LoadEngine | undefined;
  /** The settings of each server: the client's options and those of the server, as one flat object. */
  clients(): readonly ClientSettings[];
  /** The settings of the session's server. */
  clientsOf(record: SessionRecord): readonly ClientSettings[];
  getState(): SmartState;
  set(change: StateChange): void;
  emit<Name extends keyof SmartEvents>(event: Name, detail: SmartEvents[Name]): void;
  subscribe(listener: (event?: SmartEvent) => void): () => void;
  /** Ends the session. */
  end(reason: EndReason, error?: SmartError | null): void;
  /** Ends the session, because it is no longer stored, or another one has replaced it. */
  gone(error: SmartError | undefined, reason: EndReason | undefined): void;
  /** Removes the stored sessions without the engine. */
  forget(): void;
  logout(options?: LogoutOptions): Promise<LogoutResult>;
  /** Returns, once, the request for a smart-configuration that was sent while the engine was loading. */
  takeDiscovery(): { readonly url: string; readonly response: Promise<Response | undefined>; abort(): void } | undefined;
  /** The session that the engine should restore. */
  which(): { family?: string; only?: true };
  /** The token families that a sign-in replaces. */
  former(): string[];
  /** Makes this session the page's only one at the client's servers. */
  mark(record: SessionRecord): void;
  unmark(): void;
  writeHistory(): void;
  /** The servers of the other clients of the page. */
  others(): Server[];
  /** Whether the client's servers are those that the tab has signed in to, one after another. */
  readonly inTurn: boolean;
  /** The session that is signed in. */
  record: SessionRecord | undefined;
  /** The record of a session that is no longer stored, for a later sign-out. */
  lost: SessionRecord | undefined;
  disposed: boolean;
  /** Number of sign-outs. An operation that began before a sign-out must not create a session. */
  signOuts: number;
  /** Functions that `dispose()` calls. */
  readonly closing: Set<() => void>;
  /** The result of ready(), its callback, and whether a session has begun since, even if that session has ended. */
  readying: { promise: Promise<SmartSession | null>; answer?: string | undefined; entered?: boolean | undefined } | undefined;
}
