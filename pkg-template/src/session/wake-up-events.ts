// Events after sleep or a lost network, and the timer of a token that expires.

import { isOffline } from '../../../src/web/reachability.js';
import type { ClientContext } from './client-context.js';
import type { TabChannel } from './engine-context.js';
import type { SessionRecord } from './session-record.js';

/** Jitter in milliseconds of the requests of pages that become active at the same time. */
const SPREAD = 30_000;
/** `expiring` is called this many milliseconds before the token expires, but at most a quarter of the lifetime before. */
const MARGIN = 60_000;
const PART = 4;
/** The longest delay that timers accept. */
const MAX_DELAY = 2 ** 31 - 1;

/** A function for each event. */
interface Listeners {
  /** The page was shown or hidden, or the network is back, so a message may have been missed. */
  awake(): void;
  /** The page is visible and online, so a token will be needed soon. Called with up to 30 s of jitter. */
  due(): void;
  /** The token expires soon. */
  expiring(expiresAt: number): void;
}

/** Listens to the events while there is a session. */
export function listenForWakeUps(client: ClientContext, channel: TabChannel, { awake, due, expiring }: Listeners): void {
  let record: SessionRecord | undefined;
  let dueTimer: ReturnType<typeof setTimeout> | undefined;
  let expiryTimer: ReturnType<typeof setTimeout> | undefined;

  function wake() {
    channel.open();
    awake();
    clearTimeout(dueTimer);
    if (globalThis.document?.hidden || isOffline()) return;
    dueTimer = setTimeout(due, Math.random() * SPREAD);
  }

  // A page in the back/forward cache receives no messages, and an open channel prevents caching.
  const handlers = { pageshow: wake, online: wake, pagehide: channel.close };

  function changeListeners(method: 'addEventListener' | 'removeEventListener') {
    for (const name in handlers) globalThis[method]?.(name, handlers[name as keyof typeof handlers]);
    globalThis.document?.[method]?.('visibilitychange', wake);
  }

  function onChange() {
    const previousRecord = record;
    if (client.record === previousRecord) return;
    record = client.record;
    clearTimeout(expiryTimer);
    if (!previousRecord !== !record) changeListeners(record ? 'addEventListener' : 'removeEventListener');
    if (!record) return void clearTimeout(dueTimer);
    // NaN if the server does not state the expiry; then every comparison is false.
    const { expiresAt = NaN, issued } = record;
    const delay = expiresAt - Math.min(MARGIN, (expiresAt - issued) / PART) - Date.now();
    if (delay < MAX_DELAY) {
      expiryTimer = setTimeout(expiring, delay, expiresAt);
      // In Node a timer is an object, and would keep the process running.
      (expiryTimer as { unref?(): void } | undefined)?.unref?.();
    }
  }

  client.subscribe(onChange);
  client.closing.add(onChange);
  onChange();
}
