// Options of `getAccessToken`.

import type { AbortSignal } from '../values/platform.js';

export interface AccessTokenOptions {
  /**
   * Refresh if the token is valid for fewer seconds, and reject if the refresh fails. A longer time than a quarter of the
   * token's lifetime counts as that quarter. Default: the token is refreshed 60 seconds, but at most a quarter of its lifetime,
   * before it expires, if possible. Clients without a user have another rule: see `BackendClient`.
   */
  minValiditySeconds?: number | undefined;
  /** Aborts this call, but not a refresh that has started. */
  signal?: AbortSignal | undefined;
}
