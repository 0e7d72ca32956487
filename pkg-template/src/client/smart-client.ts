// The public interface of the client.

import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { AccessTokenOptions } from '../session/access-token-options.js';
import type { FhirCalls } from '../session/fhir-calls.js';
import type { SmartFetchInit, SmartRequestInit } from '../session/fhir-request-options.js';
import type { IntrospectOptions, IntrospectionResponse } from '../session/introspection.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { SmartEvent, SmartEvents } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { SmartState } from '../session/smart-state.js';
import type { UserInfo } from '../session/user-info.js';
import type { AbortSignal, Request, Response, URL } from '../values/platform.js';
import type { AuthorizeOptions, WindowOptions } from './authorize-options.js';
import type { ReadyOptions } from './ready-options.js';

/**
 * A SMART public client with at most one session at a time. Clients have separate sign-ins and sessions, unless server and client
 * id are the same.
 */
export interface SmartClient extends FhirCalls {
  /**
   * Completes the sign-in if the page's URL is a callback, else restores the session. Resolves to `null` if there is
   * neither a callback nor a session.
   *
   * Calls return the same promise until it settles. The code is removed from the visible URL before the first `await`.
   * A callback whose `state` belongs to a sign-in of this client is always removed, whether the sign-in is completed or
   * rejected. At an EHR launch URL the promise resolves to `null`, even if a session is stored, because the launch has another
   * context.
   *
   * Callbacks and launches after the path of a hash router (`#/callback?code=…`, `#/launch?iss=…`) are read as well.
   *
   * It restores the session of this page's own sign-in, even if other iframes or tabs of the app have other patients. If that
   * session cannot be determined, it restores none. A callback replaces the page's previous session even if it is an
   * error; the user is then signed out.
   *
   * @throws {SmartError} `state_unknown`, `callback_*`, `iss_*`, `authorization_refused`, `interaction_required`,
   * `token_*`, `launch_context_invalid`, `id_token_invalid`, `clock_skew`, and the errors of a request.
   */
  ready(options?: ReadyOptions): Promise<SmartSession | null>;

  /**
   * Signs in: an EHR launch if the page's URL has `iss` and `launch`, else a standalone launch. The call navigates to the
   * server, so the promise never resolves. It rejects if the sign-in cannot start, and with `sign_in_abandoned` if the user
   * returns by the back button. Concurrent calls are one sign-in; if the browser did not leave the page, the next call
   * starts a new one.
   *
   * @throws {SmartError} `issuer_not_allowed` (the launch names a server that is not configured), `launch_invalid`,
   * `discovery_*`, `pkce_unsupported`, `par_required`, `par_response_invalid`, `endpoint_scheme`, `storage_unavailable`.
   */
  authorize(options?: AuthorizeOptions & { navigate?: true | undefined }): Promise<never>;
  /**
   * Signs in through another window while this page stays. `popup`: call it in a click handler, before anything is
   * awaited. `frame`: a hidden iframe for a silent sign-in (`prompt=none`), which works if the user is still signed in
   * at the server, and times out after ten seconds. The page at `redirectUri`, which has to have this page's origin,
   * passes the callback to this page by calling {@link SmartClient.ready}. Resolves to the session; concurrent calls
   * are one sign-in.
   *
   * A silent sign-in that fails leaves the session unchanged. If the session of a silent sign-in has another user (by the ID
   * tokens), patient or encounter than the previous session, both sessions end with the event `signedOut` and the reason
   * `identity_changed`, and the call rejects with `id_token_invalid` or `launch_context_invalid`. Without `openid` in the
   * scope, another user cannot be detected.
   *
   * @throws {SmartError} `popup_blocked`; `popup_closed` (by the user, or because a `Cross-Origin-Opener-Policy`
   * separates the windows); for an iframe `interaction_required` (the user has to sign in) and `timeout`; the errors of
   * a sign-in by redirect, and of {@link SmartClient.ready}.
   * @example
   * button.onclick = () => smart.authorize({ target: 'popup' }).then(show, explain);
   */
  authorize(options: WindowOptions): Promise<SmartSession>;
  /**
   * Signs in on this page, but returns the authorization request instead of navigating to the server. From then on the
   * sign-in is pending.
   */
  authorize(options: AuthorizeOptions & { navigate: false }): Promise<AuthorizationRequest>;
  authorize(options?: AuthorizeOptions): Promise<AuthorizationRequest>;
  /** For a `target` that is chosen at run time: with `page` it navigates to the server, and never resolves. */
  authorize(
    options: Omit<AuthorizeOptions, 'navigate' | 'target'> & { target?: 'page' | 'popup' | 'frame' | undefined },
  ): Promise<SmartSession>;

  /**
   * Calls the FHIR API and parses the JSON of the response. It sends `Accept: application/fhir+json`; an object as body is sent as
   * `application/fhir+json`, an array with `PATCH` as `application/json-patch+json`. Resolves to `null` for a response
   * without a body.
   *
   * @throws {SmartError} `http_status` with `status`, `body` and, if the server states it, `retryAfterSeconds`, for a
   * response outside 2xx; `json_invalid` for a response that is not JSON (use {@link SmartClient.fetch} for a PDF, XML
   * or text); and the errors of {@link SmartClient.fetch}.
   * @example
   * const bundle = await smart.request<fhir4.Bundle>('Observation?category=vital-signs&_sort=-date');
   */
  request<T = unknown>(url: string | URL, init?: SmartRequestInit): Promise<T>;

  /**
   * `fetch` with the access token, only for URLs under the FHIR base or a location in {@link SmartSession.authorizationDetails};
   * relative URLs resolve against the FHIR base. It refreshes the token before the token expires, and once after a 401 response;
   * then it sends the request again if the method is idempotent or `replay` is set, and the body is not a stream. Redirects are
   * refused, because the browser would send the token along; with `redirect: 'manual'` the response is returned. Otherwise it
   * works as the platform's `fetch`: a `Request` is sent with all its members, and members of `init` that are not `undefined`
   * override them. The signal ends the call at once; a refresh that has started is completed. If the session ends before the
   * response arrives, the call rejects with `signed_out`.
   *
   * @throws {SmartError} `origin_not_allowed` (another origin, a path outside the base, or unencoded quotes, spaces,
   * backslashes or non-ASCII characters in the path), `config_invalid` (invalid arguments), `redirected`, `signed_out`,
   * `session_expired`, `network`, `timeout`, `aborted`; if the token has to be refreshed, also the errors of
   * {@link SmartClient.getAccessToken}.
   */
  fetch(input: string | URL | Request, init?: SmartFetchInit): Promise<Response>;

  /**
   * Returns a valid access token. One caller refreshes the token while the others wait; if the refresh fails, all get its error.
   * Without `minValiditySeconds`, a token that cannot be refreshed is returned until it expires, and the failure is emitted as the
   * event `error`.
   *
   * @throws {SmartError} `signed_out`, `session_expired`, `refresh_rejected`, `id_token_invalid` (if the token names another
   * user, the session has ended), `network`, `timeout`, `http_status` (with `retryAfterSeconds` while the server asks
   * to wait), `lock_timeout` (another tab is refreshing and does not finish), `refresh_in_doubt` (the refresh token was
   * sent twice without a response, or the tab with the new one is closed: the user has to sign in again; `fetch`
   * uses the access token until it expires).
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;

  /**
   * Refreshes now, even if the token has not expired, and without the pause that other calls make after a failure,
   * unless the server asked for one. Throws as {@link SmartClient.getAccessToken}.
   */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<SmartSession>;

  /**
   * Returns the claims of the UserInfo endpoint (OpenID Connect Core §5.3), as JSON or from a signed token, which is
   * verified. Claims about another user than that of the ID token are refused. Each call sends a request.
   *
   * @throws {SmartError} `userinfo_invalid` (also if the session has no ID token), `discovery_invalid` (the server has
   * no UserInfo endpoint), and the errors of {@link SmartClient.getAccessToken}.
   */
  userInfo(): Promise<UserInfo>;

  /**
   * Token introspection (RFC 7662): returns the state of a token at the authorization server. The FHIR server still
   * decides about each FHIR request. The introspection request is authorized by the session's access token, as SMART
   * specifies, or by the client's id.
   *
   * @throws {SmartError} `introspection_invalid`, `token_refused`, `discovery_invalid` (the server has no introspection
   * endpoint), and the errors of {@link SmartClient.getAccessToken}.
   */
  introspect(options?: IntrospectOptions): Promise<IntrospectionResponse>;

  /**
   * Signs out: removes the session and the pending sign-ins from the browser, then revokes the tokens if the server
   * supports that (RFC 7009). It does not reject if the server fails: see {@link LogoutResult.error}.
   */
  logout(options?: LogoutOptions): Promise<LogoutResult>;

  /**
   * Checks the redirect after {@link LogoutResult.logoutUrl}: its `state` must be from a sign-out in this tab, and is accepted
   * once. Call it at `postLogoutRedirectUri` if the app tells the user there that the sign-out is complete; otherwise it is not
   * needed.
   *
   * @param url default: the page's.
   * @throws {SmartError} `state_unknown`: the redirect is not from a sign-out of this tab.
   */
  completeLogout(url?: string | URL): Promise<void>;

  /**
   * Signs the user out of all tabs at the server's request (OpenID Connect Front-Channel Logout). Call it in the page
   * that is registered as `frontchannel_logout_uri`, which the server opens in an iframe with `iss` and `sid`. Both
   * must equal the claims of a session's ID token, otherwise nothing happens. Resolves to whether a tab has signed out.
   *
   * Browsers with storage partitioning separate an iframe in another site's page from the app's tabs, so this works
   * only if server and app are on the same site.
   *
   * @param url default: the page's.
   */
  frontChannelLogout(url?: string | URL): Promise<boolean>;

  /**
   * Returns a configured server's metadata: its smart-configuration, or the OpenID configuration in its place. Metadata is
   * cached for ten minutes; failures are not cached.
   *
   * @param fhirBaseUrl FHIR base URL of one of `servers`; not needed with one server
   */
  discover(fhirBaseUrl?: string | URL): Promise<SmartServerMetadata>;

  /** The current state: a frozen object, the same one until something changes. */
  getState(): SmartState;
  /**
   * Calls `listener` after every change of {@link SmartClient.getState}, and with each event except `request`. Returns
   * a function that unsubscribes.
   *
   * @example
   * smart.subscribe((event) => { if (event?.type === 'expiring') offerToStay(); });
   */
  subscribe(listener: (event?: SmartEvent) => void): () => void;
  /** Calls `listener` for each event of that name. Returns a function that unsubscribes. */
  on<E extends keyof SmartEvents>(event: E, listener: (detail: SmartEvents[E]) => void): () => void;

  /**
   * Releases the client: removes its listeners, stops its timers, and closes its channel and its popups. Stored sessions
   * remain, so this is not a sign-out. Later calls reject with `aborted`, FHIR calls that are in progress with `signed_out`.
   */
  dispose(): void;
}
