// Parts of a sign-out that few apps use, in a separate chunk: the navigation to the server's sign-out, the redirect back, and a
// sign-out that begins at the server.

import { isSaid, random } from '../../../src/web/env.js';
import { encode, sessionPrefix } from '../page/session-keys.js';
import type { ClientAtServer } from '../page/client-settings.js';

const STATE_PREFIX = 'smart-launch:sign-out:';
/** Milliseconds to wait for a tab to say that it has signed out. */
const RESPONSE_TIMEOUT = 1_000;
/** Milliseconds to wait for the page to be left. */
const STAY_TIMEOUT = 10_000;

/** Adds a `state` that the redirect back must have (OpenID Connect RP-Initiated Logout §2). */
export function withState(logoutUrl: string): string {
  const state = random();
  const url = new URL(logoutUrl);
  url.searchParams.set('state', state);
  try {
    sessionStorage.setItem(STATE_PREFIX + state, '');
  } catch {
    // Without storage the redirect back could not be checked.
    return logoutUrl;
  }
  return url.href;
}

/**
 * Navigates to the server's sign-out. Resolves if the user comes back to a page from the back/forward cache, or if the page is
 * still here after a while: the user may have refused to leave it, or the server has sent no page.
 */
export function leave(logoutUrl: string): Promise<void> {
  location.assign(logoutUrl);
  return new Promise((resolve) => {
    addEventListener('pageshow', ({ persisted }) => persisted && resolve());
    const timer: unknown = setTimeout(resolve, STAY_TIMEOUT);
    // A number in browsers, an object in Node.
    (timer as { unref?(): void }).unref?.();
  });
}

/** Checks the redirect back from a sign-out: its `state` is one of this tab, and is accepted once. */
export async function completeLogout(url: string): Promise<void> {
  const states = parametersOf(url).getAll('state');
  const key = STATE_PREFIX + states[0];
  let stored = null;
  try {
    stored = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
  } catch {
    // Storage is blocked, so no `state` was stored.
  }
  if (states.length !== 1 || stored === null) throw { code: 'state_unknown' };
}

/**
 * Asks the tabs of this app to sign out a user that the server has signed out (OpenID Connect Front-Channel Logout §3). A tab
 * signs out if `iss` and `sid` are those of its ID token.
 *
 * @returns whether a tab has signed out
 */
export async function frontChannelLogout(url: string, clients: readonly ClientAtServer[]): Promise<boolean> {
  const parameters = parametersOf(url);
  const [iss, sid] = ['iss', 'sid'].map((name) => (parameters.getAll(name).length === 1 ? parameters.get(name) : ''));
  if (!iss || !sid || !globalThis.BroadcastChannel) return false;
  const channels = clients.map((client) => new BroadcastChannel(sessionPrefix(client) + encode(iss)));
  const signedOut = await new Promise<boolean>((resolve) => {
    setTimeout(resolve, RESPONSE_TIMEOUT, false);
    for (const channel of channels) {
      channel.onmessage = ({ data }) => isSaid(data) && data[0] === 'ended' && resolve(true);
      channel.postMessage(['logout', iss, sid]);
    }
  });
  for (const channel of channels) channel.close();
  return signedOut;
}

const parametersOf = (url: string) => (URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams());
