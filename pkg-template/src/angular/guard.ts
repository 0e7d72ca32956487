// The route guard `smartGuard`.

import { Location } from '@angular/common';
import { inject } from '@angular/core';
import { Router } from '@angular/router';
import { destinationOf, routeOf, sessionFor, urlIn } from '../bindings/route.js';
import { provided } from './provide.js';
import type { CanActivateFn } from '@angular/router';

/**
 * A guard for `canActivate` and `canActivateChild`: without a session it signs the user in, and then shows the requested route.
 * It calls `ready()` first. If `ready()` or the sign-in fails, the navigation fails with the `SmartError`, which is also in the
 * state. On the first route of a page, the guard does not start a sign-in after one that failed; on any route it starts none
 * after an idle timeout. In server rendering it permits every route.
 *
 * The route at `redirectUri` also needs the guard: from there it redirects to `session.returnTo`.
 *
 * @example
 * import { provideRouter } from '@angular/router';
 * import { smartGuard } from 'smart-launch/angular';
 *
 * export const router = provideRouter([{ path: '', canActivate: [smartGuard], children: [] }]);
 */
export const smartGuard: CanActivateFn = async (_, { url: route }) => {
  const { client } = provided();
  const router = inject(Router);
  const href = inject(Location).prepareExternalUrl(route);
  if (!globalThis.document) return true;
  const isFirst = !router.navigated;
  const session = await sessionFor(client, urlIn(href), isFirst);
  const destination = isFirst ? destinationOf(client, session, urlIn(href)) : null;
  const redirectRoute = destination === null ? null : routeOf(destination, href, route);
  return redirectRoute === null || router.parseUrl(redirectRoute);
};
