// The interface of `createServerSessionClient`.

import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { FhirCalls } from '../session/fhir-calls.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import type { AbortSignal, Request, Response, URL } from '../values/platform.js';
import type { PageSession, PageSessionEvent, PageSessionEvents, PageSessionState } from './page-session.js';

export interface ServerSessionClientOptions {
  /** `baseUrl` of `createSmartServer`, or the path of that URL. The URL must have the origin of the page. */
  baseUrl: string | URL;
}

/** Members of {@link AuthorizeOptions} that the routes of the server have. */
export type ServerAuthorizeOptions = Pick<AuthorizeOptions, 'iss' | 'launch' | 'returnTo'>;

/**
 * {@link SmartClient} of a page whose session is on the server: no token is in the page. Calls may also reject with
 * `storage_unavailable`, if the session store of the server does not work, and with `lock_timeout`, if the server could not get
 * the lock of the session, or lost it.
 */
export interface ServerSessionClient extends FhirCalls, Pick<SmartClient, 'request'> {
  /**
   * Reads the session of this page from the server: the session of the sign-in that has led here (`smart_session` in the page's
   * URL, which is removed before the first `await`), else the session that the page had before a reload. Resolves to `null` if
   * there is no session, if the session has ended or belongs to another browser, and at an EHR launch URL.
   *
   * If the server cannot be reached, the promise rejects, and the next call tries again.
   *
   * @throws {SmartError} `network`, `timeout`, `http_status`, `config_invalid` (no routes at `baseUrl`),
   * `launch_context_invalid` (the response is of another session).
   */
  ready(): Promise<PageSession | null>;

  /**
   * Signs in: navigates to the route `launch` if the option `launch` is set, or if the page's URL has `iss` and `launch` and the
   * options have neither; else to `login`. It never resolves. It rejects with `sign_in_abandoned` if the user returns with the
   * back button. After a `login` the user is back at `returnTo`, by default the page's URL; after a `launch` at `returnTo` of
   * `createSmartServer`.
   *
   * @throws {SmartError} `config_invalid` for any option that is not in {@link ServerAuthorizeOptions}: the server sets the others.
   */
  authorize(options?: ServerAuthorizeOptions): Promise<never>;

  /**
   * As {@link SmartClient.fetch}, through the route `fhir/` of the server, for which `createSmartServer` needs the option `proxy`.
   * The `url` of the response is that of the route. An `authorization` header is dropped.
   *
   * @throws {SmartError} also `config_invalid` if the server does not permit the method or the path. After `signed_out`,
   * `session_expired`, `refresh_rejected` or `refresh_in_doubt` the session has ended.
   */
  fetch(input: string | URL | Request, init?: SmartFetchInit): Promise<Response>;

  /** Reads the session again. This counts as a use of the session, so `idleSeconds` of the server begins again. */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<PageSession>;

  /**
   * Always rejects: the page has no access token. Use {@link ServerSessionClient.fetch}, or `session.getAccessToken()` on the
   * server.
   *
   * @throws {SmartError} `config_invalid`
   */
  getAccessToken(): Promise<never>;

  /**
   * Signs out: this page and all tabs with this session at once, then the server, which revokes the tokens. It does not reject
   * if the server cannot be reached: `error` is `logout_remote_failed`, and another call tries again. The server sets
   * `postLogoutRedirectUri`.
   */
  logout(options?: Pick<LogoutOptions, 'redirect'>): Promise<LogoutResult>;

  getState(): PageSessionState;
  /** As {@link SmartClient.subscribe}. */
  subscribe(listener: (event?: PageSessionEvent) => void): () => void;
  /** As {@link SmartClient.on}. */
  on<E extends keyof PageSessionEvents>(event: E, listener: (detail: PageSessionEvents[E]) => void): () => void;
  /** As {@link SmartClient.dispose}. */
  dispose(): void;
}
