// Which client the components use, and when it begins.

import { createContext, createElement, useContext, useEffect, useMemo } from 'react';
import { createSmartClient } from '../client/smart-client.js';
import { SmartError } from '../error/smart-error.js';

const Client = createContext(null);

/** Clients of this page by their options, for as long as the page lasts. */
const clients = new Map();

export function SmartProvider({ client: given, options, children }) {
  // Most apps write the options where they render. Those that stay, of thousands of servers, are written once.
  const written = useMemo(() => JSON.stringify(options), [options]);
  const client = useMemo(() => given ?? clientWith(options, written), [given, written]);
  return createElement(Client.Provider, { value: client }, createElement(Start, { client, written, isOwn: !given }), children);
}

/** The client of the nearest provider. */
export function useClient() {
  const client = useContext(Client);
  if (client) return client;
  throw new SmartError({
    code: 'config_invalid',
    message: 'there is no SmartProvider around this component',
    hint: 'Render it inside <SmartProvider>.',
  });
}

/** Finishes a sign-in or restores the session, where nobody else has begun to. What goes wrong is in the state. */
export function start(client) {
  if (client.getState().status === 'loading') client.ready().catch(() => {});
}

/** The provider's first child: effects come in order, so a router that leaves the URL of the callback comes later. */
function Start({ client, written, isOwn }) {
  useEffect(() => {
    start(client);
    return isOwn ? hold(client, written) : undefined;
  }, [client]);
  return null;
}

/** By client: how many providers show it. */
const holders = new Map();
/** Milliseconds after which a client that no provider shows is put away: StrictMode and routers mount anew soon. */
const LATER = 5_000;

/** Holds a client; gives what lets it go. */
function hold(client, written) {
  holders.set(client, (holders.get(client) ?? 0) + 1);
  return () => {
    holders.set(client, holders.get(client) - 1);
    const later = setTimeout(() => {
      if (holders.get(client) > 0 || client.getState().activity !== 'idle') return;
      holders.delete(client);
      if (clients.get(written) === client) clients.delete(written);
      client.dispose?.();
    }, LATER);
    later.unref?.();
  };
}

/**
 * Not in the provider's state: one that React renders and throws away, because something in it suspends, or that is
 * mounted anew, has to find the sign-in that it began. And of two clients with the same options one would take the
 * other's callback.
 */
function clientWith(options, written) {
  // A server has no page, and many users.
  if (!globalThis.document) return createSmartClient(options);
  if (!clients.has(written)) clients.set(written, createSmartClient(options));
  return clients.get(written);
}
