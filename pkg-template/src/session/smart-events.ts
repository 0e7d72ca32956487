// The events of a client.

import type { SmartError } from '../error/smart-error.js';
import type { SmartSession } from './smart-session.js';

export interface SmartEvents {
  signedIn: SmartSession;
  /** A new access token, from this tab's refresh or another's. */
  refreshed: SmartSession;
  /** The scopes granted are other ones than before a refresh. */
  scopeChanged: SmartSession;
  /** The access token ends within a minute, or a quarter of its life; the next call renews it where that can be done. */
  expiring: SmartSession;
  /**
   * `logout`: here, in another tab or by the server, or the app has removed what was stored. `replaced`: another sign-in has
   * taken the place of this session in this page or tab. `session_expired`: the token has expired and cannot be renewed.
   * `identity_changed`: the server renewed the session for somebody else, in this tab or another.
   */
  signedOut: { readonly reason: 'logout' | 'replaced' | 'session_expired' | 'identity_changed' | 'worker_lost' };
  error: SmartError;
  /** The page is about to be left for the authorization endpoint. */
  redirecting: { readonly method: 'GET' | 'POST'; readonly url: string };
  /** A request the library made, without parameters, headers or bodies. */
  request: SmartRequestEvent;
}

/** An event with its name, as {@link SmartClient.subscribe} tells it. */
export type SmartEvent = {
  [E in Exclude<keyof SmartEvents, 'request'>]: { readonly type: E; readonly detail: SmartEvents[E] };
}[Exclude<keyof SmartEvents, 'request'>];

export interface SmartRequestEvent {
  readonly purpose:
    | 'discovery'
    | 'openid_discovery'
    | 'jwks'
    | 'token'
    | 'refresh'
    | 'revocation'
    | 'userinfo'
    | 'introspection'
    | 'fhir';
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  /** HTTP status; `null` if there was no answer, or none the page may see. */
  readonly status: number | null;
  readonly milliseconds: number;
}
