// The options of `createSmartClient`.

import type { URL } from '../values/platform.js';

/**
 * One SMART server and this app's registration with it.
 *
 * @example
 * const server = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' };
 */
export interface SmartServerOptions {
  /** A name for this server. Only the app uses it. */
  name?: string | undefined;
  /**
   * FHIR base URL as registered. In a standalone launch it is sent as `aud` unchanged, so write it exactly as the server does. In
   * an EHR launch, the `iss` of the launch is sent instead.
   */
  fhirBaseUrl: string | URL;
  /** The client id that the server gave this app. */
  clientId: string;
  /**
   * Scopes to request, separated by spaces. `launch` is added to an EHR launch and removed from a standalone one, so
   * one value serves both.
   */
  scope: string;
  /**
   * URL to which the server redirects after sign-in, as registered, without a fragment. Default: the page's own URL
   * without query and fragment. Servers that do not send the `iss` parameter (RFC 9207) must not share a redirect URI,
   * whether they are `servers` of one client or belong to different clients of the page.
   */
  redirectUri?: string | URL | undefined;
  /**
   * OpenID issuer that the server's metadata must state, compared as a string. Default: the issuer that the metadata
   * states; with several servers that issuer is verified by its own metadata: its OpenID configuration, else the metadata of RFC
   * 8414. If the option is set and the server has no smart-configuration (4xx response), the OpenID configuration of this issuer
   * is used instead.
   */
  issuer?: string | undefined;
  /**
   * The issuer in the server's metadata, if it differs from `issuer`, the issuer in the server's ID tokens. OpenEMR is such a
   * server.
   */
  metadataIssuer?: string | undefined;
  /** Value of `aud` in all launches. Default: `fhirBaseUrl`, or the `iss` of an EHR launch. */
  aud?: string | undefined;
  /**
   * Endpoints that override those in the metadata: for instance `{ jwksUri }`, if a page cannot read the keys (CORS).
   * With both `authorizationEndpoint` and `tokenEndpoint` there is no discovery.
   */
  endpoints?: SmartEndpoints | undefined;
  /**
   * How the authorization request is sent: `GET` as a URL, `POST` as an HTML form, `push` as a pushed authorization request (RFC
   * 9126): its parameters are posted to the server first, and the URL has only a reference to them. `auto` (the default) uses GET.
   * If the URL would be longer than 2,000 characters, it uses POST if the server advertises `authorize-post`, else `push` if the
   * server has an endpoint for it. A server that requires pushed requests always gets one.
   */
  authorizeMethod?: 'auto' | 'GET' | 'POST' | 'push' | undefined;
  /** `response_mode` to request. Default: not sent, so the server uses the query. */
  responseMode?: 'query' | 'fragment' | 'form_post' | undefined;
  /**
   * Additional authorization parameters. An object is sent as JSON. Parameters that the protocol defines itself are
   * refused. With `max_age` (seconds) an ID token is refused if its `auth_time` is older than that.
   */
  authorizationParams?: Readonly<Record<string, string | number | boolean | object>> | undefined;
}

/** Endpoints that override the server's metadata. Each must be https (or loopback with `allowInsecureLoopback`). */
export interface SmartEndpoints {
  authorizationEndpoint?: string | URL | undefined;
  tokenEndpoint?: string | URL | undefined;
  pushedAuthorizationRequestEndpoint?: string | URL | undefined;
  revocationEndpoint?: string | URL | undefined;
  endSessionEndpoint?: string | URL | undefined;
  introspectionEndpoint?: string | URL | undefined;
  /** Default: `userinfo_endpoint` of the OpenID configuration of `issuer`, which is read when the endpoint is needed. */
  userinfoEndpoint?: string | URL | undefined;
  /** URL of the server's keys. Default: `jwks_uri` of the smart-configuration, else of the OpenID configuration of `issuer`. */
  jwksUri?: string | URL | undefined;
}

/** Options that are the same for all servers. */
export interface SmartClientBehaviour {
  /**
   * Where the session is stored. `session` (the default): in `sessionStorage`; it survives a reload and ends with the
   * tab. `memory`: it ends with the page. `local`: in `localStorage`; all tabs share one session, which remains when
   * the browser is closed, so sign out. A pending sign-in is always in `sessionStorage`, because it must survive the
   * redirect.
   *
   * A duplicated tab has a copy of `sessionStorage`. Only one of the tabs then refreshes the tokens, for all tabs,
   * and signing out in one signs out all.
   */
  storage?: 'session' | 'memory' | 'local' | undefined;
  /**
   * Treat violations of the specification that do not affect security as errors. Default `false`: they are in `warnings`.
   */
  strict?: boolean | undefined;
  /** Deadline in seconds of each request to the authorization server, for headers and body together. Default 20. */
  timeoutSeconds?: number | undefined;
  /**
   * For shared workstations: ends the session in all tabs if the user is not active in any tab of the origin for this number of
   * seconds, at most 86,400. Activity is input by keyboard, pointer, wheel or touch. A stored session that was idle for longer is
   * not restored. The event `expiring` is emitted a minute before the end, or a quarter of the timeout before the end if that is
   * shorter. At the end `signedOut` is emitted with the reason `idle`, and the state has the error `session_expired`. Tokens are
   * removed and revoked as by {@link SmartClient.logout}. Default: no idle timeout.
   */
  idleTimeoutSeconds?: number | undefined;
  /** Lifetime in seconds that is assumed for an access token if the server states none. Default 300. */
  assumedLifetimeSeconds?: number | undefined;
  /**
   * Seconds by which the clocks of this device and the server may differ when an ID token is checked. Default 60, at
   * most 300.
   */
  clockSkewSeconds?: number | undefined;
  /**
   * Permit servers on this machine over http (`http://localhost`, `127.0.0.1`, `[::1]`), for development. Default
   * `false`. A server on this machine with https needs no permission.
   */
  allowInsecureLoopback?: boolean | undefined;
  /**
   * Sign in to a server whose metadata does not list S256. The code challenge is sent nevertheless. Default `false`.
   */
  acceptServerWithoutS256?: boolean | undefined;
}

/**
 * One server, or several under `servers`; options outside `servers` are the defaults for each of them.
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

/** {@link SmartServerOptions}, all optional. */
export type SmartServerDefaults = { [Option in keyof SmartServerOptions]?: SmartServerOptions[Option] | undefined };
