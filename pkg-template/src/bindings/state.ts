// The state of a client with the flags that components get.

import { SmartError } from '../error/smart-error.js';
import type { AnyClient, StateOf } from './any-client.js';

export type WithFlags<S extends StateOf<AnyClient>> = S extends unknown
  ? S & {
      /** Whether it is not known yet if a user is signed in: `ready()` has not completed. */
      readonly isLoading: S['status'] extends 'loading' ? true : false;
      readonly isAuthenticated: S['status'] extends 'authenticated' ? true : false;
      readonly expiring: S['expiring'];
      /** Whether the session ends soon; `expiring` says when. */
      readonly isExpiring: S['status'] extends 'authenticated' ? boolean : false;
    }
  : never;

/** The state in server rendering, and in the first rendering of a browser that hydrates its HTML. */
export const UNKNOWN = Object.freeze({ status: 'loading', session: null, error: null, activity: 'idle' });

export function withFlags<S extends StateOf<AnyClient>>(state: S): WithFlags<S> {
  const { status, expiring } = state;
  const flags = {
    isLoading: status === 'loading',
    isAuthenticated: status === 'authenticated',
    isExpiring: expiring !== undefined,
  };
  // The flags fit the status, which TypeScript cannot infer.
  return { ...state, expiring, ...flags } as unknown as WithFlags<S>;
}

/** Calls `ready()`, unless it has completed. A failure is in the state. */
export function start(client: AnyClient): void {
  if (client.getState().status === 'loading') client.ready().catch(() => {});
}

/** The error if a session is needed and there is none. */
export const signedOut = (): SmartError =>
  new SmartError({
    code: 'signed_out',
    message: 'nobody is signed in',
    hint: 'Call authorize() first.',
    fault: 'user',
    userMessage: 'Please sign in.',
  });
