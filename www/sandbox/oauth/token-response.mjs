/**
 * SMART's additions to a token response (SMART App Launch 2.2, "Obtain access token"): the launch context and `Pragma:
 * no-cache`. oidc-provider has no hook for either.
 */

/**
 * @param {string} path of the token endpoint
 * @param {Map<string, import('./context.mjs').LaunchContext>} contexts by grant
 * @returns {import('koa').Middleware}
 */
export function tokenResponse(path, contexts) {
  return async (ctx, next) => {
    await next();
    if (ctx.path !== path || ctx.method !== 'POST') return;
    ctx.set('Pragma', 'no-cache');
    // For the grant type client_credentials, oidc-provider creates no `Grant`, so there is no context.
    const grant = ctx.oidc?.entities.Grant;
    if (ctx.status === 200 && grant) ctx.body = { ...ctx.body, ...contexts.get(grant.jti) };
  };
}
