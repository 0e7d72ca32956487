/** Dynamic client registration (RFC 7591, RFC 7592): additions to that of oidc-provider for SMART apps. */

import { isKnownScope, isSystemScope, scopeList } from './scope.mjs';

/**
 * Lets clients register any SMART scope. oidc-provider accepts only scopes that do not belong to a resource.
 *
 * @param {import('oidc-provider').Provider} provider
 *
 * @typedef {{ scope?: string, invalidate(message: string, member: string): void }} Schema
 */
export function acceptSmartScopes(provider) {
  const { Schema } = /** @type {{ Schema: { prototype: object } }} */ (/** @type {unknown} */ (provider.Client));
  Object.defineProperty(Schema.prototype, 'scopes', {
    /** @this {Schema} */
    value() {
      const isKnown = (/** @type {string} */ scope) => isKnownScope(scope) || isSystemScope(scope);
      if (!scopeList(this.scope).every(isKnown)) this.invalidate('scope has a scope that this server does not know', 'scope');
    },
  });
}

/**
 * Lets pages of every origin register: the origins of a client are not known before it is registered.
 *
 * @param {string} route
 * @returns {import('koa').Middleware}
 */
export function registrationFromPages(route) {
  return async (ctx, next) => {
    if (ctx.path !== route && !ctx.path.startsWith(`${route}/`)) return next();
    ctx.set('Access-Control-Allow-Origin', '*');
    if (ctx.method !== 'OPTIONS') return next();
    ctx.set('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE');
    ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, Accept');
    ctx.status = 204;
  };
}
