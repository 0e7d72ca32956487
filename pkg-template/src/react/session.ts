// The session, for components that need one.

import { createContext, useContext } from 'react';
import { signedOut, start } from '../bindings/state.js';
import type { AnyClient, AnySession, StateOf } from '../bindings/any-client.js';
import type { SmartClient } from '../client/smart-client.js';
import { useClient } from './provider.js';
import { useValueOf } from './client-value.js';

export interface SessionOf {
  readonly client: AnyClient;
  readonly session: AnySession;
}

/**
 * The session of children that stay mounted although it has ended.
 *
 * @internal
 */
export const LastSession = createContext<SessionOf | null>(null);

/** By client: a promise that resolves when the session is restored, or there is none. */
const restorations = new WeakMap<AnyClient, Promise<void>>();

/**
 * Returns the session. The component suspends until the session is restored. Without a session, the hook throws the reason to the
 * nearest error boundary, also after a sign-out. Inside {@link RequireSmart} there is always a session. In server rendering there
 * is no session: React sends the fallback of the nearest `<Suspense>`, and renders again in the browser.
 *
 * @throws {SmartError} `signed_out`, or the error of the sign-in or the session.
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
  // A client returns its own type of state.
  const getState = () => client.getState() as StateOf<C>;
  const { status, session, error } = useValueOf<StateOf<C>>(client, getState, getState);
  const lastSession = useContext(LastSession);
  if (session) return session;
  // The app states the type of the client by the type parameter.
  if (lastSession?.client === client) return lastSession.session as Extract<StateOf<C>, { status: 'authenticated' }>['session'];
  // In server rendering there is never a session. React then sends the fallback, and renders again in the browser.
  if (status === 'loading' && globalThis.document) throw restorationOf(client);
  throw error ?? signedOut();
}

function restorationOf(client: AnyClient) {
  let promise = restorations.get(client);
  if (!promise) restorations.set(client, (promise = restore(client)));
  return promise;
}

/** Calls `ready()` itself: if the provider is inside the `<Suspense>`, the provider's effects wait for this promise. */
function restore(client: AnyClient): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.subscribe(() => {
      if (client.getState().status === 'loading') return;
      stop();
      resolve();
    });
    // `start` is not called during rendering, because it changes the URL, and routers react to that.
    queueMicrotask(() => start(client));
  });
}
