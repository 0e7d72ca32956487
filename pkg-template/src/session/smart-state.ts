// The state of a client.

import type { SmartError } from '../error/smart-error.js';
import type { SmartSession } from './smart-session.js';

/**
 * State of a client. `activity` says what is going on; renewing a token never changes `status`. What goes wrong with
 * signing in, with the session or with signing out is in `error` too, and told as the event `error`.
 */
export type SmartState =
  | { readonly status: 'loading'; readonly session: null; readonly error: null; readonly activity: SmartActivity }
  | { readonly status: 'unauthenticated'; readonly session: null; readonly error: SmartError | null; readonly activity: SmartActivity }
  | { readonly status: 'authenticated'; readonly session: SmartSession; readonly error: SmartError | null; readonly activity: SmartActivity }
  | { readonly status: 'error'; readonly session: null; readonly error: SmartError; readonly activity: SmartActivity };

export type SmartActivity = 'idle' | 'restoring' | 'signing-in' | 'refreshing' | 'signing-out';
