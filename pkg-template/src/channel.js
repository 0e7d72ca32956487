// What tabs that have a copy of a session tell each other.

import { open as openChannel } from '../../src/web/env.js';

/**
 * @param {object} client what the entry's part of the client shares
 * @param {(kind: string, of: string, text: string) => void} heard another tab has said something
 * @returns {{ open: () => void, close: () => void }} `open` for the session that is present; it closes with that
 */
export function createChannel(client, heard) {
  let channel;

  function open() {
    const { key } = client.record;
    if (channel?.name === key) return;
    close();
    channel = openChannel(key);
    if (!channel) return;
    channel.onmessage = ({ data: [kind, of, text] }) => {
      const { record } = client;
      if (kind !== 'ask') heard(kind, of, text);
      else if (record.persisted && of === record.state && (record.generation ?? 0) >= text) {
        channel.postMessage(['renewed', of, JSON.stringify(record)]);
      }
    };
    // In Node it would keep the process.
    channel.unref?.();
  }

  function close() {
    channel?.close();
    channel = undefined;
  }

  client.subscribe(() => client.record || close());
  return { open, close };
}
