/**
 * Explains to a developer why a request to the authorization server was refused: the received value, the registered
 * values, and the option that registers the received one.
 *
 * @typedef {object} Mismatch
 * @property {string} parameter
 * @property {string} [received] the received value; absent if the request has no such parameter
 * @property {readonly string[]} registered
 * @property {string} [command] the option of the command line that registers the received value
 * @property {string} option the option of an app in `startSandbox` that registers the received value
 */

import { paramsOf } from './parameters.mjs';

/**
 * The parameters that do not match the registration.
 *
 * @param {import('oidc-provider').KoaContextWithOIDC} ctx
 * @param {readonly import('../sandbox.d.ts').App[]} apps
 * @returns {Mismatch[]}
 */
export function mismatches({ oidc, query }, apps) {
  /** @type {Record<string, unknown>} */
  const params = { ...query, ...paramsOf(oidc ?? {}) };
  const clientId = textOf(params.client_id);
  const client = oidc?.client;
  const isLogout = oidc?.route.startsWith('end_session');
  if (isLogout && !client && clientId === undefined) return [];
  if (!client) {
    const registered = apps.map((app) => app.clientId);
    return [mismatch('client_id', clientId, registered, '--client-id', 'clientId')];
  }
  if (isLogout) {
    const received = textOf(params.post_logout_redirect_uri);
    const { postLogoutRedirectUris: registered = [] } = client;
    if (received === undefined || registered.includes(received)) return [];
    return [mismatch('post_logout_redirect_uri', received, registered, '--post-logout-redirect-uri', 'postLogoutRedirectUris')];
  }
  const received = textOf(params.redirect_uri);
  const { redirectUris: registered = [] } = client;
  if (received !== undefined && registered.includes(received)) return [];
  return [mismatch('redirect_uri', received, registered, '--redirect-uri', 'redirectUris')];
}

/**
 * @param {string} parameter
 * @param {string | undefined} received
 * @param {readonly string[]} registered
 * @param {string} flag
 * @param {string} option
 * @returns {Mismatch}
 */
const mismatch = (parameter, received, registered, flag, option) => ({
  parameter,
  registered,
  option,
  ...(received !== undefined && { received, command: `${flag} ${quoted(received)}` }),
});

/** @param {unknown} value @returns {string | undefined} `undefined` also for a repeated parameter */
const textOf = (value) => (typeof value === 'string' && value !== '' ? value : undefined);

/** Quotes a value for a shell. @param {string} value */
const quoted = (value) => (/^[\w./:@%+=,~-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`);
