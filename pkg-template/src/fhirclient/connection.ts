// How a client sends its requests: with a session, or with credentials of the app.

import { SmartError } from '../error/smart-error.js';
import type { SmartClient } from '../client/smart-client.js';
import type { ClientState, TokenResponse } from './client-state.js';
import type { Configuration } from './configurations.js';
import { fetchResponse } from './fetch.js';
import type { Send } from './http.js';
import { recordCredentials, withoutFinalSlashes } from './http.js';
import { createRenewal } from './renewal.js';
import type { RefreshOptions } from './renewal.js';
import { signOut } from './sign-out.js';
import { hasState, keyOf } from './smart-key.js';

export interface Connection {
  /** `client.state`. */
  readonly state: ClientState;
  readonly send: Send;
  /** As `send`, but without refreshing the token first. */
  readonly sendAsIs: Send;
  /** Value of the `Authorization` header. */
  authorization(): string | null;
  refresh(options?: RefreshOptions): Promise<void>;
  refreshIfNeeded(options?: RefreshOptions): Promise<void>;
  /** The client; only if there is a session. */
  readonly smart?: SmartClient;
}

/** The connection of a session. */
export interface SessionConnection extends Connection {
  readonly state: ClientState & { readonly key: string };
  readonly smart: SmartClient;
}

/** @param smart a client that is signed in */
export function connectionOfSession(
  smart: SmartClient,
  { clientId, scope, redirectUri, authorizeUri, tokenUri, registrationUri }: Configuration,
): SessionConnection {
  const session = () => smart.getState().session;
  const currentSession = session();
  if (!currentSession) throw signedOut();
  const { serverUrl } = currentSession;
  const key = keyOf(currentSession);
  const state = Object.freeze<SessionConnection['state'] & { tokenResponse: TokenResponse }>({
    key,
    serverUrl,
    clientId,
    scope,
    redirectUri,
    authorizeUri,
    tokenUri,
    registrationUri,
    codeChallengeMethods: ['S256'],
    get tokenResponse() {
      return session()?.tokenResponse ?? {};
    },
    get expiresAt() {
      const { issuedAt, expiresAt } = session() ?? {};
      // Five minutes if the server did not state the lifetime.
      return issuedAt && Math.floor((expiresAt ?? issuedAt + 300_000) / 1_000);
    },
  });
  const authorization = () => authorizationOf(state);

  async function send(url: string, init: RequestInit): Promise<Response> {
    await checkState();
    const { access_token: token } = state.tokenResponse;
    const response = await smart.fetch(url, init).catch(rethrowAsFetch);
    recordCredentials(response, [token, state.tokenResponse.access_token]);
    // The server refused the token, and it could not be refreshed. It would not work after a reload either, so the session ends.
    if (response.status === 401 && state.tokenResponse.access_token === token) void signOut(smart);
    return response;
  }

  /** Signs out if the app has removed the record from `sessionStorage`: apps of `fhirclient` sign out by removing it. */
  async function checkState() {
    if (hasState(key)) return;
    await signOut(smart);
    throw signedOut();
  }

  const sendWithToken = sender(state.serverUrl, authorization);
  return {
    state,
    authorization,
    send,
    async sendAsIs(url, init) {
      await checkState();
      // Another sign-in may have replaced the session: a repeated call of `ready()` checks whether the session is still stored.
      if (!(await smart.ready())) throw signedOut();
      return sendWithToken(url, init);
    },
    async refresh({ signal }: RefreshOptions = {}) {
      await checkState();
      await smart.refresh({ signal: signal ?? undefined });
    },
    async refreshIfNeeded({ signal }: RefreshOptions = {}) {
      if (session()?.refreshable) await smart.getAccessToken({ minValiditySeconds: 10, signal: signal ?? undefined });
    },
    smart,
  };
}

export const signedOut = (): SmartError =>
  new SmartError({
    code: 'signed_out',
    message: 'the user is not signed in',
    hint: 'Launch the app: open the page that calls `oauth2.authorize()`, in this tab.',
    fault: 'user',
    userMessage: 'Please sign in.',
  });

/** The connection to a server that needs no sign-in, or for which the app has a token or a password. */
export function connectionOfServer(stateOrUrl: string | ClientState): Connection {
  const appState = typeof stateOrUrl === 'string' ? { serverUrl: stateOrUrl } : stateOrUrl;
  // A refreshed token is written to this object.
  const state = Object.isFrozen(appState) ? { ...appState } : appState;
  const authorization = () => authorizationOf(state);
  const sendAsIs = sender(state?.serverUrl, authorization);
  const { refresh, refreshIfNeeded } = createRenewal(state);
  const send: Send = async (url, init) => {
    await refreshIfNeeded({ signal: init.signal });
    return sendAsIs(url, init);
  };
  return { state, authorization, send, sendAsIs, refresh, refreshIfNeeded };
}

function authorizationOf({ tokenResponse, username, password }: ClientState): string | null {
  if (tokenResponse?.access_token) return `Bearer ${tokenResponse.access_token}`;
  return username && password ? `Basic ${btoa(`${username}:${password}`)}` : null;
}

/** Sends requests. Credentials, if there are any, are sent only to URLs under the base, and redirects are then not followed. */
function sender(base: string, authorization: () => string | null): Send {
  return async (url, init) => {
    const header = authorization();
    if (!header) return fetchResponse(url, init);
    if (!isUnder(base, url)) {
      throw new SmartError({
        code: 'origin_not_allowed',
        message: 'the URL is not under the FHIR base, so the token is not sent there',
        hint: 'Use `fetch` for it.',
      });
    }
    const headers = new Headers(init.headers);
    headers.set('authorization', header);
    const response = await fetchResponse(url, { ...init, headers, redirect: 'manual' });
    recordCredentials(response, [header.split(' ')[1]]);
    const { status, type } = response;
    if (type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)) {
      const hint = 'Send the request to the URL in the redirect.';
      throw new SmartError({
        code: 'redirected',
        message: 'the server redirects; a redirect is not followed with a token',
        hint,
        fault: 'server',
      });
    }
    return response;
  };
}

/** For an aborted request, apps expect the exception that `fetch` throws. */
function rethrowAsFetch(error: SmartError): never {
  throw error.code === 'aborted' ? (error.cause ?? error) : error;
}

function isUnder(base: string, input: string): boolean {
  const [root, url] = [new URL(base), new URL(input)];
  const path = withoutFinalSlashes(root.pathname);
  // A server may decode `%2f`, `%5c` and `%2e`, or ignore the `;` in `..;`, and so read the path as one outside the base.
  const isPlain = !/%2f|%5c|%2e|\.\.;/i.test(url.pathname);
  return isPlain && url.origin === root.origin && `${url.pathname}/`.startsWith(`${path}/`);
}
