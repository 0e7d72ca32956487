// The interface of a client without a user.

import type { SmartError } from '../error/smart-error.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { AccessTokenOptions } from '../session/access-token-options.js';
import type { FhirCalls } from '../session/fhir-calls.js';
import type { SmartFetchInit, SmartRequestInit } from '../session/fhir-request-options.js';
import type { SmartRequestEvent } from '../session/smart-events.js';
import type { SmartWarning } from '../error/smart-warning.js';
import type { Request, Response, URL } from '../values/platform.js';

/** A client without a user. It has one access token, which is in memory. */
export interface BackendClient extends FhirCalls {
  /**
   * Calls the FHIR API and parses the JSON of the response, like {@link SmartClient.request}.
   *
   * @throws {SmartError} `http_status`, `json_invalid`; all errors of {@link BackendClient.fetch}.
   * @example
   * const groups = await backend.request<fhir4.Bundle>('Group?_count=50');
   */
  request<T = unknown>(url: string | URL, init?: SmartRequestInit): Promise<T>;

  /**
   * `fetch` with the access token, only for URLs under the FHIR base, like {@link SmartClient.fetch}. After a 401 the token is
   * renewed, and the request is sent once more if the method is idempotent or `replay` is set, and the body is not a stream.
   *
   * @throws {SmartError} `origin_not_allowed`, `config_invalid`, `redirected`, `aborted`; all errors of
   * {@link BackendClient.getAccessToken}.
   */
  fetch(input: string | URL | Request, init?: SmartFetchInit): Promise<Response>;

  /**
   * Returns an access token that is valid now. All callers share one request. The first call after three quarters of the token's
   * lifetime renews the token; if the renewal fails, the old token is returned until it expires, or until the FHIR server refuses
   * it if the server did not state its lifetime. Until then calls attempt a renewal at most every ten seconds, or after
   * `Retry-After`. With `minValiditySeconds`, the token is also renewed if it is valid for fewer seconds, unless its whole
   * lifetime is shorter, and a failed renewal rejects.
   *
   * @throws {SmartError} `config_invalid` (the server refused the client, or its metadata excludes the credentials),
   * `clock_skew` (the assertion is not valid by the server's clock), `token_refused` with the server's reason in `oauth`,
   * `network`, `timeout`, `http_status` (with `retryAfterSeconds` until the next request is permitted).
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;

  /** Reads the server's metadata, cached for ten minutes. */
  discover(): Promise<SmartServerMetadata>;

  /** Calls `listener` for an event; returns a function that removes the listener. */
  on<E extends keyof BackendEvents>(event: E, listener: (detail: BackendEvents[E]) => void): () => void;
}

export interface BackendEvents {
  /** A new access token was received. */
  renewed: BackendToken;
  /** A token request failed. */
  error: SmartError;
  /** The library sent a request. The event has no parameters, headers or bodies. */
  request: SmartRequestEvent;
}

/** Information about an access token, without the token itself. */
export interface BackendToken {
  /** Granted scopes; the requested scopes if the server named none. */
  readonly scopes: readonly string[];
  /** Expiry in milliseconds since 1970; `null` if the server did not state it. */
  readonly expiresAt: number | null;
  readonly warnings: readonly SmartWarning[];
  /** The server's token response without the tokens. */
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}
