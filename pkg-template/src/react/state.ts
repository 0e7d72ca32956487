// A hook for the state of the client and its calls.

import { useMemo } from 'react';
import { UNKNOWN, withFlags } from '../bindings/state.js';
import type { WithFlags } from '../bindings/state.js';
import { useClient } from './provider.js';
import { useValueOf } from './client-value.js';
import type { AnyClient, StateOf } from '../bindings/any-client.js';
import type { SmartClient } from '../client/smart-client.js';

/**
 * The result of {@link useSmart}. The type parameter is the type of the provider's client, if that is not a `SmartClient`.
 */
export type Smart<C extends AnyClient = SmartClient> = WithFlags<StateOf<C>> & C & { readonly client: C };

/**
 * The state of the client, and the client's methods, which are the same functions in every rendering. The component renders again
 * when the state changes; refreshing a token changes `activity` and `session`, and `status` only if it ends the session. On a
 * server, and in the first rendering that hydrates its HTML, the state is `loading`.
 *
 * @throws {SmartError} `config_invalid` if there is no provider.
 * @example
 * function Greeting() {
 *   const { status, session, error, authorize, logout } = useSmart();
 *   if (status === 'loading') return <p>Loading…</p>;
 *   if (status !== 'authenticated') return <button onClick={() => authorize()}>Sign in {error?.userMessage}</button>;
 *   return <button onClick={() => logout()}>Sign out {session.fhirUser}</button>;
 * }
 */
export function useSmart<C extends AnyClient = SmartClient>(): Smart<C> {
  const client = useClient();
  // On a server the state is the same for every kind of client.
  const state = useValueOf<StateOf<AnyClient>>(client, client.getState, () => UNKNOWN as StateOf<AnyClient>);
  return useMemo(() => {
    const smart = { ...withFlags(state), ...client, client } satisfies Record<keyof Smart, unknown>;
    // The app states the type of the client by the type parameter.
    return smart as unknown as Smart<C>;
  }, [client, state]);
}
