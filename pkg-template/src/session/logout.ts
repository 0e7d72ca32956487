// Signing out.

import type { SmartError } from '../error/smart-error.js';
import type { URL } from '../values/platform.js';

export interface LogoutOptions {
  /** Where the server shall send the user after {@link LogoutResult.logoutUrl}; must be registered there. */
  postLogoutRedirectUri?: string | URL | undefined;
}

export interface LogoutResult {
  /** `true` if the server confirmed the revocation, `null` if it offers none or there was no session. */
  revoked: boolean | null;
  /** Where to send the browser to end the session at the server too (OpenID RP-Initiated Logout), if known. */
  logoutUrl: string | null;
  /** `logout_remote_failed`, if the server could not be told. The local session is gone all the same. */
  error: SmartError | null;
}
