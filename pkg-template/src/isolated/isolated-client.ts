// The public interface of the client in a worker.

import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { ReadyOptions } from '../client/ready-options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { DpopClientOptions } from '../dpop/dpop-client.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { FhirCalls } from '../session/fhir-calls.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import type { IntrospectOptions, IntrospectionResponse } from '../session/introspection.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { AbortSignal, Request, Response, URL, Worker } from '../values/platform.js';
import type { IsolatedSession } from './isolated-session.js';
import type { IsolatedEvent, IsolatedEvents, IsolatedState } from './isolated-state.js';

/**
 * The options of `createSmartClient`. `storage` can only be `memory`, because the session is in the worker's memory;
 * `idleTimeoutSeconds` is refused, because a worker does not get the user's input. `dpop` needs a worker that imports
 * `smart-launch/dpop-worker`: see {@link IsolatedEnvironment}.
 */
export type IsolatedSmartClientOptions = DpopClientOptions & { storage?: 'memory' | undefined; idleTimeoutSeconds?: undefined };

export interface IsolatedEnvironment {
  /**
   * A module worker that runs `smart-launch/worker`, for bundlers that do not find it themselves, or `smart-launch/dpop-worker`,
   * for clients with the option `dpop`. The worker must be used only by this client, which terminates it; if the worker is
   * lost, calls reject with `worker_lost`. Default: the first call creates a worker, and the first call after a loss creates a new
   * one.
   */
  worker?: Worker | undefined;
}

/**
 * {@link SmartClient} without the members that would return a token, and without `completeLogout` and `frontChannelLogout`. Every
 * call may also reject with `worker_lost`: the worker did not start within ten seconds, did not respond for ten seconds, or
 * ended. The session in the worker is then lost, and the event `signedOut` is emitted.
 */
export interface IsolatedSmartClient extends FhirCalls, Pick<SmartClient, 'request' | 'userInfo' | 'discover'> {
  /** As {@link SmartClient.ready}. A reload of the page loses the session, so `ready` then resolves to `null`. */
  ready(options?: ReadyOptions): Promise<IsolatedSession | null>;

  /** As {@link SmartClient.authorize}, but only in this page: the option `target` is refused, except for `page`. */
  authorize(options?: AuthorizeOptions & { navigate?: true | undefined }): Promise<never>;
  authorize(options: AuthorizeOptions & { navigate: false }): Promise<AuthorizationRequest>;
  authorize(options?: AuthorizeOptions): Promise<AuthorizationRequest>;

  /**
   * As {@link SmartClient.fetch}. The worker sends the request, so an `authorization` header is dropped. The promise
   * resolves when the whole body of the response has arrived.
   *
   * @throws {SmartError} `config_invalid` for members of `init` that are not in {@link IsolatedFetchInit}.
   */
  fetch(input: string | URL | Request, init?: IsolatedFetchInit): Promise<Response>;

  /** As {@link SmartClient.refresh}. */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<IsolatedSession>;

  /** As {@link SmartClient.introspect}. */
  introspect(options?: IntrospectOptions): Promise<IntrospectionResponse>;

  /** As {@link SmartClient.logout}. The `logoutUrl` has no `id_token_hint`, so the server may ask the user to confirm. */
  logout(options?: LogoutOptions): Promise<LogoutResult>;

  getState(): IsolatedState;
  /** As {@link SmartClient.subscribe}. */
  subscribe(listener: (event?: IsolatedEvent) => void): () => void;
  on<E extends keyof IsolatedEvents>(event: E, listener: (detail: IsolatedEvents[E]) => void): () => void;
  /** Terminates the worker, and with it the session: pending and later calls reject with `aborted`. */
  dispose(): void;
}

/** Members of `init` that the page may set. */
export type IsolatedFetchInit = Pick<SmartFetchInit, 'method' | 'headers' | 'body' | 'signal' | 'replay'> & {
  /** `fetch` requires it if the body is a stream. The worker gets the whole body, so nothing is sent before the stream ends. */
  duplex?: 'half' | undefined;
};
