// Asks other tabs for their copy of a session: an effect that is loaded with the code for sessions.

import { close, isSaid, open, orNothing } from './env.js';

/** Milliseconds to wait for a reply of another tab. */
const REPLY_TIMEOUT = 1_000;
/** Milliseconds after which the message is repeated. */
const REPEAT_INTERVAL = 100;

/** @type {import('./env.js').Effect} */
export function ask(_, name, family, generation) {
  const channel = open(name);
  if (!channel) return Promise.resolve('');
  return new Promise((resolve) => {
    const end = (/** @type {string} */ record) => {
      resolve(record);
      clearInterval(interval);
      clearTimeout(timeout);
      close(channel);
    };
    const timeout = setTimeout(end, REPLY_TIMEOUT, '');
    // If the message cannot be sent there is no reply. It is repeated because the other tab may not be listening yet.
    const sendRequest = () => orNothing(() => channel.postMessage(['ask', family, generation]));
    const interval = setInterval(sendRequest, REPEAT_INTERVAL);
    try {
      channel.onmessage = ({ data }) => isSaid(data) && data[0] === 'renewed' && data[1] === family && end(data[2]);
      sendRequest();
    } catch {
      end('');
    }
  });
}
