/**
 * SMART App Launch 2.2 for public clients: sign a user in to a SMART on FHIR server, keep the session, call the FHIR API.
 *
 * Two layers: {@link createSmartClient} does the whole job in a browser; the building blocks (from {@link createPkcePair}
 * on) make and read single messages for people who keep their own sessions. One file, for it is one module to import.
 */

import type {
  AbortSignal,
  BodyInit,
  FormData,
  Request,
  RequestInit,
  Response,
  URL,
  URLSearchParams,
} from './platform.js';

// ---------------------------------------------------------------------------------------------------- configuration

/**
 * One SMART server and this app's registration there.
 *
 * @example
 * const server = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' };
 */
export interface SmartServerOptions {
  /** What the app calls this server: for the app alone. */
  name?: string | undefined;
  /** FHIR base URL as registered. Sent as `aud` byte for byte, so write it as the server does. */
  fhirBaseUrl: string | URL;
  /** The client id the server gave this app. */
  clientId: string;
  /**
   * Scopes to ask for, separated by spaces. `launch` is added to an EHR launch and left out of a standalone one, so one
   * value serves both.
   */
  scope: string;
  /**
   * Where the server sends the user back to, as registered: no fragment. Without it, in a page: the page's own URL
   * without query and fragment. Servers that do not send the RFC 9207 `iss` parameter must not share one, whether they are
   * among the `servers` of one client or each in a client of the page.
   */
  redirectUri?: string | URL | undefined;
  /**
   * OpenID issuer this server must state in its metadata, compared as a string. Absent: whatever it states; of several
   * servers each has to prove it, by the OpenID configuration of that issuer. Where a 4xx answer says that there is no
   * smart-configuration, this issuer's OpenID configuration is read in its place.
   */
  issuer?: string | undefined;
  /**
   * What its metadata states instead, where that is not what its ID tokens name: they have to name `issuer`. OpenEMR is
   * such a server.
   */
  metadataIssuer?: string | undefined;
  /** Value of `aud` where it differs from `fhirBaseUrl`. */
  aud?: string | undefined;
  /**
   * Endpoints given by hand, in place of those that the metadata states: where only the keys cannot be had (CORS), for
   * instance, `{ jwksUri }`. With both `authorizationEndpoint` and `tokenEndpoint` discovery is not done.
   */
  endpoints?: SmartEndpoints | undefined;
  /**
   * How the authorization request travels: `GET` a URL, `POST` an HTML form, `auto` (the default) posts where the server
   * advertises `authorize-post` and the URL would be longer than 2,000 characters.
   */
  authorizeMethod?: 'auto' | 'GET' | 'POST' | undefined;
  /** `response_mode` to ask for; absent means the server's default for `code`, which is the query. */
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /**
   * More authorization parameters. An object is sent as JSON. The protocol's own names are refused. With `max_age`, in
   * seconds, a user who signed in earlier at the server is refused (`auth_time` of the ID token).
   */
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
}

/** Endpoints given by hand. Each must be https (or loopback with `allowInsecureLoopback`). */
export interface SmartEndpoints {
  authorizationEndpoint?: string | URL | undefined;
  tokenEndpoint?: string | URL | undefined;
  revocationEndpoint?: string | URL | undefined;
  endSessionEndpoint?: string | URL | undefined;
  introspectionEndpoint?: string | URL | undefined;
  /** Without it it is found through the OpenID configuration of `issuer`, when it is asked for. */
  userinfoEndpoint?: string | URL | undefined;
  /** Where the server's keys are; without it they are found through the OpenID configuration of `issuer`. */
  jwksUri?: string | URL | undefined;
}

/** What the client does wherever the server is. */
export interface SmartClientBehaviour {
  /**
   * Where the session is kept: `session` (the default) is `sessionStorage`, so it survives a reload and ends with the
   * tab; `memory` ends with the page; `local` is `localStorage`: all tabs have one session, which outlives them and the
   * browser, so sign out. A pending sign-in is always in `sessionStorage`, because it must survive the redirect.
   *
   * A tab that is duplicated has a copy of `sessionStorage`. The tabs then renew the tokens once for all, and signing out
   * in one signs out all.
   */
  storage?: 'session' | 'memory' | 'local' | undefined;
  /** Refuse what is merely sloppy instead of noting it in `warnings`. Default `false`. */
  strict?: boolean | undefined;
  /** Deadline of each request to the authorization server in seconds, headers and body together. Default 20. */
  timeoutSeconds?: number | undefined;
  /** Lifetime in seconds to assume for an access token whose server states none. Default 300. */
  assumedLifetimeSeconds?: number | undefined;
  /** How many seconds this device's clock and the server's may be apart when an ID token is checked. Default 60, at most 300. */
  clockSkewSeconds?: number | undefined;
  /**
   * Permit servers on this machine over http (`http://localhost`, `127.0.0.1`, `[::1]`). For development. Default `false`. One
   * that you name with https needs no permission.
   */
  allowInsecureLoopback?: boolean | undefined;
  /** Sign in to a server whose metadata does not list S256. S256 is sent all the same. Default `false`. */
  acceptServerWithoutS256?: boolean | undefined;
}

/**
 * One server, or several under `servers`; what stands outside `servers` is the default for each of them.
 *
 * @example
 * createSmartClient({
 *   clientId: 'growth-chart',
 *   scope: 'launch launch/patient patient/*.rs',
 *   servers: [
 *     { fhirBaseUrl: 'https://ehr.example/fhir', redirectUri: 'https://app.example/back/ehr' },
 *     { fhirBaseUrl: 'https://other.example/r4', redirectUri: 'https://app.example/back/other', clientId: '0a1b2c' },
 *   ],
 * });
 */
export type SmartClientOptions = SmartClientBehaviour &
  (SmartServerOptions | (SmartServerDefaults & { servers: readonly SmartServerDefaults[] }));

/** {@link SmartServerOptions} of which each may be left out. */
export type SmartServerDefaults = { [Option in keyof SmartServerOptions]?: SmartServerOptions[Option] | undefined };

// ------------------------------------------------------------------------------------------------------------ client

/**
 * Makes a client. Does no I/O and is safe on a server; the engine loads with the first asynchronous call. Mistakes in the
 * options reject that call with `config_invalid`.
 *
 * @example
 * const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const session = await smart.ready() ?? await smart.authorize();
 * const patient = await smart.request(`Patient/${session.patient}`);
 */
export function createSmartClient(options: SmartClientOptions): SmartClient;

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

export interface ReadyOptions {
  /**
   * The callback, where it is not the page's URL: the URL that the server sent the browser to, or a request for it. Where
   * the app has only a part of it (path and query, the query, the parameters), whether it came to `redirectUri` cannot be
   * checked. A `FormData`, or the body of a `form_post` answer as the server received it, is a posted answer. With several
   * servers an answer has to show whose it is: give the whole URL, or {@link PostedAnswer}.
   */
  callback?: string | URL | URLSearchParams | FormData | Request | PostedAnswer | undefined;
  /**
   * DANGER: hand a callback that this page does not wait for over to whoever opened or frames it, whatever its origin. For
   * an app in a frame with `sandbox` and without `allow-same-origin`, which has no origin: its popup cannot tell it from
   * any other page. Any page on the web can then have a user sign in and take the code, with a verifier of its own; so
   * only where the server asks the user each time, or after asking here. Default `false`.
   */
  dangerouslyHandOverToAnyOrigin?: boolean | undefined;
}

/** A posted answer with its place: the redirect URI is what tells the answers of several servers apart. */
export interface PostedAnswer {
  /** The whole URL that it was posted to. */
  readonly url: string | URL;
  /** The body of the post. */
  readonly body: string | URLSearchParams | FormData;
}

export interface AuthorizeOptions {
  /** Which of `servers` to sign in to: its FHIR base URL. Not needed for one server or at a launch URL. */
  iss?: string | URL | undefined;
  /** Opaque launch handle of an EHR launch, where it is not read from the page's URL. */
  launch?: string | undefined;
  /** Scopes of this sign-in instead of the configured ones, sent as written; `launch` is added to an EHR launch without it. */
  scope?: string | undefined;
  /** Anything JSON: given back as `session.appState` after the sign-in. Kept here, not sent. */
  appState?: unknown | undefined;
  /**
   * Where in this app to go after the sign-in, given back as `session.returnTo`: a path, or a URL of the origin of
   * `redirectUri` such as `location.href`, of which the path is kept. The parameters of a launch or a callback are left out.
   * Anything else becomes `/`.
   */
  returnTo?: string | URL | undefined;
  /** As {@link SmartServerOptions.authorizeMethod}. */
  authorizeMethod?: 'auto' | 'GET' | 'POST' | undefined;
  /** As {@link SmartServerOptions.responseMode}. */
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** As {@link SmartServerOptions.authorizationParams}; these win. */
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
  /** `false` gives the request instead of leaving the page. */
  navigate?: boolean | undefined;
  /** Where to sign in: here, by leaving the page. Other windows are in {@link WindowOptions}. */
  target?: 'page' | undefined;
}

/** Signing in through another window. */
export interface WindowOptions extends Omit<AuthorizeOptions, 'navigate' | 'target'> {
  /** A popup, or a hidden frame for signing in silently. */
  target: 'popup' | 'frame';
}

export interface SmartFetchInit extends RequestInit {
  /** Send again after a 401 even if the method is not idempotent (POST, PATCH), for instance for `_search`. */
  replay?: boolean | undefined;
}

export interface SmartRequestInit extends Omit<SmartFetchInit, 'body'> {
  /** An object is sent as FHIR JSON, an array with `PATCH` as JSON Patch. */
  body?: BodyInit | object | null | undefined;
}

export interface AccessTokenOptions {
  /**
   * Refresh if fewer seconds are left, and fail if that fails. Never more than a quarter of the token's lifetime counts.
   * By default the token is renewed 60 seconds before it ends.
   */
  minValiditySeconds?: number | undefined;
  /** Ends this call, not the refresh it waits for. */
  signal?: AbortSignal | undefined;
}

/** Claims of a UserInfo response; `sub` is that of the ID token. */
export interface UserInfo {
  readonly sub: string;
  readonly name?: string;
  readonly [claim: string]: unknown;
}

export interface IntrospectOptions {
  /** The token to ask about. Default: the session's own. */
  token?: string | undefined;
  /** Which of the session's tokens, or of which kind `token` is. Default `access_token`. */
  tokenTypeHint?: 'access_token' | 'refresh_token' | undefined;
  /** What authorizes the request: the session's access token (default), or the client's id, as some servers want it. */
  authorizedBy?: 'access_token' | 'client_id' | undefined;
}

/** What a server says of a token (RFC 7662 §2.2), launch context among it. */
export interface IntrospectionResponse {
  readonly active: boolean;
  readonly scope?: string;
  readonly client_id?: string;
  /** Seconds since 1970. */
  readonly exp?: number;
  readonly patient?: string;
  readonly [member: string]: unknown;
}

export interface LogoutOptions {
  /** Where the server shall send the user after {@link LogoutResult.logoutUrl}; must be registered there. */
  postLogoutRedirectUri?: string | URL | undefined;
}

export interface LogoutResult {
  /** `true` if the server confirmed the revocation, `null` if it offers none or there was no session. */
  revoked: boolean | null;
  /** Where to send the browser to end the session at the server too (OpenID RP-Initiated Logout), if known. */
  logoutUrl: string | null;
  /** `logout_remote_failed`, if the server could not be told. The local session is gone all the same. */
  error: SmartError | null;
}

// ----------------------------------------------------------------------------------------------------------- session

/** Where else the token is good, for what and for whom (RFC 9396; SMART App Launch 2.2). */
export interface SmartAuthorizationDetail {
  /** FHIR base URLs. */
  readonly locations?: readonly string[];
  readonly fhirVersions?: readonly string[];
  /** Scopes there. */
  readonly scope?: string;
  /** Id of the patient in context, there. */
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly FhirContextItem[];
}

/** Claims of a verified ID token (OpenID Connect Core §2). */
export interface IdTokenClaims {
  readonly iss: string;
  /** Who, unique at the issuer; never the same as another person's. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  /** Seconds since 1970. */
  readonly exp: number;
  readonly iat: number;
  readonly fhirUser?: string;
  readonly name?: string;
  readonly [claim: string]: unknown;
}

/** A signed-in session: a frozen snapshot; a refresh makes a new one. Shows no token when logged or serialised. */
export interface SmartSession {
  /** FHIR base URL, the root of {@link SmartClient.fetch}. */
  readonly serverUrl: string;
  readonly clientId: string;
  /** OpenID issuer of the server's metadata, if it states one. */
  readonly issuer: string | null;
  /**
   * Who is signed in: the URL of a Patient, Practitioner, PractitionerRole, RelatedPerson or Person, absolute. From the
   * ID token's `fhirUser` (or the older `profile`), which was verified. At another server than this one there is a
   * warning `fhir_user_elsewhere`, and {@link SmartClient.fetch} refuses to read it.
   */
  readonly fhirUser: string | null;
  /** What the ID token claims, its signature and claims verified; `null` without one. The token itself is in `tokenResponse`. */
  readonly idToken: IdTokenClaims | null;
  /** Id of the patient in context. */
  readonly patient: string | null;
  /** Id of the encounter in context. */
  readonly encounter: string | null;
  /** Other resources in context; the older string shape is read as `{ reference }`. */
  readonly fhirContext: readonly FhirContextItem[];
  /** What the launch is for, as agreed with the EHR. Unknown: show the default screen. */
  readonly intent: string | null;
  /** `true`: the app must show whose record it is. `null`: not stated. */
  readonly needPatientBanner: boolean | null;
  /**
   * What the token is good for at each server, where the server says so (`authorization_details` of type
   * `smart_on_fhir`): {@link SmartClient.fetch} takes absolute URLs under each of the `locations`, each with a context of
   * its own.
   */
  readonly authorizationDetails: readonly SmartAuthorizationDetail[];
  /** JSON document with the EHR's style. */
  readonly smartStyleUrl: string | null;
  /** Tenant of a server with many. */
  readonly tenant: string | null;
  /** Scopes granted, in the server's order. They may be fewer, more or other than those asked. */
  readonly scopes: readonly string[];
  /**
   * Whether the granted scopes cover these: v1 and v2 forms, wildcards and unions are understood
   * (`user/*.read` covers `user/Observation.rs`), and a grant restricted by a query does not cover the unrestricted
   * scope. The server may still refuse: it decides, this is for the screen.
   *
   * @throws {SmartError} `config_invalid` for what is not text.
   * @example
   * if (session.can('patient/Observation.rs')) showVitals();
   */
  can(...needed: string[]): boolean;
  /**
   * Scopes asked for that those granted do not cover, in any of their forms. With an ID token `openid` was granted,
   * and `fhirUser` with {@link SmartSession.fhirUser}, whatever the server names.
   */
  readonly scopesNotGranted: readonly string[];
  /** When the access token was asked for, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** When the access token expires, in milliseconds since 1970. `null`: the server did not say. */
  readonly expiresAt: number | null;
  /** Whether there is a refresh token. */
  readonly refreshable: boolean;
  /** Whether the session survives a reload: `false` in memory, also when storage is blocked. */
  readonly persisted: boolean;
  /** The token response under its wire names, with everything the server sent. */
  readonly tokenResponse: SmartTokenResponse;
  /** What was odd about the server, and tolerated. */
  readonly warnings: readonly SmartWarning[];
  /** `appState` of {@link AuthorizeOptions}. */
  readonly appState: unknown;
  /**
   * `returnTo` of {@link AuthorizeOptions}: a path in this app. On the session that finishes the sign-in alone: after a
   * reload or a refresh it is `null`, because the user has gone elsewhere.
   */
  readonly returnTo: string | null;
}

/** An item of `fhirContext` (SMART App Launch 2.2, "fhirContext"). */
export interface FhirContextItem {
  readonly reference?: string;
  readonly canonical?: string;
  readonly identifier?: { readonly system?: string; readonly value?: string; readonly [name: string]: unknown };
  readonly type?: string;
  /** `launch` where the server gave none. */
  readonly role: string;
  readonly [name: string]: unknown;
}

/**
 * Members of the token response. The three tokens are there to be asked for by name; they are not enumerable, so they
 * stay out of `JSON.stringify`, spreads and logs.
 */
export interface SmartTokenResponse {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly token_type: string;
  readonly expires_in?: number | string;
  readonly scope?: string;
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly unknown[];
  readonly intent?: string;
  readonly need_patient_banner?: boolean;
  readonly smart_style_url?: string;
  readonly tenant?: string;
  readonly [member: string]: unknown;
}

/** Something the server does that the guide does not allow and that is not unsafe. `strict` refuses it. */
export interface SmartWarning {
  readonly code: SmartWarningCode;
  /** One sentence. */
  readonly message: string;
}

export type SmartWarningCode =
  | 'discovery_content_type'
  | 'discovery_member_missing'
  | 'discovery_member_invalid'
  | 'discovery_relative_url'
  | 'pkce_plain_advertised'
  | 'pkce_not_advertised'
  | 'scope_not_granted'
  | 'scope_malformed'
  | 'expires_in_invalid'
  | 'launch_context_missing'
  | 'launch_context_malformed'
  | 'storage_unavailable'
  | 'resource_id_malformed'
  | 'nonce_missing'
  | 'refreshed_id_token_malformed'
  | 'auth_time_missing'
  | 'id_token_missing'
  | 'id_token_malformed'
  | 'id_token_unverified'
  | 'fhir_user_invalid'
  | 'fhir_user_elsewhere'
  | 'patient_context_not_asked';

// ------------------------------------------------------------------------------------------------------------- state

/**
 * State of a client. `activity` says what is going on; renewing a token never changes `status`. What goes wrong with
 * signing in, with the session or with signing out is in `error` too, and told as the event `error`.
 */
export type SmartState =
  | { readonly status: 'loading'; readonly session: null; readonly error: null; readonly activity: SmartActivity }
  | { readonly status: 'unauthenticated'; readonly session: null; readonly error: SmartError | null; readonly activity: SmartActivity }
  | { readonly status: 'authenticated'; readonly session: SmartSession; readonly error: SmartError | null; readonly activity: SmartActivity }
  | { readonly status: 'error'; readonly session: null; readonly error: SmartError; readonly activity: SmartActivity };

export type SmartActivity = 'idle' | 'restoring' | 'signing-in' | 'refreshing' | 'signing-out';

export interface SmartEvents {
  signedIn: SmartSession;
  /** A new access token, from this tab's refresh or another's. */
  refreshed: SmartSession;
  /** The scopes granted are other ones than before a refresh. */
  scopeChanged: SmartSession;
  /** The access token ends within a minute, or a quarter of its life; the next call renews it where that can be done. */
  expiring: SmartSession;
  /**
   * `logout`: here, in another tab or by the server, or the app has removed what was stored. `replaced`: another sign-in has
   * taken the place of this session in this page or tab. `session_expired`: the token has expired and cannot be renewed.
   * `identity_changed`: the server renewed the session for somebody else, in this tab or another.
   */
  signedOut: { readonly reason: 'logout' | 'replaced' | 'session_expired' | 'identity_changed' | 'worker_lost' };
  error: SmartError;
  /** The page is about to be left for the authorization endpoint. */
  redirecting: { readonly method: 'GET' | 'POST'; readonly url: string };
  /** A request the library made, without parameters, headers or bodies. */
  request: SmartRequestEvent;
}

/** An event with its name, as {@link SmartClient.subscribe} tells it. */
export type SmartEvent = {
  [E in Exclude<keyof SmartEvents, 'request'>]: { readonly type: E; readonly detail: SmartEvents[E] };
}[Exclude<keyof SmartEvents, 'request'>];

export interface SmartRequestEvent {
  readonly purpose:
    | 'discovery'
    | 'openid_discovery'
    | 'jwks'
    | 'token'
    | 'refresh'
    | 'revocation'
    | 'userinfo'
    | 'introspection'
    | 'fhir';
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  /** HTTP status; `null` if there was no answer, or none the page may see. */
  readonly status: number | null;
  readonly milliseconds: number;
}

// ------------------------------------------------------------------------------------------------------------ errors

/**
 * The one error. `code` is stable; `message` is one sentence without secrets; `hint` says what to do.
 *
 * @example
 * try { await smart.ready(); }
 * catch (error) {
 *   if (SmartError.is(error) && error.code === 'authorization_refused') show(error.oauth?.description ?? error.message);
 *   else throw error;
 * }
 */
export class SmartError extends Error {
  /**
   * For the tests of an app: what it does with an error. All others are the package's.
   *
   * @example
   * const ended = new SmartError({ code: 'session_expired', message: 'the session has ended' });
   */
  constructor(
    members: Pick<SmartError, 'code' | 'message'> &
      Partial<
        Pick<
          SmartError,
          | 'hint'
          | 'fault'
          | 'userMessage'
          | 'retryable'
          | 'purpose'
          | 'url'
          | 'warning'
          | 'returnTo'
          | 'status'
          | 'retryAfterSeconds'
          | 'oauth'
          | 'body'
          | 'operationOutcome'
        >
      >,
    cause?: unknown,
  );
  /** Whether `value` is a SmartError, also of another copy of this package. */
  static is(value: unknown): value is SmartError;
  readonly name: 'SmartError';
  readonly code: SmartErrorCode;
  /** What to do: for developers, in English. */
  readonly hint: string;
  /** Who can mend it: see {@link SmartFault}. */
  readonly fault: SmartFault;
  /** A sentence for the user, in English; for other languages an app has sentences of its own, by `code` or `fault`. */
  readonly userMessage: string;
  /** The request that it came of, where one went wrong. */
  readonly purpose?: SmartRequestPurpose;
  /** URL of that request, without query and fragment. */
  readonly url?: string;
  /** The warning that `strict` made an error. */
  readonly warning?: SmartWarningCode;
  /** Whether the same call may work later. */
  readonly retryable: boolean;
  /** `returnTo` of the sign-in that failed: where to go with the next one. */
  readonly returnTo?: string;
  /** HTTP status, where a server answered. */
  readonly status?: number;
  /** Seconds the server asked to wait (`Retry-After`), at most 300. */
  readonly retryAfterSeconds?: number;
  /**
   * What the server said (RFC 6749 §4.1.2.1, §5.2); `hint` is what some add for developers. Text from outside: show it as
   * text, never as HTML.
   */
  readonly oauth?: {
    readonly error: string;
    readonly description?: string;
    readonly hint?: string;
    readonly uri?: string;
  };
  /**
   * Body of the answer of {@link SmartClient.request}: JSON if it was, else text. The token of the request and those of the
   * session are masked in it; health data is not.
   */
  readonly body?: unknown;
  /** The same where it is an OperationOutcome: what the FHIR server says is wrong, in `issue`. */
  readonly operationOutcome?: {
    readonly resourceType: 'OperationOutcome';
    readonly issue?: readonly {
      readonly severity?: string;
      readonly code?: string;
      readonly diagnostics?: string;
      readonly details?: { readonly text?: string };
    }[];
  };
}

/**
 * Who can mend an error: the `user`, by signing in again; the `app`, its options, its code and its registration at the
 * server; the `server`, or a proxy before it; the `network`; the `browser`, or the device.
 */
export type SmartFault = 'user' | 'app' | 'server' | 'network' | 'browser';

/** What a request was for. */
export type SmartRequestPurpose =
  | 'discovery'
  | 'openid_discovery'
  | 'token'
  | 'refresh'
  | 'jwks'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'fhir';

export type SmartErrorCode =
  // the app's configuration or call
  | 'config_invalid'
  | 'issuer_not_allowed'
  | 'endpoint_scheme'
  | 'launch_invalid'
  | 'origin_not_allowed'
  | 'signed_out'
  | 'session_expired'
  | 'crypto_unavailable'
  | 'sign_in_abandoned'
  | 'popup_blocked'
  | 'popup_closed'
  // the server, by intent
  | 'authorization_refused'
  | 'interaction_required'
  | 'token_refused'
  | 'refresh_rejected'
  | 'par_required'
  // the server, by mistake (or somebody in between)
  | 'discovery_invalid'
  | 'discovery_issuer'
  | 'pkce_unsupported'
  | 'token_response_invalid'
  | 'token_type_unsupported'
  | 'launch_context_invalid'
  | 'json_invalid'
  | 'content_type'
  | 'body_too_large'
  | 'redirected'
  | 'http_status'
  | 'logout_remote_failed'
  // the callback
  | 'state_unknown'
  | 'callback_malformed'
  | 'callback_duplicate_param'
  | 'callback_wrong_mode'
  | 'callback_replayed'
  | 'iss_missing'
  | 'iss_mismatch'
  // the network and the platform
  | 'network'
  | 'timeout'
  | 'aborted'
  | 'storage_unavailable'
  | 'wasm_unavailable'
  | 'worker_lost'
  | 'service_worker_unavailable'
  | 'internal'
  | 'id_token_invalid'
  | 'clock_skew'
  | 'userinfo_invalid'
  | 'introspection_invalid'
  // tabs
  | 'lock_timeout'
  | 'refresh_in_doubt';

// ---------------------------------------------------------------------------------------------------- server metadata

/** A server's smart-configuration, checked (SMART App Launch 2.2, "Conformance"). Endpoints are absolute. */
export interface SmartServerMetadata {
  readonly fhirBaseUrl: string;
  readonly issuer: string | null;
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | null;
  readonly introspectionEndpoint: string | null;
  readonly endSessionEndpoint: string | null;
  readonly jwksUri: string | null;
  readonly capabilities: readonly SmartCapability[];
  /** The capability sets of the guide that the server supports. */
  readonly capabilitySets: readonly SmartCapabilitySet[];
  readonly scopesSupported: readonly string[];
  /** Where the document departs from the guide. */
  readonly warnings: readonly SmartWarning[];
  /** The document under its wire names, with everything the server sent. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

export type SmartCapability =
  | 'launch-ehr'
  | 'launch-standalone'
  | 'authorize-post'
  | 'client-public'
  | 'client-confidential-symmetric'
  | 'client-confidential-asymmetric'
  | 'sso-openid-connect'
  | 'context-banner'
  | 'context-style'
  | 'context-ehr-patient'
  | 'context-ehr-encounter'
  | 'context-standalone-patient'
  | 'context-standalone-encounter'
  | 'permission-offline'
  | 'permission-online'
  | 'permission-patient'
  | 'permission-user'
  | 'permission-v1'
  | 'permission-v2'
  | 'smart-app-state'
  | (string & {});

export type SmartCapabilitySet =
  | 'patient-access-standalone'
  | 'patient-access-ehr'
  | 'clinician-access-standalone'
  | 'clinician-access-ehr';

// ---------------------------------------------------------------------------------------------------- building blocks

/** An authorization request to send the browser to: go to `url` by GET, or submit `fields` to `action` as a form. */
export type AuthorizationRequest =
  | { readonly method: 'GET'; readonly url: string; readonly state: string }
  | { readonly method: 'POST'; readonly action: string; readonly fields: ReadonlyArray<readonly [string, string]>; readonly state: string };

/** A PKCE pair (RFC 7636): keep the verifier, send the challenge. 256 bits of the platform's randomness. */
export function createPkcePair(): Promise<PkcePair>;
export interface PkcePair {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
  readonly codeChallengeMethod: 'S256';
}

/** A fresh `state` or `nonce`: 256 bits of the platform's randomness, base64url. */
export function createState(): Promise<string>;

/**
 * The shortest list of scopes that means the same: `patient/Observation.r patient/Observation.s` becomes
 * `patient/Observation.rs`. In v2 form, sorted.
 *
 * @throws {SmartError} `config_invalid` for a scope that servers may ignore or refuse, such as one with letters out of
 * order.
 */
export function normalizeScope(scope: string): Promise<string>;

/** Whether scopes that were granted cover those that are needed, in any of their forms (as `session.can`). */
export function scopeCovers(granted: string, needed: string): Promise<boolean>;

/**
 * Reads `iss` and `launch` from a launch URL; `null` if it is none. `iss` is the caller's to check before use.
 *
 * @throws {SmartError} `callback_duplicate_param`, `launch_invalid`, `endpoint_scheme`.
 */
export function parseLaunch(url: string | URL): Promise<{ readonly iss: string; readonly launch: string } | null>;

/** URL of a FHIR base's smart-configuration: appended to the whole path with exactly one slash. */
export function smartConfigurationUrl(fhirBaseUrl: string | URL): Promise<string>;

/**
 * Reads a smart-configuration document.
 *
 * @throws {SmartError} `json_invalid`, `discovery_invalid`, `endpoint_scheme`.
 */
export function readSmartConfiguration(input: {
  fhirBaseUrl: string | URL;
  body: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<SmartServerMetadata>;

/**
 * Makes an authorization request (SMART App Launch 2.2, "Obtain authorization code"). Parameters go in the guide's order.
 *
 * @example
 * const pkce = await createPkcePair(), state = await createState();
 * const request = await createAuthorizationRequest({
 *   authorizationEndpoint: 'https://ehr.example/authorize', clientId: 'app', redirectUri: 'https://app.example/back',
 *   scope: 'launch/patient patient/*.rs', aud: 'https://ehr.example/fhir', state, codeChallenge: pkce.codeChallenge,
 * });
 */
export function createAuthorizationRequest(input: {
  authorizationEndpoint: string | URL;
  clientId: string;
  redirectUri: string | URL;
  scope: string;
  aud: string;
  state: string;
  codeChallenge: string;
  launch?: string | undefined;
  nonce?: string | undefined;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  method?: 'GET' | 'POST' | undefined;
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<AuthorizationRequest>;

/**
 * Reads the answer to an authorization request and gives up its code once it is shown to answer that request.
 *
 * @throws {SmartError} `state_unknown`, `callback_*`, `iss_missing`, `iss_mismatch`, `authorization_refused`,
 * `interaction_required`.
 */
export function readAuthorizationResponse(input: {
  /** The URL the server sent the browser to, or the posted body. */
  callback: string | URL | URLSearchParams | FormData | Request | PostedAnswer;
  /** What was sent. */
  state: string;
  redirectUri: string | URL;
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /** Issuer that `iss` must equal (RFC 9207), if known. */
  issuer?: string | undefined;
  /** Whether the server says that it always sends `iss`. */
  issRequired?: boolean | undefined;
}): Promise<{ readonly code: string }>;

/** A request to the token endpoint, ready for `fetch(url, init)`. */
export interface TokenRequest {
  readonly url: string;
  readonly init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly redirect: 'manual';
    readonly credentials: 'omit';
    readonly referrerPolicy: 'no-referrer';
    readonly cache: 'no-store';
  };
}

/** Token request that exchanges a code (SMART App Launch 2.2, "Obtain access token"; public client). */
export function createCodeTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  code: string;
  redirectUri: string | URL;
  codeVerifier: string;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest>;

/** Token request that uses a refresh token (SMART App Launch 2.2, "Refresh access token"; public client). */
export function createRefreshTokenRequest(input: {
  tokenEndpoint: string | URL;
  clientId: string;
  refreshToken: string;
  /** A subset of what was granted; absent: the same. */
  scope?: string | undefined;
  allowInsecureLoopback?: boolean | undefined;
}): Promise<TokenRequest>;

/**
 * Reads an answer of the token endpoint.
 *
 * @throws {SmartError} `token_refused` (the server's reason in `oauth`), `http_status`, `content_type`, `json_invalid`,
 * `token_response_invalid`, `token_type_unsupported`, `launch_context_invalid`, `redirected`.
 */
export function readTokenResponse(input: {
  status: number;
  contentType: string | null;
  body: string;
  retryAfter?: string | null | undefined;
  strict?: boolean | undefined;
}): Promise<SmartTokens>;

/** A token response, read. */
export interface SmartTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly idToken: string | null;
  /** Lifetime in seconds; `null` when the server gave none. */
  readonly expiresIn: number | null;
  /** Scopes granted; `null` when the server named none, which means those asked for (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | null;
  readonly patient: string | null;
  readonly encounter: string | null;
  readonly fhirContext: readonly FhirContextItem[];
  readonly intent: string | null;
  readonly needPatientBanner: boolean | null;
  readonly smartStyleUrl: string | null;
  readonly tenant: string | null;
  readonly warnings: readonly SmartWarning[];
  /** Everything the server sent but the three tokens. */
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}

/**
 * The claims of an ID token, its signature verified with keys that the caller fetched from the issuer's `jwks_uri`, and its
 * claims checked (OpenID Connect Core §3.1.3.7). For those who keep sessions of their own: `createSmartClient` does this by
 * itself.
 *
 * @throws {SmartError} `id_token_invalid`, `config_invalid`.
 */
export function readIdToken(input: IdTokenInput): Promise<IdTokenClaims>;

export interface IdTokenInput {
  idToken: string;
  /** Of the server's metadata. */
  issuer: string;
  clientId: string;
  /** JWK Set of the issuer (RFC 7517 §5). */
  jwks: { readonly keys: readonly object[] };
  /** The one that was sent: then the token has to repeat it. Without it a token that has one is refused. */
  nonce?: string | undefined;
  /** The access token that came with it, for `at_hash`. */
  accessToken?: string | undefined;
  /** Default 60, at most 300. */
  clockSkewSeconds?: number | undefined;
}

// What is not marked is not exported.
export {};
