// Routes that need a signed-in user, for guards of routers.

import { fieldsOf, partsOf } from '../page/url-parts.js';
import type { SmartClient } from '../client/smart-client.js';
import type { AnyClient, AnySession } from './any-client.js';

/**
 * The session. Without one it signs in, which leaves the page, and returns to `url`. Rejects if that fails.
 *
 * @param isFirst whether this is the first route of the page. Then it does not sign in after a failure, which might happen again
 * and again
 */
export async function sessionFor(client: AnyClient, url: URL, isFirst: boolean): Promise<AnySession> {
  // The next call of ready() starts anew.
  let { error } = client.getState();
  // A stored session was idle for too long: another sign-in might show the next user this one's record. A listener may have signed
  // out, which removes the error.
  const stop = client.subscribe(() => void (error ??= client.getState().error));
  const session = await client.ready().finally(stop);
  if (session) return session;
  if (isFirst && error) throw error;
  // All clients have this option.
  return (client as SmartClient).authorize({ returnTo: url.href });
}

/** Clients whose page has gone to `returnTo`. */
const returned = new WeakSet<AnyClient>();

/**
 * Where the first route of a page has to go after a sign-in, as path, query and fragment: to `returnTo`, which is used once, or to
 * the same place without the response, which the router has read before it was removed from the page's URL. `null`: nowhere else.
 */
export function destinationOf(client: AnyClient, session: AnySession, url: URL): string | null {
  const returnTo = returned.has(client) ? null : session.returnTo;
  returned.add(client);
  const to = returnTo ?? (isResponse(url) ? pathOf(location) : null);
  // A path with two slashes, which a link may have, would be another host.
  return to === pathOf(url) || to?.startsWith('//') ? null : to;
}

/**
 * A destination as the router names it. Its names for routes are the ends of their links, after a base or `#`.
 *
 * @param href the link to a route
 * @param route the router's name for it
 */
export function routeOf(destination: string, href: string, route: string): string | null {
  if (!href.endsWith(route)) return null;
  const before = href.slice(0, href.length - route.length);
  const base = before && urlIn(before).href.slice(location.origin.length);
  return destination.startsWith(base) ? destination.slice(base.length) || '/' : null;
}

/** The URL of a link in the page. */
export const urlIn = (href: string): URL => new URL(href, document.baseURI);

const pathOf = ({ pathname, search, hash }: URL | Location): string => pathname + search + hash;

/** Whether a URL has an authorization response (RFC 6749 §4.1.2), in its query, its fragment or the path of a hash router. */
function isResponse({ href }: URL): boolean {
  const { query, fields } = partsOf(href);
  return [query, fields].map(fieldsOf).some((part) => part.has('state') && (part.has('code') || part.has('error')));
}
