// The events of a client.

import type { SmartError, SmartRequestPurpose } from '../error/smart-error.js';
import type { SmartSession } from './smart-session.js';

/** The detail of the event `expiring`: the access token or the session ends soon. */
export interface SmartExpiring<Session = SmartSession, Reason extends string = 'token' | 'idle'> {
  /**
   * `token`: the access token expires within a minute, or within a quarter of its lifetime if that is shorter. This is only a
   * notification: the next call refreshes the token if possible. `idle`: the session ends because of
   * `idleTimeoutSeconds`, unless the user becomes active.
   */
  readonly reason: Reason;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly session: Session;
}

export interface SmartEvents {
  signedIn: SmartSession;
  /** There is a new access token, refreshed by this tab or another. */
  refreshed: SmartSession;
  /** A refresh has changed the granted scopes. */
  scopeChanged: SmartSession;
  /** The access token or the session ends soon, by {@link SmartExpiring.reason}. */
  expiring: SmartExpiring;
  /**
   * `logout`: signed out in this tab, in another tab or by the server, or the app has removed the stored session.
   * `replaced`: another sign-in has replaced this session in this page or tab, or another session began after the
   * `idleTimeoutSeconds` of this session.
   * `session_expired`: the access token has expired and cannot be refreshed. `idle`: the user was not active for
   * `idleTimeoutSeconds`. `identity_changed`: the server returned another user, in this tab or another, or a silent sign-in
   * returned another patient or encounter. `worker_lost`: the worker of `smart-launch/isolated` did not start, did not
   * respond or ended.
   */
  signedOut: { readonly reason: 'logout' | 'replaced' | 'session_expired' | 'idle' | 'identity_changed' | 'worker_lost' };
  error: SmartError;
  /** The page is about to navigate to the authorization endpoint. */
  redirecting: { readonly method: 'GET' | 'POST'; readonly url: string };
  /** The library has sent a request. The event has no parameters, headers or bodies. */
  request: SmartRequestEvent;
}

/** An event with its name, as passed to listeners of {@link SmartClient.subscribe}. */
export type SmartEvent = {
  [E in Exclude<keyof SmartEvents, 'request'>]: { readonly type: E; readonly detail: SmartEvents[E] };
}[Exclude<keyof SmartEvents, 'request'>];

export interface SmartRequestEvent {
  readonly purpose: SmartRequestPurpose;
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  /** HTTP status; `null` if there was no response, or none that the page may read. */
  readonly status: number | null;
  readonly milliseconds: number;
}
