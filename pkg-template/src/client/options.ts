// The options of `createSmartClient`.

import type { URL } from '../values/platform.js';

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
