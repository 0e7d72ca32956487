/**
 * The client of `smart-launch` with its session in a dedicated worker: refresh token, access token and ID token are never in
 * the page, so a script that is injected there cannot carry them away. What it still can, see the README, "Isolation".
 */

import type {
  AuthorizationRequest,
  AuthorizeOptions,
  IntrospectionResponse,
  IntrospectOptions,
  LogoutOptions,
  LogoutResult,
  ReadyOptions,
  SmartClient,
  SmartClientBehaviour,
  SmartClientOptions,
  SmartEvents,
  SmartFetchInit,
  SmartSession,
  SmartState,
  SmartTokenResponse,
} from './index.js';
import type { AbortSignal, Request, Response, URL, Worker } from './platform.js';

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
 * Makes a client whose session is in a worker. Needs a page. Options are read here, once.
 *
 * @example
 * import { createIsolatedSmartClient } from 'smart-launch/isolated';
 *
 * const smart = createIsolatedSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const session = (await smart.ready()) ?? (await smart.authorize());
 * const patient = await smart.request(`Patient/${session.patient}`);
 */
export function createIsolatedSmartClient(
  options: IsolatedSmartClientOptions,
  environment?: IsolatedEnvironment,
): IsolatedSmartClient;

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

/**
 * {@link SmartSession} without tokens. `can` asks the engine, which the page loads for it; where the page's
 * Content-Security-Policy does not permit that, `can` throws `wasm_unavailable` and the rest works.
 */
export interface IsolatedSession extends Omit<SmartSession, 'tokenResponse'> {
  /** The token response under its wire names, but for the three tokens. */
  readonly tokenResponse: IsolatedTokenResponse;
}

export type IsolatedTokenResponse = {
  readonly [Member in keyof SmartTokenResponse as Exclude<Member, Tokens>]: SmartTokenResponse[Member];
} & { readonly [Token in Tokens]?: never };

type Tokens = 'access_token' | 'refresh_token' | 'id_token';

export type IsolatedState =
  | Exclude<SmartState, { readonly session: SmartSession }>
  | (Omit<Extract<SmartState, { readonly session: SmartSession }>, 'session'> & { readonly session: IsolatedSession });

export interface IsolatedEvents extends Omit<SmartEvents, 'signedIn' | 'refreshed' | 'scopeChanged' | 'expiring'> {
  signedIn: IsolatedSession;
  refreshed: IsolatedSession;
  scopeChanged: IsolatedSession;
  expiring: IsolatedSession;
}

/** An event with its name, as {@link IsolatedSmartClient.subscribe} tells it. */
export type IsolatedEvent = {
  [E in Exclude<keyof IsolatedEvents, 'request'>]: { readonly type: E; readonly detail: IsolatedEvents[E] };
}[Exclude<keyof IsolatedEvents, 'request'>];

// Without it what is not exported would be.
export {};
