// Signing out.

import type { SmartError } from '../error/smart-error.js';
import type { URL } from '../values/platform.js';

export interface LogoutOptions {
  /**
   * Navigates to {@link LogoutResult.logoutUrl}, so that the session at the server ends too: otherwise the next user of this
   * browser may be signed in at the server without being asked for a password. After the navigation has begun, the promise
   * resolves only if the user comes back by the back button, or if the page is still here after ten seconds. Without a
   * `logoutUrl`, or outside a page, there is no navigation. Default `false`.
   */
  redirect?: boolean | undefined;
  /** URL to which the server redirects after {@link LogoutResult.logoutUrl}; the URL must be registered at the server. */
  postLogoutRedirectUri?: string | URL | undefined;
}

export interface LogoutResult {
  /**
   * `true` if the server confirmed the revocation, `false` if it did not, `null` if it does not support revocation or there
   * was no session.
   */
  revoked: boolean | null;
  /**
   * URL to navigate to in order to end the session at the server too (OpenID Connect RP-Initiated Logout), if the
   * server has one.
   */
  logoutUrl: string | null;
  /** `logout_remote_failed` if revocation failed. The user is signed out of the app in any case. */
  error: SmartError | null;
}
