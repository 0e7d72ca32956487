// Messages between tabs that have a copy of a session, over a BroadcastChannel.

import { close as closeChannel, isSaid, open as openChannel } from '../../../src/web/env.js';
import { channelOf } from '../page/session-keys.js';
import type { ClientContext } from './client-context.js';
import type { TabChannel } from './engine-context.js';

interface Channel extends BroadcastChannel {
  /** In Node an open channel keeps the process alive. */
  unref?(): void;
}

/** @param received is called with each message of another tab, except `ask`, which is answered here */
export function createChannel(client: ClientContext, received: (kind: string, subject: string, text: string) => void): TabChannel {
  let channel: Channel | undefined;
  /** Name of the channel. */
  let openedName: string | undefined;

  function open() {
    const { key } = client.record ?? {};
    if (!key) return;
    // There is one channel for the sessions of a server; each message names its session.
    const name = channelOf(key);
    if (channel && openedName === name) return;
    close();
    channel = openChannel(name);
    openedName = name;
    try {
      // Throws if the platform has no BroadcastChannel.
      listen(channel as Channel);
    } catch {
      // A replacement of BroadcastChannel may throw too.
      close();
    }
  }

  function listen(newChannel: Channel) {
    newChannel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const { record } = client;
      // Any script of the origin may send anything.
      if (!record || !isSaid(data)) return;
      const [kind, subject, text] = data;
      if (kind !== 'ask') received(kind, subject, text);
      else if (record.persisted && subject === record.state && (record.generation ?? 0) >= Number(text)) {
        newChannel.postMessage(['renewed', subject, JSON.stringify(record)]);
      }
    };
    newChannel.unref?.();
  }

  function close() {
    closeChannel(channel);
    channel = undefined;
  }

  client.subscribe(() => client.record || close());
  client.closing.add(close);
  return { open, close };
}
