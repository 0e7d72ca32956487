// Wake-up events of the device, and the timer of a token that expires.

import { isOffline } from '../../../src/web/reachability.js';
import type { ClientContext } from './client-context.js';
import type { TabChannel } from './engine-context.js';
import type { SessionRecord } from './session-record.js';

/** Milliseconds over which pages that wake together spread their requests. */
const SPREAD = 30_000;
/** Milliseconds before its end in which a token is expiring, and the part of its life that this is at most. */
const MARGIN = 60_000;
const PART = 4;
/** The longest time that timers take. */
const LONGEST = 2 ** 31 - 1;

/** What is done at an event. */
interface Listeners {
  /** The page is active again, or the network is back: a message may have been missed. */
  awake(): void;
  /** The page is visible, and there is a network: a token will be needed soon. Spread over half a minute. */
  due(): void;
  /** The token ends soon. */
  expiring(): void;
}

/** Listens while there is a session. */
export function listenForWakeUps(client: ClientContext, channel: TabChannel, { awake, due, expiring }: Listeners): void {
  let record: SessionRecord | undefined;
  let turn: ReturnType<typeof setTimeout> | undefined;
  let end: ReturnType<typeof setTimeout> | undefined;

  function wake() {
    channel.open();
    awake();
    clearTimeout(turn);
    if (globalThis.document?.hidden || isOffline()) return;
    turn = setTimeout(due, Math.random() * SPREAD);
  }

  // A page that is kept for the back button hears nothing, and is not kept while it listens.
  const waking = { pageshow: wake, online: wake, pagehide: channel.close };

  function attend(method: 'addEventListener' | 'removeEventListener') {
    for (const name in waking) globalThis[method]?.(name, waking[name as keyof typeof waking]);
    globalThis.document?.[method]?.('visibilitychange', wake);
  }

  function listen() {
    const before = record;
    if (client.record === before) return;
    record = client.record;
    clearTimeout(end);
    if (!before !== !record) attend(record ? 'addEventListener' : 'removeEventListener');
    if (!record) return void clearTimeout(turn);
    // NaN where the server does not say when: then no comparison is true.
    const { expiresAt = NaN, issued } = record;
    const left = expiresAt - Math.min(MARGIN, (expiresAt - issued) / PART) - Date.now();
    if (left < LONGEST) {
      end = setTimeout(expiring, left);
      // In Node it is an object.
      (end as { unref?(): void } | undefined)?.unref?.();
    }
  }

  client.subscribe(listen);
  client.closing.add(listen);
  listen();
}
