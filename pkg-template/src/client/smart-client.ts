// The client, as apps see it.

import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { AccessTokenOptions } from '../session/access-token-options.js';
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

/** A SMART public client: at most one session at a time. Clients do not see each other's sign-ins and sessions. */
export interface SmartClient {
  /**
   * Finishes a sign-in if the page's URL is its callback, else restores the session, else gives `null`.
   *
   * Calls give the same promise until it settles; the code leaves the visible URL before the first await. A callback whose
   * `state` is of a sign-in of this client never stays there: it is finished, or rejected. At an EHR launch URL it gives
   * `null`, whatever session is stored: the launch is for another context.
   *
   * A hash router may have moved callback or launch behind its path (`#/callback?code=…`, `#/launch?iss=…`): both are read.
   *
   * It restores the session of this page's own sign-in, also beside other frames and tabs of the app with other patients,
   * and none where it cannot be told which that is. A callback takes the place of the session before it, whatever it says:
   * after a refused one nobody is signed in.
   *
   * @throws {SmartError} `state_unknown`, `callback_*`, `iss_*`, `authorization_refused`, `interaction_required`,
   * `token_*`, `launch_context_invalid`, `id_token_invalid`, `clock_skew` and what a request may fail with.
   */
  ready(options?: ReadyOptions): Promise<SmartSession | null>;

  /**
   * Signs in: an EHR launch if the page's URL has `iss` and `launch`, else standalone. Leaves the page, so it never
   * resolves; it rejects if the sign-in cannot start, and with `sign_in_abandoned` if the user comes back by the back
   * button. Called twice at once it is one sign-in; called again because the page was not left after all, it begins anew.
   *
   * @throws {SmartError} `issuer_not_allowed` (the launch names a server that is not configured), `launch_invalid`,
   * `discovery_*`, `pkce_unsupported`, `par_required`, `endpoint_scheme`, `storage_unavailable`.
   */
  authorize(options?: AuthorizeOptions & { navigate?: true | undefined }): Promise<never>;
  /**
   * The same through another window, while this page stays: a `popup` where the user signs in, to be asked for in a click
   * before anything is awaited, or a hidden `frame`, which signs in silently (`prompt=none`) where the server still knows
   * the user, and is given up after ten seconds. The page at `redirectUri`, which has to be of this page's origin, hands
   * the callback over when it calls {@link SmartClient.ready}. Resolves with the session; called twice at once it is one
   * sign-in.
   *
   * A silent sign-in that fails leaves the session as it is. One that is not of the person who is signed in, by the ID
   * tokens of both, ends it: `id_token_invalid`, and the event `signedOut` with the reason `identity_changed`. Without
   * `openid` in the scope nobody can tell.
   *
   * @throws {SmartError} `popup_blocked`; `popup_closed` (by the user, or cut off by a `Cross-Origin-Opener-Policy`);
   * for a frame `interaction_required` (the server wants to see the user) and `timeout`; what `authorize` and
   * {@link SmartClient.ready} throw.
   * @example
   * button.onclick = () => smart.authorize({ target: 'popup' }).then(show, explain);
   */
  authorize(options: WindowOptions): Promise<SmartSession>;
  /** The same without leaving the page: the request to send the browser to. The sign-in is pending from here on. */
  authorize(options: AuthorizeOptions & { navigate: false }): Promise<AuthorizationRequest>;
  authorize(options?: AuthorizeOptions): Promise<AuthorizationRequest>;
  /** The same where the window is chosen at run time. */
  authorize(
    options: Omit<AuthorizeOptions, 'navigate' | 'target'> & { target?: 'page' | 'popup' | 'frame' | undefined },
  ): Promise<SmartSession>;

  /**
   * Calls the FHIR API and reads its JSON: `Accept: application/fhir+json`, an object body is sent as
   * `application/fhir+json`, an array with `PATCH` as `application/json-patch+json`. Gives `null` for an answer without a
   * body.
   *
   * @throws {SmartError} `http_status` with `status`, `body` and, where the server says it, `retryAfterSeconds` when the
   * server answers outside 2xx; `json_invalid` when the answer is not JSON (use {@link SmartClient.fetch} for a PDF, XML or
   * text); and what {@link SmartClient.fetch} throws.
   * @example
   * const bundle = await smart.request<fhir4.Bundle>('Observation?category=vital-signs&_sort=-date');
   */
  request<T = unknown>(url: string | URL, init?: SmartRequestInit): Promise<T>;

  /**
   * `fetch` with the access token, for URLs under the FHIR base only; relative ones resolve against it. Refreshes before
   * expiry, and once after a 401 if the request can be replayed. Redirects are refused, because the browser would carry
   * the token along. Otherwise it is the platform's `fetch`: a `Request` is sent with all that it says, and members of
   * `init` that are not `undefined` win. Its signal ends the call at once; a refresh that was begun goes on.
   *
   * @throws {SmartError} `origin_not_allowed` (another origin, a path outside the base or with quotes, spaces, backslashes
   * or letters beyond ASCII that are not encoded), `config_invalid` (what no request can be made of), `redirected`,
   * `signed_out`, `session_expired`, `network`, `timeout`, `aborted`.
   */
  fetch(input: string | URL | Request, init?: SmartFetchInit): Promise<Response>;

  /**
   * An access token that is good now; one caller refreshes while the others wait, and they share a failure. Without
   * `minValiditySeconds` a token that cannot be renewed is given until it ends, and the failure is the event `error`.
   *
   * @throws {SmartError} `signed_out`, `session_expired`, `refresh_rejected`, `id_token_invalid` (with the session
   * gone where the server answered for another person), `network`, `timeout`, `http_status` (with `retryAfterSeconds`
   * while the server wants to be left alone), `lock_timeout` (another tab is renewing and does not finish),
   * `refresh_in_doubt` (the refresh token was sent twice and no answer came, or another tab that is gone has the new one:
   * the user has to sign in; an access token that has not expired is still good for {@link SmartClient.fetch}).
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;

  /**
   * Refreshes now, whatever the expiry, and after a failure without the pause that other calls keep, unless the server
   * asked for one. Throws as {@link SmartClient.getAccessToken}.
   */
  refresh(options?: { signal?: AbortSignal | undefined }): Promise<SmartSession>;

  /**
   * The claims of the server's UserInfo (OpenID Connect Core §5.3), in JSON or as a signed token, which is verified; about
   * the person whom the ID token names, or refused. Asks the server each time.
   *
   * @throws {SmartError} `userinfo_invalid` (also where no ID token says who signed in), `discovery_invalid` (the server
   * has no such endpoint), and what {@link SmartClient.getAccessToken} throws.
   */
  userInfo(): Promise<UserInfo>;

  /**
   * What the server says of a token (RFC 7662): a hint, never a substitute for what the FHIR server says. The request is
   * authorized by the session's access token, as SMART has it, or by the client's id.
   *
   * @throws {SmartError} `introspection_invalid`, `token_refused`, `discovery_invalid` (the server has no such endpoint),
   * and what {@link SmartClient.getAccessToken} throws.
   */
  introspect(options?: IntrospectOptions): Promise<IntrospectionResponse>;

  /**
   * Signs out: wipes the session and the pending sign-ins here first, then revokes the tokens where the server offers
   * that (RFC 7009). Does not reject when the server fails: see {@link LogoutResult.error}.
   */
  logout(options?: LogoutOptions): Promise<LogoutResult>;

  /**
   * Checks the way back from {@link LogoutResult.logoutUrl}: that its `state` is one of this tab, once. To be called at
   * `postLogoutRedirectUri` by apps that show there that the sign-out worked; whoever does not, need not.
   *
   * @param url default: the page's.
   * @throws {SmartError} `state_unknown`: somebody else sent the user here.
   */
  completeLogout(url?: string | URL): Promise<void>;

  /**
   * Signs the user out of all tabs because the server says so (OpenID Connect Front-Channel Logout): to be called by the
   * page that is registered as `frontchannel_logout_uri`, which the server opens in a frame with `iss` and `sid`. Both
   * must be those of a session's ID token, or nothing happens. Gives whether a tab has signed out.
   *
   * Browsers that partition storage keep a frame in another site's page apart from the app's tabs, so this reaches them
   * only where server and app are of one site.
   *
   * @param url default: the page's.
   */
  frontChannelLogout(url?: string | URL): Promise<boolean>;

  /**
   * Reads a configured server's metadata (cached for ten minutes, never a failure): its smart-configuration, or what
   * stands in for it.
   *
   * @param fhirBaseUrl which of `servers`; not needed for one.
   */
  discover(fhirBaseUrl?: string | URL): Promise<SmartServerMetadata>;

  /** The state now: one frozen object, the same until something changes. */
  getState(): SmartState;
  /**
   * Calls `listener` after every change of {@link SmartClient.getState}, and with each event but `request`; gives the
   * function that ends it.
   *
   * @example
   * smart.subscribe((event) => { if (event?.type === 'expiring') offerToStay(); });
   */
  subscribe(listener: (event?: SmartEvent) => void): () => void;
  /** Calls `listener` for an event; gives the function that ends it. */
  on<E extends keyof SmartEvents>(event: E, listener: (detail: SmartEvents[E]) => void): () => void;

  /**
   * Puts the client away: its listeners, timers and channel end, and popups that it opened are closed. What is stored stays,
   * so this is no sign-out. Calls afterwards reject with `aborted`.
   */
  dispose(): void;
}
