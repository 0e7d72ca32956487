// Which client the components use, and when it begins.

import { createContext, createElement, useContext, useEffect, useMemo } from 'react';
import { createSmartClient } from '../client/create-client.js';
import { SmartError } from '../error/smart-error.js';
import type { SmartClientOptions } from '../client/options.js';
import type { SmartClient } from '../client/smart-client.js';
import type { AnyClient } from './any-client.js';
import type { ReactElement, ReactNode } from 'react';

/** Either `options`, or a `client` that the app has made. */
export type SmartProviderProps = { readonly children?: ReactNode } & (
  | {
      /**
       * As for `createSmartClient`. Compared by what they say, so they may be written where they are rendered.
       * Providers with the same options share one client, which is put away ({@link SmartClient.dispose}) some seconds
       * after none of them is mounted any more. Other
       * options are another client: it begins as `loading` and finds its own session; that of the one before is neither
       * ended nor forgotten.
       */
      readonly options: SmartClientOptions;
      readonly client?: undefined;
    }
  | {
      /** Of `createSmartClient` or `createIsolatedSmartClient`. */
      readonly client: AnyClient;
      readonly options?: undefined;
    }
);

const Client = createContext<AnyClient | null>(null);

/** Clients of this page by their options, for as long as the page lasts. */
const clients = new Map<string | undefined, SmartClient>();

/**
 * Says which client the components inside use, and has it finish a sign-in or restore the session (`ready()`) once they
 * are on the screen. What goes wrong with that is in the state. An app whose router changes the URL before anything is
 * rendered makes the client itself, calls `ready()` first, and gives it as `client`.
 *
 * @example
 * const options = { fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' };
 * const app = <SmartProvider options={options}>everything that knows of the sign-in</SmartProvider>;
 */
export function SmartProvider(props: SmartProviderProps): ReactElement {
  const { client: given, options, children } = props;
  // Most apps write the options where they render. Those that stay, of thousands of servers, are written once.
  const written = useMemo(() => JSON.stringify(options), [options]);
  const client = useMemo(() => given ?? clientWith(options, written), [given, written]);
  return createElement(Client.Provider, { value: client }, createElement(Start, { client, written, isOwn: !given }), children);
}

/**
 * The client of the nearest provider.
 *
 * @internal
 */
export function useClient<C extends AnyClient = SmartClient>(): C {
  const client = useContext(Client);
  // Which client it is the app says by the type parameter.
  if (client) return client as C;
  throw new SmartError({
    code: 'config_invalid',
    message: 'there is no SmartProvider around this component',
    hint: 'Render it inside <SmartProvider>.',
  });
}

/**
 * Finishes a sign-in or restores the session, where nobody else has begun to. What goes wrong is in the state.
 *
 * @internal
 */
export function start(client: AnyClient): void {
  if (client.getState().status === 'loading') client.ready().catch(() => {});
}

/** The provider's first child: effects come in order, so a router that leaves the URL of the callback comes later. */
function Start({ client, written, isOwn }: { client: AnyClient; written: string | undefined; isOwn: boolean }) {
  useEffect(() => {
    start(client);
    return isOwn ? hold(client, written) : undefined;
  }, [client]);
  return null;
}

/** By client: how many providers show it. */
const holders = new Map<AnyClient, number>();
/** Milliseconds after which a client that no provider shows is put away: StrictMode and routers mount anew soon. */
const LATER = 5_000;

/** Holds a client; gives what lets it go. */
function hold(client: AnyClient, written: string | undefined) {
  holders.set(client, (holders.get(client) ?? 0) + 1);
  return () => {
    holders.set(client, (holders.get(client) ?? 0) - 1);
    const later: unknown = setTimeout(() => {
      if ((holders.get(client) ?? 0) > 0 || client.getState().activity !== 'idle') return;
      holders.delete(client);
      if (clients.get(written) === client) clients.delete(written);
      client.dispose?.();
    }, LATER);
    // A number in browsers, an object in Node.js.
    (later as { unref?: () => void }).unref?.();
  };
}

/**
 * Not in the provider's state: one that React renders and throws away, because something in it suspends, or that is
 * mounted anew, has to find the sign-in that it began. And of two clients with the same options one would take the
 * other's callback.
 */
function clientWith(options: SmartClientOptions, written: string | undefined): SmartClient {
  // A server has no page, and many users.
  if (!globalThis.document) return createSmartClient(options);
  let client = clients.get(written);
  if (!client) clients.set(written, (client = createSmartClient(options)));
  return client;
}
