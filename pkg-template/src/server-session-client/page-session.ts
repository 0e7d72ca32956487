// The session, its state and its events in a page that has no token.

import type { SmartEvents, SmartExpiring } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { SmartState } from '../session/smart-state.js';

/** {@link SmartSession} without the token response. `issuedAt` and `expiresAt` are those of the access token on the server. */
export interface PageSession extends Omit<SmartSession, 'tokenResponse'> {
  /**
   * The session's id, for requests to your own server: the header `smart-session`. It works only with the cookies of this
   * browser. It is not enumerable, so that logs and JSON do not contain it.
   */
  readonly id: string;
}

export type PageSessionState =
  | Exclude<SmartState, { readonly session: SmartSession }>
  | (Omit<Extract<SmartState, { readonly session: SmartSession }>, 'session' | 'expiring'> & {
      readonly session: PageSession;
      /** Set while the session is about to end; removed if the session is used. */
      readonly expiring?: SmartExpiring<PageSession, 'session'> | undefined;
    });

export interface PageSessionEvents extends Omit<SmartEvents, 'signedIn' | 'refreshed' | 'scopeChanged' | 'expiring'> {
  signedIn: PageSession;
  /** The session was read from the server again. */
  refreshed: PageSession;
  scopeChanged: PageSession;
  /**
   * The session ends within a minute unless it is used: {@link ServerSessionClient.refresh} and every request extend it, up to
   * `absoluteSeconds` of the server, and if `session.refreshable` is `false`, at most until its access token expires.
   */
  expiring: SmartExpiring<PageSession, 'session'>;
}

/** An event with its name, as passed to listeners of {@link ServerSessionClient.subscribe}. */
export type PageSessionEvent = {
  [E in Exclude<keyof PageSessionEvents, 'request'>]: { readonly type: E; readonly detail: PageSessionEvents[E] };
}[Exclude<keyof PageSessionEvents, 'request'>];
