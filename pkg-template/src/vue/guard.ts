// A navigation guard.

import { destinationOf, routeOf, sessionFor, urlIn } from '../bindings/route.js';
import type { AnyClient } from '../bindings/any-client.js';

/** The members of a route of Vue Router that {@link requireSmart} reads. */
export interface SmartRoute {
  readonly fullPath: string;
  /** The path in links, with the router's base path. */
  readonly href?: string;
  readonly matched: readonly unknown[];
}

/** A navigation guard of Vue Router. */
export type SmartGuard = (to: SmartRoute, from: SmartRoute) => Promise<true | string>;

/**
 * A guard for `router.beforeEach` or a route's `beforeEnter`: without a session it signs the user in, and then shows the requested
 * route. It calls `ready()` first. If `ready()` or the sign-in fails, the navigation fails with the `SmartError`, which is also in
 * the state. On the first route of a page, the guard does not start a sign-in after one that failed; on any route it starts none
 * after an idle timeout. In server rendering it permits every route.
 *
 * The route at `redirectUri` also needs the guard: from there it redirects to `session.returnTo`.
 *
 * @example
 * import { createRouter, createWebHistory } from 'vue-router';
 * import { createSmartClient } from 'smart-launch';
 * import { requireSmart } from 'smart-launch/vue';
 *
 * const client = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const router = createRouter({ history: createWebHistory(), routes: [] });
 * router.beforeEach(requireSmart(client));
 */
export function requireSmart(client: AnyClient): SmartGuard {
  return async ({ fullPath, href = fullPath }, from) => {
    if (!globalThis.document) return true;
    // In the first navigation of a page, the previous route matches nothing.
    const isFirst = from.matched.length === 0;
    const session = await sessionFor(client, urlIn(href), isFirst);
    const destination = isFirst ? destinationOf(client, session, urlIn(href)) : null;
    return (destination !== null && routeOf(destination, href, fullPath)) || true;
  };
}
