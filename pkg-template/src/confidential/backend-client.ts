// The interface of a client without a user.

import type { SmartError } from '../error/smart-error.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { AccessTokenOptions } from '../session/access-token-options.js';
import type { SmartFetchInit, SmartRequestInit } from '../session/fhir-request-options.js';
import type { SmartRequestEvent } from '../session/smart-events.js';
import type { SmartWarning } from '../error/smart-warning.js';
import type { Request, Response, URL } from '../values/platform.js';

export interface BackendClient {
  /**
   * Calls the FHIR API and reads its JSON, as {@link SmartClient.request}.
   *
   * @throws {SmartError} `http_status`, `json_invalid`; what {@link BackendClient.fetch} throws.
   * @example
   * const groups = await backend.request<fhir4.Bundle>('Group?_count=50');
   */
  request<T = unknown>(url: string | URL, init?: SmartRequestInit): Promise<T>;

  /**
   * `fetch` with the access token, for URLs under the FHIR base only, as {@link SmartClient.fetch}: with a new token once after
   * a 401, if the request can be replayed.
   *
   * @throws {SmartError} `origin_not_allowed`, `config_invalid`, `redirected`, `aborted`; what
   * {@link BackendClient.getAccessToken} throws.
   */
  fetch(input: string | URL | Request, init?: SmartFetchInit): Promise<Response>;

  /**
   * An access token that is good now. All callers share one request. It is renewed when a quarter of its lifetime is left;
   * where that fails, it is given until it ends.
   *
   * @throws {SmartError} `config_invalid` (the server refused the client, or its metadata rules the credentials out),
   * `clock_skew` (the assertion is not valid by the server's clock), `token_refused` with the server's words in `oauth`,
   * `network`, `timeout`, `http_status` (with `retryAfterSeconds` until the server may be asked again).
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;

  /** Reads the server's metadata, cached for ten minutes. */
  discover(): Promise<SmartServerMetadata>;

  /** Calls `listener` for an event; gives the function that ends it. */
  on<E extends keyof BackendEvents>(event: E, listener: (detail: BackendEvents[E]) => void): () => void;
}

export interface BackendEvents {
  /** A new access token. */
  renewed: BackendToken;
  /** A token request failed. */
  error: SmartError;
  /** A request the library made, without parameters, headers or bodies. */
  request: SmartRequestEvent;
}

/** An access token, without the token itself. */
export interface BackendToken {
  /** Scopes granted; those asked for where the server named none. */
  readonly scopes: readonly string[];
  /** When it ends, in milliseconds since 1970; `null` where the server did not say. */
  readonly expiresAt: number | null;
  readonly warnings: readonly SmartWarning[];
  /** Everything the server sent but the tokens. */
  readonly tokenResponse: Readonly<Record<string, unknown>>;
}
