// Provides the client to components, and calls `ready()`.

import { inject, shallowRef } from 'vue';
import { signInOf } from '../client/sign-in.js';
import { start } from '../bindings/state.js';
import { SmartError } from '../error/smart-error.js';
import type { App, InjectionKey, ShallowRef } from 'vue';
import type { AnyClient, StateOf } from '../bindings/any-client.js';

interface Provided {
  readonly client: AnyClient;
  /** State and number of the sign-in in one value, so that no watcher sees a new session with the previous number. */
  readonly current: ShallowRef<{ readonly state: StateOf<AnyClient>; readonly signIn: number | null }>;
}

const KEY: InjectionKey<Provided> = Symbol('smart-launch');

/**
 * Provides a client to the components of an app, and in a browser calls `ready()`, which completes a sign-in or restores the
 * session; a failure is in the state. Unmounting the app does not call `dispose()` of the client.
 *
 * @example
 * import { createApp } from 'vue';
 * import { createSmartClient } from 'smart-launch';
 * import { smartPlugin } from 'smart-launch/vue';
 *
 * const client = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * createApp({}).use(smartPlugin, client).mount('#app');
 */
export const smartPlugin = {
  /** Called by `app.use`. The client is the result of `createSmartClient`, `createIsolatedSmartClient` or `createServerSessionClient`. */
  install(app: App, client: AnyClient): void {
    const snapshot = () => ({ state: client.getState(), signIn: signInOf(client) });
    const current = shallowRef(snapshot());
    app.provide(KEY, { client, current });
    // In server rendering there is no session, and each request has its own app.
    if (!globalThis.document) return;
    app.onUnmount(client.subscribe(() => (current.value = snapshot())));
    start(client);
  },
};

/** @internal */
export function provided(): Provided {
  const value = inject(KEY, null);
  if (value) return value;
  throw new SmartError({
    code: 'config_invalid',
    message: 'the app has no client',
    hint: 'Call `app.use(smartPlugin, client)`, and call this function in `setup`.',
  });
}
