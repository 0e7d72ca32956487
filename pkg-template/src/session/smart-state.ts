// The state of a client.

import type { SmartError } from '../error/smart-error.js';
import type { SmartExpiring } from './smart-events.js';
import type { SmartSession } from './smart-session.js';

/**
 * State of a client. `activity` is the operation in progress; refreshing a token changes `status` only if it ends the session.
 * Failures of signing in, of the session and of signing out are in `error`, and are emitted as the event `error` as well. The
 * error `logout_remote_failed` is only emitted.
 * `expiring` is set while the session is about to end because of `idleTimeoutSeconds`, and is removed when the user becomes
 * active.
 */
export type SmartState =
  | { readonly status: 'loading'; readonly session: null; readonly error: null; readonly activity: SmartActivity; readonly expiring?: undefined }
  | { readonly status: 'unauthenticated'; readonly session: null; readonly error: SmartError | null; readonly activity: SmartActivity; readonly expiring?: undefined }
  | { readonly status: 'authenticated'; readonly session: SmartSession; readonly error: SmartError | null; readonly activity: SmartActivity; readonly expiring?: SmartExpiring | undefined }
  | { readonly status: 'error'; readonly session: null; readonly error: SmartError; readonly activity: SmartActivity; readonly expiring?: undefined };

export type SmartActivity = 'idle' | 'restoring' | 'signing-in' | 'refreshing' | 'signing-out';
