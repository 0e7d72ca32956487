// Signing out.

import type { SmartError } from '../error/smart-error.js';
import type { URL } from '../values/platform.js';

export interface LogoutOptions {
  /** URL to which the server redirects after {@link LogoutResult.logoutUrl}; it must be registered there. */
  postLogoutRedirectUri?: string | URL | undefined;
}

export interface LogoutResult {
  /**
   * `true` if the server confirmed the revocation, `null` if it does not support revocation or there was no session.
   */
  revoked: boolean | null;
  /**
   * URL to navigate to in order to end the session at the server too (OpenID Connect RP-Initiated Logout), if the
   * server has one.
   */
  logoutUrl: string | null;
  /** `logout_remote_failed` if revocation failed. The user is signed out of the app all the same. */
  error: SmartError | null;
}
