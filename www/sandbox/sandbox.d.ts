/**
 * A SMART on FHIR server on loopback, to develop and test apps against: an authorization server for SMART App Launch 2.2, a
 * FHIR R4 API with synthetic patients, and a small EHR to launch apps from. It keeps everything in memory.
 */

/**
 * Starts a sandbox; resolves when it listens on 127.0.0.1.
 *
 * @throws {Error} with `code: 'EADDRINUSE'` where the port is taken
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
  /** Default: a free one. */
  port?: number;
  /** The name in its addresses. Default `localhost`. */
  host?: string;
  /** The registered clients. */
  apps?: readonly App[];
  /** How long an access token lives. Default 300. */
  accessTokenSeconds?: number;
  /** How long refresh tokens go on. Default 86,400. */
  refreshTokenSeconds?: number;
  /** `false` prints a line for each request. Default `true`. */
  quiet?: boolean;
}

/** A client: a public one without `secret` and `jwks`. */
export interface App {
  clientId: string;
  /** For people. Default: the client id. */
  name?: string;
  /** Their origins are also those that CORS lets in. None where there is no user. */
  redirectUris?: readonly string[];
  /** Where the EHR opens the app; without it the EHR does not offer it. */
  launchUrl?: string;
  postLogoutRedirectUris?: readonly string[];
  /** The app must push its authorization requests (RFC 9126). */
  requirePar?: boolean;
  /** Its tokens are bound to a key (RFC 9449). */
  dpop?: boolean;
  /** The secret of a confidential client. */
  secret?: string;
  /** The public keys of a confidential client. */
  jwks?: { readonly keys: readonly Record<string, unknown>[] };
  /** The URL of its key set, where its assertions name it. */
  jku?: string;
  /** How it authenticates. Default: by its keys, else by its secret with HTTP Basic. */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt';
  /** It has no user: client credentials, and `system/` scopes. Default `false`. */
  backend?: boolean;
}

export interface Sandbox {
  /** Also the issuer. */
  readonly origin: string;
  readonly fhirBaseUrl: string;
  readonly ehrUrl: string;
  /** What reached the server, the latest 10,000, live; set its `length` to 0 to begin anew. */
  readonly requests: RequestEntry[];
  close(): Promise<void>;
}

/** A request, with no token, code or body. */
export interface RequestEntry {
  readonly method: string;
  /** Without the query. */
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
    | 'fhir'
    | 'ehr';
  /** Of a token request. */
  readonly grantType?: string;
  /** Of the answer; absent as long as there is none. */
  readonly status?: number;
  /** The header `Origin`. */
  readonly origin?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}
