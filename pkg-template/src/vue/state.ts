// The composable `useSmart`: the state of the client as refs, and its methods.

import { computed } from 'vue';
import { withFlags } from '../bindings/state.js';
import { provided } from './plugin.js';
import type { ComputedRef } from 'vue';
import type { AnyClient, StateOf } from '../bindings/any-client.js';
import type { WithFlags } from '../bindings/state.js';
import type { SmartClient } from '../client/smart-client.js';

/** The result of {@link useSmart}. The type parameter is the type of the app's client, if that is not a `SmartClient`. */
export type SmartRefs<C extends AnyClient = SmartClient> = {
  readonly [Member in keyof WithFlags<StateOf<C>>]: ComputedRef<WithFlags<StateOf<C>>[Member]>;
} & C & { readonly client: C };

/**
 * The state of the client as refs, and the client's methods. `status` says which screen to show; a token refresh changes
 * `activity` and `session`, and `status` only if it ends the session. In server rendering the status is `loading`.
 *
 * @throws {SmartError} `config_invalid` if the app has no client.
 * @example
 * const { status, session, error, authorize, logout } = useSmart();
 */
export function useSmart<C extends AnyClient = SmartClient>(): SmartRefs<C> {
  const { client, current } = provided();
  const state = computed(() => withFlags(current.value.state));
  const ref = (name: keyof typeof state.value) => computed(() => state.value[name]);
  const refs = {
    status: ref('status'),
    session: ref('session'),
    error: ref('error'),
    activity: ref('activity'),
    expiring: ref('expiring'),
    isLoading: ref('isLoading'),
    isAuthenticated: ref('isAuthenticated'),
    isExpiring: ref('isExpiring'),
  } satisfies Record<keyof typeof state.value, unknown>;
  // The app states the type of the client by the type parameter.
  return { ...refs, ...client, client } as unknown as SmartRefs<C>;
}
