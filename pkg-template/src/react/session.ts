// The session, for components that make no sense without one.

import { useSyncExternalStore } from 'react';
import { SmartError } from '../error/smart-error.js';
import type { SmartClient } from '../client/smart-client.js';
import type { AnyClient, StateOf } from './any-client.js';
import { start, useClient } from './provider.js';

/** By client: settles when it is known whether somebody is signed in. */
const openings = new WeakMap<AnyClient, Promise<void>>();

/**
 * The session. Suspends until it is known whether there is one; where there is none the nearest error boundary gets the
 * error that says why, after a sign-out too. Inside {@link RequireSmart} there is always one. On a server there is
 * none, so what the nearest `<Suspense>` has as its fallback is sent, and the browser takes over.
 *
 * @throws {SmartError} `signed_out`, or what the sign-in or the session has failed with.
 * @example
 * function Who() {
 *   const { fhirUser } = useSmartSession();
 *   return <p>Signed in as {fhirUser}</p>;
 * }
 */
export function useSmartSession<C extends AnyClient = SmartClient>(): Extract<
  StateOf<C>,
  { status: 'authenticated' }
>['session'] {
  const client = useClient();
  const { status, session, error } = useSyncExternalStore(client.subscribe, client.getState, client.getState);
  if (session) return session;
  // On a server it will never be known. React then sends what stands in for this, and the browser takes over.
  if (status === 'loading' && globalThis.document) throw opening(client);
  throw (
    error ??
    new SmartError({
      code: 'signed_out',
      message: 'nobody is signed in',
      hint: 'Call authorize() first.',
      fault: 'user',
      userMessage: 'Please sign in.',
    })
  );
}

function opening(client: AnyClient) {
  let promise = openings.get(client);
  if (!promise) openings.set(client, (promise = open(client)));
  return promise;
}

/** Begins by itself: where the provider is inside the `<Suspense>`, its effects wait for this. */
function open(client: AnyClient): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.subscribe(() => {
      if (client.getState().status === 'loading') return;
      stop();
      resolve();
    });
    // Not while React renders: the URL changes, and routers listen to that.
    queueMicrotask(() => start(client));
  });
}
