/**
 * The requests that the server received: one entry for each, for assertions in tests.
 *
 * An entry has the path without its query and no header except `Origin`: no token, no code, no body.
 *
 * @typedef {object} RequestEntry
 * @property {string} method
 * @property {string} path
 * @property {string} [purpose] see {@link purposeOf}
 * @property {string} [grantType] of a token request
 * @property {number} [status] of the response; absent until there is one
 * @property {string} [origin] the `Origin` header
 * @property {number} at milliseconds since 1970
 */

import { FILES } from './fhir/export.mjs';
import { ROUTES } from './oauth/provider.mjs';

const MAX_ENTRIES = 10_000;

/** @type {Record<string, string>} */
const PURPOSES = {
  [ROUTES.authorization]: 'authorize',
  [ROUTES.pushed_authorization_request]: 'push',
  [ROUTES.token]: 'token',
  [ROUTES.revocation]: 'revoke',
  [ROUTES.introspection]: 'introspect',
  [ROUTES.userinfo]: 'userinfo',
  [ROUTES.jwks]: 'jwks',
  [ROUTES.end_session]: 'logout',
  [ROUTES.registration]: 'register',
};

/**
 * @param {(entry: RequestEntry) => void} [log] called after each response
 * @returns {{ requests: RequestEntry[], recorder: import('koa').Middleware }}
 */
export function recordRequests(log = () => {}) {
  /** @type {RequestEntry[]} */
  const requests = [];

  /** @type {import('koa').Middleware} */
  const recorder = async (ctx, next) => {
    /** @type {RequestEntry} */
    const entry = { method: ctx.method, path: ctx.path, at: Date.now() };
    const purpose = purposeOf(ctx.path);
    if (purpose) entry.purpose = purpose;
    if (ctx.get('Origin')) entry.origin = ctx.get('Origin');
    requests.push(entry);
    if (requests.length > MAX_ENTRIES) requests.shift();
    ctx.res.once('close', () => log(entry));

    try {
      await next();
      entry.status = ctx.status;
    } catch (error) {
      entry.status = /** @type {{ status?: number }} */ (error).status ?? 500;
      throw error;
    } finally {
      const grantType = entry.purpose === 'token' && ctx.oidc?.params?.grant_type;
      if (grantType) entry.grantType = grantType;
    }
  };
  return { requests, recorder };
}

/**
 * `discovery`, `authorize`, `push`, `interaction`, `token`, `revoke`, `introspect`, `userinfo`, `jwks`,
 * `logout`, `register`, `fhir` or `ehr`; `undefined` for other paths.
 *
 * @param {string} path
 */
export function purposeOf(path) {
  if (path.includes('/.well-known/')) return 'discovery';
  if (Object.hasOwn(PURPOSES, path)) return PURPOSES[path];
  // When the browser returns from the pages, the authorization endpoint responds at a path below its own.
  if (path.startsWith(`${ROUTES.authorization}/`) || path.startsWith('/interaction/')) return 'interaction';
  if (path.startsWith(`${ROUTES.end_session}/`)) return 'logout';
  if (path.startsWith(`${ROUTES.registration}/`)) return 'register';
  if (path.startsWith(`${FILES}/`)) return 'fhir';
  return ['fhir', 'ehr'].find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
}
