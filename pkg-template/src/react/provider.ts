// Provides the client to components, and calls `ready()`.

import { createContext, createElement, useContext, useEffect, useMemo, useReducer } from 'react';
import { start } from '../bindings/state.js';
import { useBeforePaint } from './client-value.js';
import { createSmartClient } from '../client/create-client.js';
import { SmartError } from '../error/smart-error.js';
import type { AnyClient } from '../bindings/any-client.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { ReactElement, ReactNode } from 'react';

/** Either `options`, or a `client` that the app has created. */
export type SmartProviderProps = { readonly children?: ReactNode } & (
  | {
      /**
       * The options of `createSmartClient`. They are compared as JSON text, so an inline object is fine. Providers whose
       * options have the same text share one client, which is released ({@link SmartClient.dispose}) some seconds after the
       * last of them is unmounted. Other options create another client: it starts as `loading` and finds its own
       * session; the session of the previous client remains stored.
       */
      readonly options: SmartClientOptions;
      readonly client?: undefined;
    }
  | {
      /** The result of `createSmartClient`, `createIsolatedSmartClient` or `createServerSessionClient`. */
      readonly client: AnyClient;
      readonly options?: undefined;
    }
);

const Client = createContext<AnyClient | null>(null);

/** Clients of this page by their options, until they are released. */
const clients = new Map<string | undefined, SmartClient>();

/**
 * Provides a client to the components inside. Once mounted, it calls `ready()`, which completes a sign-in or restores
 * the session; a failure is in the state. If the app's router changes the URL before the first rendering, create the
 * client in the app, call `ready()` first, and pass it as `client`.
 *
 * @example
 * const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' };
 * const app = <SmartProvider options={options}>components that use the session</SmartProvider>;
 */
export function SmartProvider(props: SmartProviderProps): ReactElement {
  const { client: passedClient, options, children } = props;
  // Most apps pass an inline object. An object that stays the same, perhaps with thousands of servers, is converted
  // once.
  const serialized = useMemo(() => JSON.stringify(options), [options]);
  const [renewals, renew] = useReducer((count: number) => count + 1, 0);
  const client = useMemo(() => passedClient ?? clientWith(options, serialized), [passedClient, serialized, renewals]);
  const starter = createElement(Start, { client, serialized, isOwn: !passedClient, renew });
  return createElement(Client.Provider, { value: client }, starter, children);
}

/**
 * The client of the nearest provider.
 *
 * @internal
 */
export function useClient<C extends AnyClient = SmartClient>(): C {
  const client = useContext(Client);
  // The app states the type of the client by the type parameter.
  if (client) return client as C;
  throw new SmartError({
    code: 'config_invalid',
    message: 'there is no SmartProvider around this component',
    hint: 'Render it inside <SmartProvider>.',
  });
}

/**
 * Calls `ready()` in an effect of the provider's first child. Effects run in order, so a router inside the provider changes the
 * URL only after `ready()` has read the callback.
 */
function Start({ client, serialized, isOwn, renew }: StartProps) {
  // Inside `<Activity>` the state of a hidden provider stays, but its effects end, and its client is released. Another client
  // is needed before the page is painted, because the released client still has its last state.
  useBeforePaint(() => {
    if (isOwn && clients.get(serialized) !== client) renew();
  }, [client]);
  useEffect(() => {
    start(client);
    return isOwn ? retain(client, serialized) : undefined;
  }, [client]);
  return null;
}

interface StartProps {
  readonly client: AnyClient;
  readonly serialized: string | undefined;
  readonly isOwn: boolean;
  /** Lets the provider use another client. */
  renew(): void;
}

/** By client: the number of providers that use it. */
const providerCounts = new Map<AnyClient, number>();
/** Milliseconds after which an unused client is released: StrictMode and routers mount again soon. */
const RELEASE_DELAY = 5_000;

/** Registers a use of a client; returns a function that ends the use. */
function retain(client: AnyClient, serialized: string | undefined) {
  providerCounts.set(client, (providerCounts.get(client) ?? 0) + 1);
  return () => {
    providerCounts.set(client, (providerCounts.get(client) ?? 0) - 1);
    releaseLater(client, serialized);
  };
}

function releaseLater(client: AnyClient, serialized: string | undefined) {
  const timer: unknown = setTimeout(() => {
    if ((providerCounts.get(client) ?? 0) > 0) return;
    // A sign-in or a refresh is completed first.
    if (client.getState().activity !== 'idle') return releaseLater(client, serialized);
    providerCounts.delete(client);
    if (clients.get(serialized) === client) clients.delete(serialized);
    client.dispose?.();
  }, RELEASE_DELAY);
  // A number in browsers, an object in Node.js.
  (timer as { unref?: () => void }).unref?.();
}

/**
 * The client is in `clients`, not in the provider's state. That state is lost if React discards a rendering in which a
 * component suspends, or mounts the provider again, and the next rendering has to use the client whose `ready()` was already
 * called. Two clients with the same options would also process each other's callbacks.
 */
function clientWith(options: SmartClientOptions, serialized: string | undefined): SmartClient {
  // On a server there is no page, and there are many users.
  if (!globalThis.document) return createSmartClient(options);
  let client = clients.get(serialized);
  if (!client) clients.set(serialized, (client = createSmartClient(options)));
  return client;
}
