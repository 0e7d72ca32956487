/**
 * Authorization by POST (SMART App Launch 2.2, capability `authorize-post`).
 *
 * oidc-provider accepts a form at the authorization endpoint only if its session cookie is `SameSite=None`, which browsers
 * accept only over https. So the form is read here and passed on as the query of a GET, which is equivalent.
 */

import { formBody } from '../body.mjs';

/**
 * @param {string} path of the authorization endpoint
 * @returns {import('koa').Middleware}
 */
export function authorizeByPost(path) {
  return async (ctx, next) => {
    if (ctx.method === 'POST' && ctx.path === path) {
      const form = await formBody(ctx);
      ctx.method = 'GET';
      ctx.querystring = form.toString();
    }
    return next();
  };
}
