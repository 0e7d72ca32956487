// The state and the events of a client in a worker.

import type { SmartEvents, SmartExpiring } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { SmartState } from '../session/smart-state.js';
import type { IsolatedSession } from './isolated-session.js';

export type IsolatedState =
  | Exclude<SmartState, { readonly session: SmartSession }>
  | (Omit<Extract<SmartState, { readonly session: SmartSession }>, 'session' | 'expiring'> & {
      readonly session: IsolatedSession;
      readonly expiring?: undefined;
    });

export interface IsolatedEvents extends Omit<SmartEvents, 'signedIn' | 'refreshed' | 'scopeChanged' | 'expiring'> {
  signedIn: IsolatedSession;
  refreshed: IsolatedSession;
  scopeChanged: IsolatedSession;
  expiring: SmartExpiring<IsolatedSession, 'token'>;
}

/** An event with its name, as passed to listeners of {@link IsolatedSmartClient.subscribe}. */
export type IsolatedEvent = {
  [E in Exclude<keyof IsolatedEvents, 'request'>]: { readonly type: E; readonly detail: IsolatedEvents[E] };
}[Exclude<keyof IsolatedEvents, 'request'>];
