// Options of `getAccessToken`.

import type { AbortSignal } from '../values/platform.js';

export interface AccessTokenOptions {
  /**
   * Refresh if fewer seconds are left, and fail if that fails. Never more than a quarter of the token's lifetime counts.
   * By default the token is renewed 60 seconds before it ends.
   */
  minValiditySeconds?: number | undefined;
  /** Ends this call, not the refresh it waits for. */
  signal?: AbortSignal | undefined;
}
