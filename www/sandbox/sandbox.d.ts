/**
 * A SMART on FHIR server on loopback, to develop and test apps: an authorization server for SMART App Launch 2.2, a
 * FHIR R4 API with synthetic patients, and a small EHR to launch apps from. It stores everything in memory.
 */

/**
 * Starts a sandbox; resolves when it is listening on 127.0.0.1.
 *
 * @throws {Error} with `code: 'EADDRINUSE'` if the port is in use; an error without this code if an app cannot be registered
 * @example
 * import { startSandbox } from 'smart-launch-sandbox';
 *
 * const sandbox = await startSandbox({
 *   apps: [{ clientId: 'growth-chart', redirectUris: ['http://localhost:5173/'], launchUrl: 'http://localhost:5173/' }],
 * });
 * console.log(sandbox.fhirBaseUrl);
 * await sandbox.close();
 */
export function startSandbox(options?: SandboxOptions): Promise<Sandbox>;

export interface SandboxOptions {
  /** The port. Default: any free port. */
  port?: number;
  /** The host name in its URLs. Default `localhost`. */
  host?: string;
  /** The registered clients. */
  apps?: readonly App[];
  /** Lifetime of an access token in seconds. Default 300. */
  accessTokenSeconds?: number;
  /** Lifetime of a refresh token family in seconds. Default 86,400. */
  refreshTokenSeconds?: number;
  /** The token that a client needs to register (RFC 7591). Default: no token is required. */
  initialAccessToken?: string;
  /** Binds the tokens of every app with a user to a key (RFC 9449), and requires nonces in proofs. Default `false`. */
  requireDpop?: boolean;
  /** `false` prints a line for each request. Default `true`. */
  quiet?: boolean;
}

/** A client. Without `secret` and `jwks` it is a public client. */
export interface App {
  clientId: string;
  /** The name shown to users. Default: the client id. */
  name?: string;
  /** CORS also permits the origins of these URIs. Not used for a client without a user. */
  redirectUris?: readonly string[];
  /** The URL at which the EHR opens the app; without it the EHR does not offer the app. */
  launchUrl?: string;
  postLogoutRedirectUris?: readonly string[];
  /**
   * The app must push its authorization requests (RFC 9126). If all apps with a user must, the metadata requires pushed requests.
   */
  requirePar?: boolean;
  /** Its tokens are bound to a key (RFC 9449). */
  dpop?: boolean;
  /** The secret of a confidential client. */
  secret?: string;
  /** The public keys of a confidential client. */
  jwks?: { readonly keys: readonly Record<string, unknown>[] };
  /** The URL of its key set, if its assertions contain that URL. */
  jku?: string;
  /** The authentication method. Default: with its keys, otherwise with its secret and HTTP Basic. */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt';
  /** True for a client without a user: client credentials, and `system/` scopes. Default `false`. */
  backend?: boolean;
}

export interface Sandbox {
  /** The origin of the sandbox, which is also the issuer. */
  readonly origin: string;
  readonly fhirBaseUrl: string;
  readonly ehrUrl: string;
  /** The latest 10,000 requests that the server received, live; set its `length` to 0 to clear it. */
  readonly requests: RequestEntry[];
  close(): Promise<void>;
}

/** A request, with no token, code or body. */
export interface RequestEntry {
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  readonly purpose?:
    | 'discovery'
    | 'authorize'
    | 'push'
    | 'interaction'
    | 'token'
    | 'revoke'
    | 'introspect'
    | 'userinfo'
    | 'jwks'
    | 'logout'
    | 'register'
    | 'fhir'
    | 'ehr';
  /** The `grant_type` of a token request. */
  readonly grantType?: string;
  /** The status of the response; absent until there is one. */
  readonly status?: number;
  /** The `Origin` header. */
  readonly origin?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}
