// What a session hears from outside its page: tabs that have a copy of it, and the device that wakes up.

/** Milliseconds over which pages that wake together spread their requests. */
const SPREAD = 30_000;
/** Milliseconds before its end in which a token is expiring, and the part of its life that this is at most. */
const MARGIN = 60_000;
const PART = 4;
/** The longest time that timers take. */
const LONGEST = 2 ** 31 - 1;

/**
 * @param {object} app
 * @param {(kind: string, of: string, text: string) => void} app.heard another tab has said something
 * @param {() => void} app.awake the page is back, or the network: perhaps something was not heard
 * @param {() => void} app.due it is looked at, and there is a network: a token is wanted soon; spread over half a minute
 * @param {() => void} app.expiring the token ends soon
 * @returns {(record?: object) => void} listens for a session, or for none
 */
export function createEars({ heard, awake, due, expiring }) {
  let record;
  let channel;
  let turn;
  let end;

  function open() {
    if (channel) return;
    try {
      channel = new BroadcastChannel(record.key);
    } catch {
      // Not there in every runtime; in Next's edge runtime it throws.
      return;
    }
    channel.onmessage = ({ data: [kind, of, text] }) => {
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

  function wake() {
    open();
    awake();
    clearTimeout(turn);
    if (globalThis.document?.hidden || !navigator.onLine) return;
    turn = setTimeout(due, Math.random() * SPREAD);
  }

  // A page that is kept for the back button hears nothing, and is not kept while it listens.
  const waking = { pageshow: wake, online: wake, pagehide: close };

  function attend(method) {
    for (const name in waking) globalThis[method]?.(name, waking[name]);
    globalThis.document?.[method]?.('visibilitychange', wake);
  }

  return (next) => {
    clearTimeout(end);
    if (next?.key !== record?.key) close();
    if (!next !== !record) attend(next ? 'addEventListener' : 'removeEventListener');
    record = next;
    if (!record) return clearTimeout(turn);
    open();
    const { expiresAt, issued } = record;
    const left = expiresAt - Math.min(MARGIN, (expiresAt - issued) / PART) - Date.now();
    if (left < LONGEST) {
      end = setTimeout(expiring, left);
      end.unref?.();
    }
  };
}
