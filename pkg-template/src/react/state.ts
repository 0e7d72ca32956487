// The state of the client, and its calls.

import { useMemo, useSyncExternalStore } from 'react';
import { useClient } from './provider.js';
import type { SmartClient } from '../client/smart-client.js';
import type { AnyClient, StateOf } from './any-client.js';

/**
 * What {@link useSmart} gives: the type parameter is the client that the provider was given, where it is an isolated
 * one.
 */
export type Smart<C extends AnyClient = SmartClient> = Told<StateOf<C>> & C & { readonly client: C };

type Told<S extends StateOf<AnyClient>> = S extends unknown
  ? S & {
      /** It is not known yet whether somebody is signed in. */
      readonly isLoading: S['status'] extends 'loading' ? true : false;
      readonly isAuthenticated: S['status'] extends 'authenticated' ? true : false;
    }
  : never;

/** What a server renders, and a browser the first time. */
const UNKNOWN = Object.freeze({ status: 'loading', session: null, error: null, activity: 'idle' });

/**
 * The state of the client and its calls, which are the same functions from one rendering to the next. Renders again
 * when the state changes; renewing a token changes `activity` and never `status`. On a server, and the first time in a
 * browser that shows what a server has rendered, the state is `loading`.
 *
 * @throws {SmartError} `config_invalid` where there is no provider.
 * @example
 * function Greeting() {
 *   const { status, session, error, authorize, logout } = useSmart();
 *   if (status === 'loading') return <p>Loading…</p>;
 *   if (status !== 'authenticated') return <button onClick={() => authorize()}>Sign in {error?.message}</button>;
 *   return <button onClick={() => logout()}>Sign out {session.fhirUser}</button>;
 * }
 */
export function useSmart<C extends AnyClient = SmartClient>(): Smart<C> {
  const client = useClient();
  const state = useSyncExternalStore(client.subscribe, client.getState, () => UNKNOWN);
  return useMemo(() => {
    const { status } = state;
    const smart = {
      ...state,
      isLoading: status === 'loading',
      isAuthenticated: status === 'authenticated',
      ...client,
      client,
    } satisfies Record<keyof Smart, unknown>;
    // Of which client it is the app says by the type parameter.
    return smart as unknown as Smart<C>;
  }, [client, state]);
}
