// What a client sends its requests by: a session, or what the app itself has for a server.

import { SmartError } from '../entry.js';

/**
 * @typedef {object} Connection
 * @property {object} state as apps see it: `serverUrl` above all
 * @property {(url: string, init: RequestInit) => Promise<Response>} send
 * @property {(url: string, init: RequestInit) => Promise<Response>} sendAsIs the same without renewing a token first
 * @property {() => string | null} authorization value of the header
 * @property {import('smart-launch').SmartClient} [smart] of a session
 */

/**
 * @param {import('smart-launch').SmartClient} smart signed in
 * @param {{ clientId: string, scope: string, redirectUri: string }} configuration
 * @returns {Connection}
 */
export function ofSession(smart, { clientId, scope, redirectUri }) {
  const session = () => smart.getState().session;
  const state = Object.freeze({
    serverUrl: session().serverUrl,
    clientId,
    scope,
    redirectUri,
    get tokenResponse() {
      return session()?.tokenResponse ?? {};
    },
    get expiresAt() {
      const { issuedAt, expiresAt } = session() ?? {};
      // Five minutes where the server did not say.
      return issuedAt && Math.floor((expiresAt ?? issuedAt + 300_000) / 1_000);
    },
  });
  const authorization = () => authorizationOf(state);

  async function send(url, init) {
    const { access_token: token } = state.tokenResponse;
    const response = await smart.fetch(url, init).catch(asFetch);
    // A token that is refused and was not renewed is of no use after a reload either.
    if (response.status === 401 && state.tokenResponse.access_token === token) smart.logout().catch(() => {});
    return response;
  }

  return { state, authorization, send, sendAsIs: sender(state.serverUrl, authorization), smart };
}

/** A server that needs no sign-in, or that the app has a token or a password for. */
export function ofServer(given) {
  const state = typeof given === 'string' ? { serverUrl: given } : given;
  const authorization = () => authorizationOf(state);
  const send = sender(state?.serverUrl, authorization);
  return { state, authorization, send, sendAsIs: send };
}

function authorizationOf({ tokenResponse, username, password }) {
  if (tokenResponse?.access_token) return `Bearer ${tokenResponse.access_token}`;
  return username && password ? `Basic ${btoa(`${username}:${password}`)}` : null;
}

/** Requests that have credentials, if there are any: they stay below the base, and no redirect takes them along. */
function sender(base, authorization) {
  return async (url, init) => {
    const header = authorization();
    if (!header) return attempt(url, init);
    if (!isUnder(base, url)) {
      throw new SmartError({
        code: 'origin_not_allowed',
        message: 'the URL is not under the FHIR base, so it does not get the token',
        hint: 'Use `fetch` for it.',
      });
    }
    const headers = new Headers(init.headers);
    headers.set('authorization', header);
    const response = await attempt(url, { ...init, headers, redirect: 'manual' });
    const { status, type } = response;
    if (type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)) {
      const hint = 'Ask the server at the address that it redirects to.';
      throw new SmartError({
        code: 'redirected',
        message: 'the server redirects, and the token does not go along',
        hint,
      });
    }
    return response;
  };
}

export async function attempt(url, init) {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    const message = 'the request was not answered';
    throw new SmartError({ code: 'network', message, hint: 'Try again later.', retryable: true }, cause);
  }
}

/** Apps know a request that they gave up by what `fetch` rejects with. */
function asFetch(error) {
  throw error.code === 'aborted' ? (error.cause ?? error) : error;
}

function isUnder(base, input) {
  const [root, url] = [new URL(base), new URL(input)];
  const path = root.pathname.replace(/\/+$/, '');
  // A server may take the other slashes and dots for such, too.
  const isPlain = !/%2f|%5c|%2e|\.\.;/i.test(url.pathname);
  return isPlain && url.origin === root.origin && `${url.pathname}/`.startsWith(`${path}/`);
}
