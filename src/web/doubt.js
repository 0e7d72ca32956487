// What a flow asks where nobody here knows: other tabs, and whether a server answers at all. Effects of env.js that come
// with what is done with a session.

import { close, isSaid, open, orNothing, within } from './env.js';

/** The effects, by their names. */
export const doubt = { ask, reach };

/** Milliseconds to wait for other tabs to answer a question, and after how many it is asked again. */
const ANSWER = 1_000;
const AGAIN = 100;
/** Milliseconds within which a server that is there answers anything at all. */
const REACH = 5_000;

function ask(_, name, family, generation) {
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

/** In doubt: sends nothing of ours, and reads nothing. A server on this machine is there offline too. */
async function reach(_, url, doubt) {
  if (isOffline() && !url.startsWith('http:')) return '';
  if (!doubt) return 'yes';
  try {
    const init = { mode: 'no-cors', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' };
    await within(REACH, (signal) => fetch(url, { ...init, signal }));
    return 'yes';
  } catch {
    return '';
  }
}

/** Whether the device says that it is. */
export function isOffline() {
  try {
    return globalThis.navigator?.onLine === false;
  } catch {
    return false;
  }
}
