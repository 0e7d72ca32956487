// The options of `createSmartServer`.

import type { SmartClientBehaviour, SmartServerDefaults, SmartServerOptions } from '../client/options.js';
import type { ClientAuth, PrivateJwk } from '../confidential/client-auth.js';
import type { SmartError } from '../error/smart-error.js';
import type { CryptoKey, Request, Response, URL } from '../values/platform.js';
import type { SessionStore } from './session-store.js';

/** One server, or several under `servers`; options outside `servers` are the defaults for each of them. */
export type SmartServerSetup = ServerBehaviour &
  (RegisteredServer | (RegisteredServerDefaults & { servers: readonly RegisteredServerDefaults[] }));

/** One SMART server and this app's registration with it. `redirectUri` is `callback` under `baseUrl` unless set. */
export interface RegisteredServer extends Omit<SmartServerOptions, 'responseMode'> {
  /** How the app authenticates. Without it, the app is a public client. */
  clientAuth?: ClientAuth | undefined;
  /**
   * `form_post` if the server requires it. With `jwt`, `query.jwt` or `form_post.jwt` the server signs its response (JARM), and
   * a response without a signature is refused. Default: no response mode is sent, so the server uses the query.
   */
  responseMode?: 'query' | 'form_post' | 'jwt' | 'query.jwt' | 'form_post.jwt' | undefined;
  /**
   * Whether authorization requests are signed with the key of `clientAuth` (RFC 9101). With `reference` the authorization request
   * has a `request_uri`, a URL of the route `request/…` from which the SMART server fetches the signed request (RFC 9101 §5.2).
   * Default: authorization requests are signed if the server requires it.
   */
  requestObject?: boolean | 'reference' | undefined;
}

/** The members of {@link RegisteredServer}, all optional. */
export type RegisteredServerDefaults = { [Option in keyof RegisteredServer]?: RegisteredServer[Option] | undefined } & {
  [Option in Exclude<keyof SmartServerDefaults, keyof RegisteredServer>]?: never;
};

/** Options that are the same for all servers. */
export interface ServerBehaviour extends Omit<SmartClientBehaviour, 'storage' | 'idleTimeoutSeconds'> {
  /** URL of the routes, such as `https://app.example/auth`. Pages that use the routes must have the same origin. */
  baseUrl: string | URL;
  /**
   * Encrypts stored sessions: at least 32 random characters, the same for all instances. A list for rotation: the first
   * encrypts, all of them decrypt.
   */
  cookieSecret: string | readonly string[];
  sessions: SessionOptions;
  /**
   * Whether the app runs in iframes of an EHR: cookies are `SameSite=None; Partitioned` then. Default `false`: they are
   * `SameSite=Lax`, except that with `form_post` those of pending sign-ins are `SameSite=None`.
   */
  frames?: boolean | undefined;
  /** Path in the app to open after a sign-in without `returnTo`. Default `/`. */
  returnTo?: string | undefined;
  /** URL to which a SMART server redirects after a logout. It must be registered with that server. */
  postLogoutRedirectUri?: string | URL | undefined;
  /** Serves FHIR requests of pages under `fhir/`. Default: not served. */
  proxy?: ProxyOptions | undefined;
  /** Additional keys of the JWK Set: for rotation, or if the key of `clientAuth` is neither a JWK nor PEM. */
  publicKeys?: readonly (PublicKey | { key: PublicKey; keyId?: string | undefined })[] | undefined;
  /**
   * Called for each error of a route. The function may return a response that replaces the built-in one. The error contains no
   * secrets, but its `body` may contain health data.
   */
  onError?: ((error: SmartError, request: Request) => Response | undefined | void) | undefined;
}

/** A key whose public part is published: a JWK, PKCS#8 in PEM, or a public CryptoKey. */
export type PublicKey = CryptoKey | PrivateJwk | string;

export interface SessionOptions {
  store: SessionStore;
  /** Seconds without a request after which a session ends. It may end early, by at most a tenth of this time. Default 1,800. */
  idleSeconds?: number | undefined;
  /** Seconds from the sign-in until a session ends in any case. Default 43,200: twelve hours. */
  absoluteSeconds?: number | undefined;
}

export interface ProxyOptions {
  /** Default `GET` and `HEAD`. */
  methods?: readonly string[] | undefined;
  /** Permitted first segments of the path, such as `Patient`. Default: all that the session's scopes permit. */
  paths?: readonly string[] | undefined;
}
