// A user who signs in: follows the authorization request, approves it, and returns with the callback.

import { allow, SECRET } from './ehr.mjs';

/**
 * The callback for an authorization request.
 *
 * @param {Sent} request
 * @param {Record<string, string>} [changes] additional parameters, or replacements of `code` and `state`
 */
export function callbackOf(request, changes = {}) {
  const fields = parametersOf(request);
  allow(fields);
  const callback = new URL(String(fields.redirect_uri));
  const response = { code: `${SECRET}-code`, state: String(fields.state), ...changes };
  for (const [name, value] of Object.entries(response)) callback.searchParams.set(name, value);
  return callback.href;
}

/**
 * The parameters of an authorization request, by GET or by POST.
 *
 * @param {Sent} request
 * @returns {Record<string, string>}
 *
 * @typedef {{ method: 'GET', url: string } | { method: 'POST', fields: Iterable<readonly [string, string]> }} Sent
 */
export function parametersOf(request) {
  return Object.fromEntries(request.method === 'GET' ? new URL(request.url).searchParams : request.fields);
}

/**
 * Signs in without leaving the page.
 *
 * @param {import('smart-launch').SmartClient} client
 * @param {import('smart-launch').AuthorizeOptions} [options]
 */
export async function signIn(client, options = {}) {
  const request = await client.authorize({ ...options, navigate: false });
  return client.ready({ callback: callbackOf(request) });
}

/**
 * Makes the clients of a test share one page and its memory. Without this call, each client has its own memory.
 *
 * @param {import('node:test').TestContext} test
 */
export function beOnePage(test) {
  Object.defineProperty(globalThis, 'document', { configurable: true, value: {} });
  test.after(() => Reflect.deleteProperty(globalThis, 'document'));
}
