// @ts-nocheck
// What a session hears of the device: that it wakes up, and what time it is.

import { isOffline } from '../../../src/web/reachability.js';

/** Milliseconds over which pages that wake together spread their requests. */
const SPREAD = 30_000;
/** Milliseconds before its end in which a token is expiring, and the part of its life that this is at most. */
const MARGIN = 60_000;
const PART = 4;
/** The longest time that timers take. */
const LONGEST = 2 ** 31 - 1;

/**
 * Listens while there is a session.
 *
 * @param {object} client what the entry's part of the client shares
 * @param {{ open: () => void, close: () => void }} channel
 * @param {object} app
 * @param {() => void} app.awake the page is back, or the network: perhaps something was not heard
 * @param {() => void} app.due it is looked at, and there is a network: a token is wanted soon; spread over half a minute
 * @param {() => void} app.expiring the token ends soon
 */
export function createEars(client, channel, { awake, due, expiring }) {
  let record;
  let turn;
  let end;

  function wake() {
    channel.open();
    awake();
    clearTimeout(turn);
    if (globalThis.document?.hidden || isOffline()) return;
    turn = setTimeout(due, Math.random() * SPREAD);
  }

  // A page that is kept for the back button hears nothing, and is not kept while it listens.
  const waking = { pageshow: wake, online: wake, pagehide: channel.close };

  function attend(method) {
    for (const name in waking) globalThis[method]?.(name, waking[name]);
    globalThis.document?.[method]?.('visibilitychange', wake);
  }

  function listen() {
    const before = record;
    if (client.record === before) return;
    record = client.record;
    clearTimeout(end);
    if (!before !== !record) attend(record ? 'addEventListener' : 'removeEventListener');
    if (!record) return void clearTimeout(turn);
    const { expiresAt, issued } = record;
    const left = expiresAt - Math.min(MARGIN, (expiresAt - issued) / PART) - Date.now();
    if (left < LONGEST) {
      end = setTimeout(expiring, left);
      end?.unref?.();
    }
  }

  client.subscribe(listen);
  client.closing.add(listen);
  listen();
}
