// The state of a client.

import type { SmartError } from '../error/smart-error.js';
import type { SmartSession } from './smart-session.js';

/**
 * State of a client. `activity` is the operation in progress; refreshing a token never changes `status`. Failures of
 * signing in, of the session and of signing out are in `error`, and are emitted as the event `error` as well.
 */
export type SmartState =
  | { readonly status: 'loading'; readonly session: null; readonly error: null; readonly activity: SmartActivity }
  | { readonly status: 'unauthenticated'; readonly session: null; readonly error: SmartError | null; readonly activity: SmartActivity }
  | { readonly status: 'authenticated'; readonly session: SmartSession; readonly error: SmartError | null; readonly activity: SmartActivity }
  | { readonly status: 'error'; readonly session: null; readonly error: SmartError; readonly activity: SmartActivity };

export type SmartActivity = 'idle' | 'restoring' | 'signing-in' | 'refreshing' | 'signing-out';
