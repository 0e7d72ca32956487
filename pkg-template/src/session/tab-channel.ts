// Messages between tabs that have a copy of a session, over a BroadcastChannel.

import { close as closeChannel, isSaid, open as openChannel } from '../../../src/web/env.js';
import { channelOf } from '../page/session-keys.js';
import type { ClientContext } from './client-context.js';
import type { TabChannel } from './engine-context.js';

interface Channel extends BroadcastChannel {
  /** In Node an open channel keeps the process alive. */
  unref?(): void;
}

/** @param received is called with each message of another tab */
export function createChannel(client: ClientContext, received: (kind: string, of: string, text: string) => void): TabChannel {
  let channel: Channel | undefined;
  /** Its name. */
  let opened: string | undefined;

  function open() {
    const { key } = client.record ?? {};
    if (!key) return;
    // There is one channel for the sessions of a server; each message names its session.
    const name = channelOf(key);
    if (channel && opened === name) return;
    close();
    channel = openChannel(name);
    opened = name;
    try {
      // Throws if the platform has no BroadcastChannel.
      listen(channel as Channel);
    } catch {
      // Or throws if its replacement does not work.
      close();
    }
  }

  function listen(there: Channel) {
    there.onmessage = ({ data }: MessageEvent<unknown>) => {
      const { record } = client;
      // Any script of the origin may send anything.
      if (!record || !isSaid(data)) return;
      const [kind, of, text] = data;
      if (kind !== 'ask') received(kind, of, text);
      else if (record.persisted && of === record.state && (record.generation ?? 0) >= Number(text)) {
        there.postMessage(['renewed', of, JSON.stringify(record)]);
      }
    };
    there.unref?.();
  }

  function close() {
    closeChannel(channel);
    channel = undefined;
  }

  client.subscribe(() => client.record || close());
  client.closing.add(close);
  return { open, close };
}
