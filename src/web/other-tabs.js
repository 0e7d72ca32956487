// Questions to other tabs: an effect that is loaded with a session.

import { close, isSaid, open, orNothing } from './env.js';

/** Milliseconds to wait for other tabs to answer a question, and after how many it is asked again. */
const ANSWER = 1_000;
const AGAIN = 100;

export function ask(_, name, family, generation) {
  const channel = open(name);
  if (!channel) return Promise.resolve('');
  return new Promise((resolve) => {
    const end = (record) => {
      resolve(record);
      clearInterval(again);
      clearTimeout(late);
      close(channel);
    };
    const late = setTimeout(end, ANSWER, '');
    // Where it cannot be asked nobody answers. Again, because whoever has the answer may be about to listen.
    const question = () => orNothing(() => channel.postMessage(['ask', family, generation]));
    const again = setInterval(question, AGAIN);
    try {
      channel.onmessage = ({ data }) => isSaid(data) && data[0] === 'renewed' && data[1] === family && end(data[2]);
      question();
    } catch {
      end('');
    }
  });
}
