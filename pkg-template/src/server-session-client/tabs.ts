// Messages between the tabs that have the same session.

import { hash, open as openChannel, orNothing } from '../../../src/web/env.js';
import { ROUNDING } from './end-timer.js';

/** Other tabs get a message if the end of a session has moved by at least this many milliseconds, or is earlier. */
const MIN_STEP = 5_000;

/** Why a session has ended for all tabs. */
export type TabsEnd = 'logout' | 'session_expired';

const END_REASONS: readonly unknown[] = ['logout', 'session_expired'] satisfies TabsEnd[];

/** Called when another tab reports that the session has ended, or that its end has moved. */
interface Listeners {
  ended(reason: TabsEnd): void;
  used(ends: number): void;
}

export interface Tabs {
  /** Opens the channel of a session. */
  open(id: string): Promise<void>;
  close(): void;
  ended(reason: TabsEnd): void;
  used(ends: number): void;
}

export function createTabs({ ended, used }: Listeners): Tabs {
  let channel: BroadcastChannel | undefined;
  let openedId: string | undefined;
  let lastSent = 0;

  function close() {
    openedId = undefined;
    orNothing(() => channel?.close());
    channel = undefined;
  }

  const post = (message: TabsEnd | number) => orNothing(() => channel?.postMessage(message));

  return {
    close,
    ended: (reason) => void post(reason),
    used(ends) {
      if (ends >= lastSent - ROUNDING && ends < lastSent + MIN_STEP) return;
      lastSent = ends;
      post(ends);
    },
    async open(id) {
      if (openedId === id) return;
      close();
      openedId = id;
      lastSent = 0;
      // The name has a hash of the id, so that only the tabs with the session have the id itself.
      const name = await Promise.resolve(hash('256', id)).catch(() => undefined);
      if (openedId !== id || typeof name !== 'string') return;
      const newChannel = openChannel(`smart-launch:server:${name}`) as (BroadcastChannel & { unref?(): void }) | undefined;
      if (!newChannel) return;
      channel = newChannel;
      newChannel.onmessage = ({ data }: MessageEvent<unknown>) => {
        // The list contains only values of this type.
        if (END_REASONS.includes(data)) ended(data as TabsEnd);
        else if (typeof data === 'number' && Number.isFinite(data)) used(data);
      };
      // In Node an open channel keeps the process alive.
      newChannel.unref?.();
    },
  };
}
