// Asks other tabs for a session; an effect that is loaded with a session.

import { close, isSaid, open, orNothing } from './env.js';

/** Milliseconds to wait for a reply of another tab; below, those after which the message is repeated. */
const ANSWER = 1_000;
const AGAIN = 100;

/** @type {import('./env.js').Effect} */
export function ask(_, name, family, generation) {
  const channel = open(name);
  if (!channel) return Promise.resolve('');
  return new Promise((resolve) => {
    const end = (/** @type {string} */ record) => {
      resolve(record);
      clearInterval(interval);
      clearTimeout(late);
      close(channel);
    };
    const late = setTimeout(end, ANSWER, '');
    // If the message cannot be sent there is no reply. It is repeated because the other tab may not be listening yet.
    const question = () => orNothing(() => channel.postMessage(['ask', family, generation]));
    const interval = setInterval(question, AGAIN);
    try {
      channel.onmessage = ({ data }) => isSaid(data) && data[0] === 'renewed' && data[1] === family && end(data[2]);
      question();
    } catch {
      end('');
    }
  });
}
