// Provides the client to the app, and calls `ready()`.

import { DestroyRef, inject, InjectionToken, makeEnvironmentProviders, provideEnvironmentInitializer, signal } from '@angular/core';
import { signInOf } from '../client/sign-in.js';
import { start } from '../bindings/state.js';
import { SmartError } from '../error/smart-error.js';
import type { EnvironmentProviders, Signal } from '@angular/core';
import type { AnyClient, StateOf } from '../bindings/any-client.js';

interface Provided {
  readonly client: AnyClient;
  /** The state and the number of the sign-in, in one value: a new session is never read with the previous number. */
  readonly current: Signal<{ readonly state: StateOf<AnyClient>; readonly signIn: number | null }>;
}

const PROVIDED = new InjectionToken<Provided>('smart-launch');

/**
 * Provides a client to an app. In a browser it calls `ready()`, which completes a sign-in or restores the session, before the
 * router reads the URL; a failure is in the state. Destroying the app does not call `dispose()` of the client.
 *
 * @param client the result of `createSmartClient`, `createIsolatedSmartClient` or `createServerSessionClient`
 * @example
 * import { createSmartClient } from 'smart-launch';
 * import { provideSmart } from 'smart-launch/angular';
 *
 * const client = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * export const appConfig = { providers: [provideSmart(client)] };
 */
export function provideSmart(client: AnyClient): EnvironmentProviders {
  return makeEnvironmentProviders([
    { provide: PROVIDED, useFactory: () => connected(client) },
    provideEnvironmentInitializer(() => void inject(PROVIDED)),
  ]);
}

function connected(client: AnyClient): Provided {
  const snapshot = () => ({ state: client.getState(), signIn: signInOf(client) });
  const current = signal(snapshot());
  // In server rendering there is no session.
  if (globalThis.document) {
    inject(DestroyRef).onDestroy(client.subscribe(() => current.set(snapshot())));
    start(client);
  }
  return { client, current };
}

/** @internal */
export function provided(): Provided {
  const value = inject(PROVIDED, { optional: true });
  if (value) return value;
  throw new SmartError({
    code: 'config_invalid',
    message: 'the app has no client',
    hint: 'Add `provideSmart(client)` to the providers of the app.',
  });
}
