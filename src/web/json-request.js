// Requests with a JSON body, which few clients send.

import { send } from './env.js';

/**
 * Sends a request as `send` does.
 *
 * @param {import('./env.js').Env} env
 * @param {string} kind purpose and method, separated by a space
 * @param {string} url
 * @param {string} body JSON text; empty for none
 * @param {string} seconds
 * @param {string} authorization
 */
export function sendJson(env, kind, url, body, seconds, authorization) {
  const [purpose = '', method] = kind.split(' ');
  return send(env, purpose, url, body, seconds, authorization, false, method, 'application/json');
}
