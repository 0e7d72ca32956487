// Sign-in through another window: a popup or a hidden iframe. The server redirects that window to the redirect URI, and the
// page there passes the callback to the window that waits for it. The two windows need not share storage: a page in an iframe
// of another site and its popup have separate storage.

import { FRAME, stateOf } from '../page/callback-url.js';
import { submit } from '../page/form.js';
import { originOf } from '../page/navigation.js';
import { channelOf } from '../page/session-keys.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { ClientContext } from '../session/client-context.js';
import type { EngineContext } from '../session/engine-context.js';
import type { SessionRecord } from '../session/session-record.js';
import type { ReadyOptions } from './ready-options.js';

// For a sign-in in the page itself that sends its request by POST.
export { submit };

const CALLBACK = 'smart-launch callback ';
const RECEIVED = 'smart-launch received';

/**
 * Milliseconds between checks whether the popup is closed. Two checks have to find it closed, because a message of the popup may
 * still be queued.
 */
const CLOSED_CHECK_INTERVAL = 250;
/** Timeout of a silent sign-in in milliseconds. */
const SILENT_TIMEOUT = 10_000;
/** Milliseconds to wait until the other window confirms the callback. */
const HAND_OVER_TIMEOUT = 1_000;

interface Attempt {
  readonly target: 'popup' | 'frame';
  /** Opened during the user's click. */
  readonly popup: Window | null | undefined;
  readonly wanted: SignInOptions;
}

/** The options of a sign-in, as plain data. */
export interface SignInOptions {
  readonly authorizationParams?: object;
  readonly [option: string]: unknown;
}

type Begin = (
  options: SignInOptions,
  session?: { readonly key: string | undefined; readonly family: string | undefined },
) => Promise<{ readonly request: AuthorizationRequest }>;

/** Signs in through another window and returns the record of the new session. */
export async function signIn(
  { target, popup, wanted }: Attempt,
  begin: Begin,
  client: ClientContext,
  { run, wipe, smartError }: EngineContext,
): Promise<SessionRecord> {
  const isSilent = target === 'frame';
  const finished = new AbortController();
  let request: AuthorizationRequest | undefined;
  let frame: HTMLIFrameElement | undefined;
  let beginning: Promise<AuthorizationRequest> | undefined;
  try {
    check(target, popup);
    const closedOrLate = closedOrTimeout(isSilent ? undefined : popup, finished.signal);
    const options = { ...wanted, authorizationParams: { ...wanted.authorizationParams, prompt: 'none' } };
    const { key, state: family } = client.record ?? {};
    beginning = (isSilent ? begin(options, { key, family }) : begin(wanted)).then((result) => (request = result.request));
    const authorization = await Promise.race([beginning, closedOrLate]);
    const origin = originOf(authorization);
    if (isSilent) {
      frame = document.createElement('iframe');
      frame.name = FRAME;
      frame.hidden = true;
      document.body.append(frame);
    }
    // `check` has checked that there is a popup, and an iframe in a document has a window.
    const otherWindow = (isSilent ? frame?.contentWindow : popup) as Window;
    const callback = callbackFrom(otherWindow, origin, authorization.state, finished.signal);
    send(otherWindow, authorization);
    const url = await Promise.race([callback, closedOrLate]);
    finished.abort();
    const { others, inTurn } = client;
    const result = await run('ready', { url, former: client.former(), others: others(), inTurn, ...client.which() });
    // With a response the engine returns a session or throws.
    const record = result as SessionRecord;
    checkSameContext(record);
    return record;
  } catch (failure) {
    // No window waits for a response any more. If its response was processed, the sign-in is already marked as used.
    const cleanup = beginning?.then(markUsed).catch(() => {});
    if (request) await cleanup;
    throw failure instanceof Error ? failure : await smartError(failure);
  } finally {
    finished.abort();
    frame?.remove();
  }

  /** Marks this pending sign-in, and no other, as used, by processing a refusal as its response. No session is restored. */
  function markUsed({ state }: AuthorizationRequest) {
    return run('ready', { body: `error=access_denied&state=${state}`, withdrawn: true, family: '' });
  }

  /** Throws if the new session has another user, patient or encounter than the previous one. */
  function checkSameContext(record: SessionRecord) {
    const previous = client.record;
    if (!isSilent || !previous?.key || channelOf(previous.key) !== channelOf(record.key)) return;
    const isOtherUser = previous.claims && previous.claims.sub !== record.claims?.sub;
    const context = ['patient', 'encounter'] as const;
    const changedMember = context.find((name) => record[name] !== undefined && record[name] !== previous[name]);
    if (!isOtherUser && !changedMember) return;
    // The user did not see the change, and the page shows data of the previous user or patient: both sessions end.
    wipe().catch(() => {});
    client.end('identity_changed');
    throw isOtherUser
      ? { code: 'id_token_invalid', about: 'the silent sign-in is not verified to be of the signed-in user' }
      : { code: 'launch_context_invalid', about: `\`${changedMember}\` was changed by the silent sign-in` };
  }
}

function check(target: string, popup: Window | null | undefined) {
  const invalid = (about: string) => ({ code: 'config_invalid', about });
  if (target !== 'popup' && target !== 'frame') throw invalid('`target` is not `page`, `popup` or `frame`');
  if (!globalThis.document) throw invalid('`navigate: false` is required without a page');
  if (target === 'popup' && !popup) throw { code: 'popup_blocked' };
  if (target === 'frame' && globalThis.origin === 'null') {
    const about = 'a frame inside a sandbox without `allow-same-origin` cannot sign in silently';
    throw { code: 'interaction_required', about };
  }
}

/** Rejects when the popup is closed; without a popup, when the silent sign-in times out. */
function closedOrTimeout(popup: Window | null | undefined, signal: AbortSignal) {
  let closed = 0;
  return new Promise<never>((_, reject) => {
    const checkClosed = () => {
      closed = popup?.closed ? closed + 1 : 0;
      if (closed > 1) reject({ code: 'popup_closed' });
    };
    const timeoutError = { code: 'timeout', about: 'the silent sign-in got no response in time', retryable: true };
    const timer = popup ? setInterval(checkClosed, CLOSED_CHECK_INTERVAL) : setTimeout(reject, SILENT_TIMEOUT, timeoutError);
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}

/** Resolves to the callback with this `state` from this window and origin. Other messages are ignored. */
function callbackFrom(otherWindow: Window, origin: string, state: string, signal: AbortSignal) {
  return new Promise<string>((resolve) => {
    const onMessage = (event: MessageEvent<unknown>) => {
      // `data` is read last, because browsers deserialize the message when it is read.
      if (event.source !== otherWindow || event.origin !== origin || typeof event.data !== 'string') return;
      const [prefix, url = ''] = event.data.split(CALLBACK);
      if (prefix !== '' || !isCallbackFor(state, url)) return;
      otherWindow.postMessage(RECEIVED, origin);
      resolve(url);
    };
    addEventListener('message', onMessage, { signal });
  });
}

const isCallbackFor = (state: string, url: string) => stateOf({ url }) === state;

function send(otherWindow: Window, request: AuthorizationRequest) {
  try {
    if (request.method === 'GET') otherWindow.location.replace(request.url);
    else submit(otherWindow.document, request);
  } catch {
    // The user has navigated the popup to another site.
    throw { code: 'popup_closed' };
  }
}

/**
 * Passes a callback to the window that may wait for it. Resolves if that window does not confirm the callback. Otherwise this
 * window closes itself, or the other window removes this iframe, and the promise never settles.
 */
export async function handOver(owner: Window, url: string, { dangerouslyHandOverToAnyOrigin: isAnyOrigin }: ReadyOptions): Promise<void> {
  const { origin } = globalThis;
  // In a sandboxed iframe the page's origin is opaque ("null"), so it cannot be compared.
  if (origin === 'null') return;
  const finished = new AbortController();
  const received = await new Promise<boolean>((resolve) => {
    const onMessage = (event: MessageEvent<unknown>) => {
      if (event.source === owner && (isAnyOrigin || event.origin === origin) && event.data === RECEIVED) resolve(true);
    };
    addEventListener('message', onMessage, { signal: finished.signal });
    const timer = setTimeout(resolve, HAND_OVER_TIMEOUT, false);
    finished.signal.addEventListener('abort', () => clearTimeout(timer));
    owner.postMessage(CALLBACK + url, isAnyOrigin ? '*' : origin);
  });
  finished.abort();
  if (!received) return;
  close();
  await new Promise(() => {});
}
