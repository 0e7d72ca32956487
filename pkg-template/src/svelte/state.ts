// A store with the state of a client.

import { readable } from 'svelte/store';
import { start, withFlags, UNKNOWN } from '../bindings/state.js';
import type { Readable } from 'svelte/store';
import type { AnyClient, StateOf } from '../bindings/any-client.js';
import type { WithFlags } from '../bindings/state.js';

/**
 * The state of a client as a store, with `isLoading`, `isAuthenticated` and `isExpiring`. In a browser the store calls `ready()`
 * when it gets its first subscriber, which completes a sign-in or restores the session; a failure is in the state. A token refresh
 * changes `activity` and `session`, and `status` only if it ends the session. In server rendering the status is `loading`.
 *
 * @example
 * import { fromStore } from 'svelte/store';
 * import { createSmartClient } from 'smart-launch';
 * import { smartState } from 'smart-launch/svelte';
 *
 * const client = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const smart = fromStore(smartState(client)); // `smart.current.status` in a component
 */
export function smartState<C extends AnyClient>(client: C): Readable<WithFlags<StateOf<C>>> {
  // A client returns its own type of state.
  const current = () => withFlags(client.getState() as StateOf<C>);
  return readable(withFlags(UNKNOWN as StateOf<C>), (set) => {
    if (!globalThis.document) return undefined;
    const unsubscribe = client.subscribe(() => set(current()));
    set(current());
    start(client);
    return unsubscribe;
  });
}
