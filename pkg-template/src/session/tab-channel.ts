// @ts-nocheck
// What tabs that have a copy of a session tell each other.

import { close as closeChannel, isSaid, open as openChannel } from '../../../src/web/env.js';
import { channelOf } from '../page/session-keys.js';

/**
 * @param {object} client what the entry's part of the client shares
 * @param {(kind: string, of: string, text: string) => void} heard another tab has said something
 * @returns {{ open: () => void, close: () => void }} `open` for the session that is present; it closes with that
 */
export function createChannel(client, heard) {
  let channel;
  /** Its name. */
  let opened;

  function open() {
    const { key } = client.record ?? {};
    if (!key) return;
    // What tabs say is about the sessions of a server; which one is said with it.
    const name = channelOf(key);
    if (channel && opened === name) return;
    close();
    channel = openChannel(name);
    opened = name;
    try {
      listen();
    } catch {
      // There is none, or not one that works.
      close();
    }
  }

  function listen() {
    channel.onmessage = ({ data }) => {
      const { record } = client;
      // Any script of the origin may say anything.
      if (!record || !isSaid(data)) return;
      const [kind, of, text] = data;
      if (kind !== 'ask') heard(kind, of, text);
      else if (record.persisted && of === record.state && (record.generation ?? 0) >= text) {
        channel.postMessage(['renewed', of, JSON.stringify(record)]);
      }
    };
    // In Node it would keep the process.
    channel.unref?.();
  }

  function close() {
    closeChannel(channel);
    channel = undefined;
  }

  client.subscribe(() => client.record || close());
  client.closing.add(close);
  return { open, close };
}
