// @ts-nocheck
// Sign-in through other windows: a popup, or a hidden frame. The window comes back to the redirect URI, and the page
// there hands the callback over to the window that waits for it. Storage is not taken to be shared: a page in a frame of
// another site and its popup have one each.

import { FRAME, stateOf } from '../page/callback-url.js';
import { submit } from '../page/form.js';
import { originOf } from '../page/navigation.js';
import { channelOf } from '../page/session-keys.js';

// For the page itself, where a request is to be posted.
export { submit };

const CALLBACK = 'smart-launch callback ';
const RECEIVED = 'smart-launch received';

/** Milliseconds between looks at the popup. Two have to find it closed: its last message may be on the way. */
const LOOK = 250;
/** Milliseconds a silent sign-in may take until it is answered. */
const SILENT = 10_000;
/** Milliseconds a callback waits to be received. */
const HAND_OVER = 1_000;

/**
 * Signs in through a window.
 *
 * @param {{ target: string, popup?: Window | null, wanted: object }} what the popup was opened in the user's gesture
 * @param {(options: object) => Promise<{ request: object }>} begin
 * @param {object} client what the entry's part of the client shares
 * @param {object} engine what the engine's chunk shares
 * @returns {Promise<object>} the record of the session, to be entered
 */
export async function signIn({ target, popup, wanted }, begin, client, { run, wipe, smartError }) {
  const silent = target === 'frame';
  const over = new AbortController();
  let request;
  let frame;
  let begun;
  let taken;
  try {
    check(target, popup);
    const gone = ending(!silent && popup, over.signal);
    const options = { ...wanted, authorizationParams: { ...wanted.authorizationParams, prompt: 'none' } };
    const { key, state: family } = client.record ?? {};
    begun = (silent ? begin(options, { key, family }) : begin(wanted)).then((made) => (request = made.request));
    await Promise.race([begun, gone]);
    const origin = originOf(request);
    if (silent) {
      frame = document.createElement('iframe');
      frame.name = FRAME;
      frame.hidden = true;
      document.body.append(frame);
    }
    const there = silent ? frame.contentWindow : popup;
    const answer = answerFrom(there, origin, request.state, over.signal);
    send(there, request);
    const url = await Promise.race([answer, gone]);
    over.abort();
    taken = true;
    const { others, inTurn } = client;
    const record = await run('ready', { url, former: client.former(), others: others(), inTurn, ...client.which() });
    compare(record);
    return record;
  } catch (failure) {
    // Used up: nothing waits for an answer that nobody will take.
    const isUsed = taken && !failure.code?.startsWith('callback_');
    const dropped = isUsed || begun?.then(drop).catch(() => {});
    if (request) await dropped;
    throw failure instanceof Error ? failure : await smartError(failure);
  } finally {
    over.abort();
    frame?.remove();
  }

  /** Has the engine take a refusal for the answer: the sign-in is used up, others are not touched. */
  function drop() {
    return run('ready', { body: `error=access_denied&state=${request.state}` });
  }

  /** Throws where the session that the engine has by now is of another person than before. */
  function compare(record) {
    const before = client.record;
    if (!silent || !before?.key || channelOf(before.key) !== channelOf(record.key)) return;
    const isAnother = before.claims && before.claims.sub !== record.claims?.sub;
    const changed = ['patient', 'encounter'].find((name) => record[name] !== undefined && record[name] !== before[name]);
    if (!isAnother && !changed) return;
    // Nobody saw it change, and the screen shows what is another's: neither session stays, from this moment on.
    wipe().catch(() => {});
    client.end('identity_changed');
    throw isAnother
      ? { code: 'id_token_invalid', about: 'the silent sign-in is not shown to be of the person who was signed in' }
      : { code: 'launch_context_invalid', about: `\`${changed}\` was changed by the silent sign-in` };
  }
}

function check(target, popup) {
  const invalid = (about) => ({ code: 'config_invalid', about });
  if (target !== 'popup' && target !== 'frame') throw invalid('`target` is not `page`, `popup` or `frame`');
  if (!globalThis.document) throw invalid('`navigate: false` is needed where there is no page');
  if (target === 'popup' && !popup) throw { code: 'popup_blocked' };
  if (target === 'frame' && globalThis.origin === 'null') {
    const about = 'a frame inside a sandbox without `allow-same-origin` cannot sign in silently';
    throw { code: 'interaction_required', about };
  }
}

/** Rejects when the popup is closed; without one, when the time for a silent sign-in is over. */
function ending(popup, signal) {
  let closed = 0;
  return new Promise((_, reject) => {
    const look = () => {
      closed = popup.closed ? closed + 1 : 0;
      if (closed > 1) reject({ code: 'popup_closed' });
    };
    const late = { code: 'timeout', about: 'the silent sign-in was not answered in time', retryable: true };
    const timer = popup ? setInterval(look, LOOK) : setTimeout(reject, SILENT, late);
    signal.addEventListener('abort', () => clearInterval(timer));
  });
}

/** The callback to the sign-in with this state, from this window at this origin; anything else is not looked at. */
function answerFrom(there, origin, state, signal) {
  return new Promise((resolve) => {
    const onMessage = (event) => {
      // The data is last: browsers read it from the message when it is asked for.
      if (event.source !== there || event.origin !== origin || typeof event.data !== 'string') return;
      const [before, url] = event.data.split(CALLBACK);
      if (before !== '' || !isAnswerTo(state, url)) return;
      there.postMessage(RECEIVED, origin);
      resolve(url);
    };
    addEventListener('message', onMessage, { signal });
  });
}

const isAnswerTo = (state, url) => stateOf({ url }) === state;

function send(there, request) {
  try {
    if (request.method === 'GET') there.location.replace(request.url);
    else submit(there.document, request);
  } catch {
    // The user went elsewhere with it.
    throw { code: 'popup_closed' };
  }
}

/**
 * Hands a callback over to the window that may wait for it. If that has it this window closes, a frame is removed, and
 * nothing goes on here.
 *
 * @param {Window} owner
 * @param {string} url
 * @param {{ dangerouslyHandOverToAnyOrigin?: boolean }} options of ready()
 * @returns {Promise<void>} nobody took it
 */
export async function handOver(owner, url, { dangerouslyHandOverToAnyOrigin: any }) {
  const { origin } = globalThis;
  // Inside a sandbox this page is like any other.
  if (origin === 'null') return;
  const over = new AbortController();
  const received = await new Promise((resolve) => {
    const onMessage = (event) => {
      if (event.source === owner && (any || event.origin === origin) && event.data === RECEIVED) resolve(true);
    };
    addEventListener('message', onMessage, { signal: over.signal });
    const timer = setTimeout(resolve, HAND_OVER, false);
    over.signal.addEventListener('abort', () => clearTimeout(timer));
    owner.postMessage(CALLBACK + url, any ? '*' : origin);
  });
  over.abort();
  if (!received) return;
  close();
  await new Promise(() => {});
}
