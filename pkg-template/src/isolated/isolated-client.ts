// The client in a worker, as apps see it.

import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { SmartClientOptions } from '../client/options.js';
import type { ReadyOptions } from '../client/ready-options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import type { IntrospectOptions, IntrospectionResponse } from '../session/introspection.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { AbortSignal, Request, Response, URL, Worker } from '../values/platform.js';
import type { IsolatedSession } from './isolated-session.js';
import type { IsolatedEvent, IsolatedEvents, IsolatedState } from './isolated-state.js';

/** The options of `createSmartClient`; the session is in the worker's memory, so there is no `storage`. */
export type IsolatedSmartClientOptions = SmartClientOptions & { storage?: 'memory' | undefined };

export interface IsolatedEnvironment {
  /**
   * A module worker that runs `smart-launch/worker`, for bundlers that do not find it themselves. It is this client's alone,
   * and ended with it: once it is lost, calls reject with `worker_lost`. Without it one is made with the first call, and a
   * new one after a loss.
   */
  worker?: Worker | undefined;
}

/**
 * {@link SmartClient} without what would give a token. Every call may also reject with `worker_lost`: the worker did not
 * start within ten seconds, does not answer for as long, or ended. A session that it had is gone then; `signedOut` says so.
 */
export interface IsolatedSmartClient extends Pick<SmartClient, 'request' | 'userInfo' | 'discover'> {
  /** As {@link SmartClient.ready}; a reload of the page has lost the session, so it gives `null` then. */
  ready(options?: ReadyOptions): Promise<IsolatedSession | null>;

  /** As {@link SmartClient.authorize}: the page leaves, by redirect. */
  authorize(options?: AuthorizeOptions & { navigate?: true | undefined }): Promise<never>;
  authorize(options: AuthorizeOptions & { navigate: false }): Promise<AuthorizationRequest>;
  authorize(options?: AuthorizeOptions): Promise<AuthorizationRequest>;

  /**
   * As {@link SmartClient.fetch}. The worker makes the request, so an `authorization` header is dropped; the body of the
   * answer is there when the answer is.
   *
   * @throws {SmartError} `config_invalid` for members of `init` that are not of {@link IsolatedFetchInit}.
   */
  fetch(input: string | URL | Request, init?: IsolatedFetchInit): Promise<Response>;

  /** As {@link SmartClient.refresh}. */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<IsolatedSession>;

  /** As {@link SmartClient.introspect}. */
  introspect(options?: IntrospectOptions): Promise<IntrospectionResponse>;

  /** As {@link SmartClient.logout}; the `logoutUrl` has no `id_token_hint`, so the server may ask the user. */
  logout(options?: LogoutOptions): Promise<LogoutResult>;

  getState(): IsolatedState;
  /** As {@link SmartClient.subscribe}. */
  subscribe(listener: (event?: IsolatedEvent) => void): () => void;
  on<E extends keyof IsolatedEvents>(event: E, listener: (detail: IsolatedEvents[E]) => void): () => void;
  /** Ends the worker, and with it the session: calls afterwards, and those under way, reject with `aborted`. */
  dispose(): void;
}

/** What of a request is the page's to say. */
export type IsolatedFetchInit = Pick<SmartFetchInit, 'method' | 'headers' | 'body' | 'signal' | 'replay'>;
