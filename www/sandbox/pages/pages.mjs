/**
 * The home page and the style sheet, and the policy for the sandbox's own pages: no scripts, and nothing from other origins
 * except framed apps.
 */

import { readFile } from 'node:fs/promises';
import { homePage } from './home.mjs';
import { errorPage } from './notices.mjs';

// No script runs on these pages. Apps at any origin may be framed. `form-action` is not set, because browsers apply it to
// the redirect back to the app as well.
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'self'; img-src data:; frame-src *; base-uri 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * @param {Parameters<typeof homePage>[0]} home
 * @returns {Promise<import('koa').Middleware>}
 */
export async function pages(home) {
  const style = await readFile(new URL('style.css', import.meta.url), 'utf8');

  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/style.css') {
      ctx.type = 'css';
      ctx.body = style;
    } else if (ctx.method === 'GET' && ctx.path === '/') {
      ctx.type = 'html';
      ctx.body = homePage(home);
    } else {
      await next();
      if (ctx.status === 404 && !ctx.body && ctx.accepts('html')) notFound(ctx);
    }
    // oidc-provider's own forms submit themselves with a script, so the policy must not apply to them.
    const isOwnPage = ctx.path === '/' || /^\/(interaction|ehr)(\/|$)/.test(ctx.path);
    if (isOwnPage) ctx.set(HEADERS);
  };
}

/** @param {import('koa').Context} ctx */
function notFound(ctx) {
  ctx.type = 'html';
  ctx.body = errorPage({ error: 'not_found', error_description: `There is nothing at ${ctx.path}.` });
  ctx.status = 404;
}
