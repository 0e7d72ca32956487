// `injectSmart`: the state of the client as signals, and the methods of the client.

import { computed } from '@angular/core';
import { withFlags } from '../bindings/state.js';
import { provided } from './provide.js';
import type { Signal } from '@angular/core';
import type { AnyClient, StateOf } from '../bindings/any-client.js';
import type { WithFlags } from '../bindings/state.js';
import type { SmartClient } from '../client/smart-client.js';

/** The result of {@link injectSmart}. The type parameter is the type of the app's client, if that is not a `SmartClient`. */
export type SmartSignals<C extends AnyClient = SmartClient> = {
  readonly [Member in keyof WithFlags<StateOf<C>>]: Signal<WithFlags<StateOf<C>>[Member]>;
} & C & { readonly client: C };

/**
 * The state of the client as signals, and the methods of the client. `status` says which screen to show; a token refresh changes
 * `activity` and `session`, and `status` only if it ends the session. In server rendering the status is `loading`.
 *
 * @throws {SmartError} `config_invalid` if the app has no client.
 * @example
 * class Greeting {
 *   readonly smart = injectSmart(); // `smart.status()`, `smart.session()?.patient` and `smart.authorize()` in the template
 * }
 */
export function injectSmart<C extends AnyClient = SmartClient>(): SmartSignals<C> {
  const { client, current } = provided();
  const state = computed(() => withFlags(current().state));
  const signalOf = (name: keyof ReturnType<typeof state>) => computed(() => state()[name]);
  const signals = {
    status: signalOf('status'),
    session: signalOf('session'),
    error: signalOf('error'),
    activity: signalOf('activity'),
    expiring: signalOf('expiring'),
    isLoading: signalOf('isLoading'),
    isAuthenticated: signalOf('isAuthenticated'),
    isExpiring: signalOf('isExpiring'),
  } satisfies Record<keyof ReturnType<typeof state>, unknown>;
  // The app states the type of the client by the type parameter.
  return { ...signals, ...client, client } as unknown as SmartSignals<C>;
}
