// Refreshes the token of a state that the app has saved itself, including the refresh token.

import { createRefreshTokenRequest, readTokenResponse } from '../blocks/blocks.js';
import { SmartError } from '../error/smart-error.js';
import { masked } from '../values/mask.js';
import type { ClientState } from './client-state.js';
import { fetchResponse } from './fetch.js';
import { textOf } from './http.js';
import { isLoopback } from './issuer.js';
import { refusal } from './refusal.js';

/** Seconds before its expiry at which a token is refreshed. */
const MARGIN = 10;
/** Lifetime in seconds that is assumed for a token if the server states none. */
const LIFETIME = 300;

export interface RefreshOptions {
  readonly signal?: AbortSignal | null | undefined;
}

/** @param state the app's object; the new token is written to it */
export function createRenewal(state: ClientState) {
  /** One request for all callers, because a refresh token may be valid only once. */
  let refreshing: Promise<void> | undefined;

  /** A caller that aborts stops waiting. The request continues: for other callers, and so that its new token is not lost. */
  const refresh = ({ signal }: RefreshOptions = {}): Promise<void> => {
    signal?.throwIfAborted();
    refreshing ??= renew(state).finally(() => {
      refreshing = undefined;
    });
    return unlessAborted(signal, refreshing);
  };

  async function refreshIfNeeded(options?: RefreshOptions): Promise<void> {
    const { access_token: accessToken, refresh_token: refreshToken } = state.tokenResponse ?? {};
    const isFresh = (state.expiresAt ?? 0) - MARGIN > Date.now() / 1_000;
    if (accessToken && refreshToken && state.tokenUri && !isFresh) await refresh(options);
  }

  return { refresh, refreshIfNeeded };
}

async function renew(state: ClientState): Promise<void> {
  const { clientId, tokenUri: tokenEndpoint, tokenResponse = {} } = state;
  const { refresh_token: refreshToken, patient } = tokenResponse;
  if (!refreshToken) throw refusal('there is no refresh token', 'Sign in by `oauth2.authorize()`.');
  if (!tokenEndpoint || !clientId) {
    throw refusal('`tokenUri` or `clientId` is missing', 'Pass the state as it was saved, with both.');
  }
  const allowInsecureLoopback = isLoopback(tokenEndpoint);
  const request = await createRefreshTokenRequest({ tokenEndpoint, clientId, refreshToken, allowInsecureLoopback });
  const response = await fetchResponse(request.url, request.init);
  const tokens = await readTokenResponse({
    status: response.status,
    contentType: response.headers.get('content-type'),
    body: await textOf(response),
    retryAfter: response.headers.get('retry-after'),
  }).catch((error) => {
    throw withoutSecret(error, refreshToken);
  });
  if (tokens.patient !== null && tokens.patient !== patient) {
    const message = 'the server changed the patient while refreshing';
    throw new SmartError({ code: 'launch_context_invalid', message, hint: 'Sign in again.', fault: 'server' });
  }
  state.tokenResponse = {
    ...tokenResponse,
    ...tokens.tokenResponse,
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken ?? refreshToken,
  };
  state.expiresAt = Math.floor(Date.now() / 1_000) + (tokens.expiresIn ?? LIFETIME);
}

/** The same error, without the sent token, which the server may repeat. */
function withoutSecret(error: SmartError, secret: string): SmartError {
  const oauth = Object.entries(error.oauth ?? {}).map(([name, text]) => [name, masked(text, [secret])]);
  return oauth.length > 0 ? Object.assign(error, { oauth: Object.fromEntries(oauth) }) : error;
}

/** The same promise, which rejects as `fetch` does when the signal is aborted. */
function unlessAborted(signal: AbortSignal | null | undefined, work: Promise<void>): Promise<void> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
