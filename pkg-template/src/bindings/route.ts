// The decisions of route guards: sign in or show the route, and where to go after a sign-in.

import { fieldsOf, partsOf } from '../page/url-parts.js';
import { signedOut } from './state.js';
import type { SmartClient } from '../client/smart-client.js';
import type { AnyClient, AnySession } from './any-client.js';

/**
 * Returns the session. Without a session it starts a sign-in, which leaves the page and returns to `url`. It rejects if the sign-in
 * fails, and after an idle timeout.
 *
 * @param isFirst whether this is the first route of the page. If so, no sign-in is started after a failure, because the next
 * sign-in could fail as well, and the page would redirect endlessly
 */
export async function sessionFor(client: AnyClient, url: URL, isFirst: boolean): Promise<AnySession> {
  watchIdle(client);
  // Read before ready(), which removes the error of an earlier call.
  let { error } = client.getState();
  // The error may be that the stored session was idle for too long: a sign-in could then succeed as the previous user without a
  // password. The error is copied here, because a listener may sign out, which removes it from the state.
  const stop = client.subscribe(() => void (error ??= client.getState().error));
  const session = await client.ready().finally(stop);
  if (session) return session;
  if (idleEnded.has(client) || (isFirst && error)) throw error ?? signedOut();
  // All clients have the option `returnTo`.
  return (client as SmartClient).authorize({ returnTo: url.href });
}

const watched = new WeakSet<AnyClient>();
/** Clients whose last session has ended because the user was idle. A sign-in without a click could succeed as that user. */
const idleEnded = new WeakSet<AnyClient>();

function watchIdle(client: AnyClient): void {
  if (watched.has(client)) return;
  watched.add(client);
  client.subscribe((event) => {
    if (event?.type === 'signedIn') idleEnded.delete(client);
    if (event?.type === 'signedOut' && event.detail.reason === 'idle') idleEnded.add(client);
  });
}

/** Clients whose `session.returnTo` was used in this page. */
const usedReturnTo = new WeakSet<AnyClient>();

/**
 * Where the guard of a page's first route redirects after a sign-in, as path, query and fragment: to `returnTo`, which is used
 * once; without `returnTo`, if the router has read a URL that contains the authorization response, to the page's URL without that
 * response. `null` if the guard does not redirect.
 */
export function destinationOf(client: AnyClient, session: AnySession, url: URL): string | null {
  const returnTo = usedReturnTo.has(client) ? null : session.returnTo;
  usedReturnTo.add(client);
  const destination = returnTo ?? (isResponse(url) ? pathOf(location) : null);
  // A path that begins with two slashes would lead to another host.
  return destination === pathOf(url) || destination?.startsWith('//') ? null : destination;
}

/**
 * Converts a destination to the path that the router uses, without the base path or `#`. `null` if the base path cannot be
 * determined, or the destination is not under it.
 *
 * @param href the link to the current route
 * @param route the path that the router uses for the current route, which is the end of `href`
 */
export function routeOf(destination: string, href: string, route: string): string | null {
  if (!href.endsWith(route)) return null;
  const prefix = href.slice(0, href.length - route.length);
  const base = prefix && urlIn(prefix).href.slice(location.origin.length);
  return destination.startsWith(base) ? destination.slice(base.length) || '/' : null;
}

/** Resolves a link against the page's base URL. */
export const urlIn = (href: string): URL => new URL(href, document.baseURI);

const pathOf = ({ pathname, search, hash }: URL | Location): string => pathname + search + hash;

/** Whether a URL has an authorization response (RFC 6749 §4.1.2), in its query, its fragment or the path of a hash router. */
function isResponse({ href }: URL): boolean {
  const { query, fields } = partsOf(href);
  return [query, fields].map(fieldsOf).some((part) => part.has('state') && (part.has('code') || part.has('error')));
}
