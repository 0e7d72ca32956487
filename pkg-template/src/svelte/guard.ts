// A `load` function of SvelteKit for pages that need a signed-in user.

import { destinationOf, sessionFor, urlIn } from '../bindings/route.js';
import { signedOut } from '../bindings/state.js';
import { SmartError } from '../error/smart-error.js';
import type { AnyClient, StateOf } from '../bindings/any-client.js';
import type { URL } from '../values/platform.js';

/** A `load` function of SvelteKit, which returns the session. */
export type SmartLoad<C extends AnyClient> = (event: {
  readonly url: URL;
}) => Promise<{ readonly session: Extract<StateOf<C>, { status: 'authenticated' }>['session'] }>;

/** Clients for which `load` was called before. */
const loadedClients = new WeakSet<AnyClient>();

/**
 * A `load` for a page or a layout with `export const ssr = false`. It calls `ready()` and returns the session. Without a session,
 * on the page that the user opens first, it signs the user in, and then redirects to the requested page. It rejects if the sign-in
 * fails or an earlier one has failed, and after an idle timeout. On later pages, without a session, it rejects with the error in
 * the client's state or `signed_out`, so that SvelteKit shows your `+error.svelte`. There it never signs in, because SvelteKit
 * also calls `load` when the pointer is over a link.
 *
 * The page at `redirectUri` also needs this `load`: from there it redirects to `session.returnTo`.
 *
 * @param redirect the function of `@sveltejs/kit`
 * @throws {SmartError} `signed_out`, the errors of `ready()` and `authorize()`, `config_invalid` on a server.
 * @example
 * import { createSmartClient } from 'smart-launch';
 * import { requireSmart } from 'smart-launch/svelte';
 *
 * declare function redirect(status: number, location: string): never; // of `@sveltejs/kit`
 * const client = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * export const load = requireSmart(client, redirect);
 */
export function requireSmart<C extends AnyClient>(client: C, redirect: (status: 307, location: string) => never): SmartLoad<C> {
  return async (event) => {
    if (!globalThis.document) throw new SmartError(ON_SERVER);
    const url = urlIn(event.url.href);
    const isFirst = !loadedClients.has(client) && url.pathname === location.pathname;
    loadedClients.add(client);
    if (!isFirst && !(await client.ready())) throw client.getState().error ?? signedOut();
    const session = await sessionFor(client, url, isFirst);
    const destination = isFirst ? destinationOf(client, session, url) : null;
    if (destination !== null) redirect(307, destination);
    // A client returns its own type of session.
    return { session: session as Extract<StateOf<C>, { status: 'authenticated' }>['session'] };
  };
}

const ON_SERVER = {
  code: 'config_invalid',
  message: 'a page that needs a session is rendered on a server',
  hint: 'Add `export const ssr = false` to the file with `load`.',
} as const;
