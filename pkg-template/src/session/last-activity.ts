// The time of the user's last activity, which all tabs of the origin with the same timeout share in `localStorage`. If that is
// blocked, each page has its own.

import { orNothing } from '../../../src/web/env.js';

const KEY = 'smart-launch:activity:';
/** Events of user input. Scrolling, focus and visibility are not among them, because they also change without the user. */
const INPUT = ['pointerdown', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove'] as const;
/** Shortest time in milliseconds between two writes. */
const INTERVAL = 1_000;

/** A time by the device's clock, which continues during sleep, and by `performance.now()`, which cannot be set back. */
interface Moment {
  readonly clock: number;
  readonly steady: number;
}

interface Listeners {
  /** The user is active in this page. */
  active(): void;
  /** The stored time may have changed. */
  changed(): void;
}

export interface LastActivity {
  /**
   * Called before a page has a session.
   *
   * @param issued when the session's token was requested, in milliseconds since 1970
   * @param isSignIn whether the session comes from an authorization response, which is activity unless the response was used
   * before, for instance before a reload
   */
  begin(issued: number, isSignIn: boolean): void;
  /** Milliseconds since the last activity in any tab; `Infinity` if the timeout was over and another session has begun since. */
  idleFor(): number;
  /** The user is active now. */
  mark(): void;
  listen(): void;
  stop(): void;
}

/** @param timeout in milliseconds */
export function createLastActivity(timeout: number, { active, changed }: Listeners): LastActivity {
  const key = KEY + timeout / 1_000;
  const created = Date.now();
  /** The stored text that this page has read or written last. */
  let lastText: string | null | undefined;
  /** The time of the last activity that this page has written. */
  let lastWritten = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Time of the first sign-in after an idle timeout, by the clock. Sessions from before it have ended. */
  let start = 0;
  /** The last activity. */
  let last = momentOf(0);
  /** Whether another session has begun after the timeout, so that the session of this page has ended. */
  let hasSuccessor = false;

  /** A time in the future is replaced by the present: the clock was set back, or a script has written the time. */
  function momentOf(time: number): Moment {
    const now = Date.now();
    const clock = Math.min(time, now);
    return { clock, steady: performance.now() - (now - clock) };
  }

  /** The stored times, if they were changed since this page has read or written them. */
  function changedTimes() {
    const text = orNothing(() => localStorage.getItem(key));
    if (text === lastText) return undefined;
    // Any script of the origin may have written the text.
    const [, since, time] = /^(\d{1,15}) (\d{1,15})$/.exec(text ?? '') ?? [];
    lastText = time && text;
    return time === undefined ? undefined : { start: Number(since), last: momentOf(Number(time)) };
  }

  function write() {
    const text = `${start} ${last.clock}`;
    if (hasSuccessor || text === lastText) return;
    orNothing(() => localStorage.setItem(key, text));
    lastText = text;
    lastWritten = last.clock;
  }

  function read() {
    const stored = changedTimes();
    if (stored && stored.start > last.clock) hasSuccessor = true;
    // Either time may show that the stored activity is later: `clock` after sleep, `steady` after the clock was set back.
    else if (stored && (stored.last.clock > last.clock || stored.last.steady > last.steady)) ({ start, last } = stored);
    // The stored time was removed or overwritten, or is older than that of this page.
    else if (stored || !lastText) write();
  }

  function idleFor() {
    read();
    return hasSuccessor ? Infinity : Math.max(Date.now() - last.clock, performance.now() - last.steady);
  }

  function mark() {
    last = momentOf(Date.now());
    // The clock may have been set back.
    start = Math.min(start, last.clock);
    if (Math.abs(last.clock - lastWritten) >= INTERVAL) write();
    else if (timer === undefined) writeLater();
  }

  function writeLater() {
    timer = setTimeout(() => {
      timer = undefined;
      write();
    }, INTERVAL);
    // In Node a timer is an object, and would keep the process running.
    (timer as { unref?(): void }).unref?.();
  }

  const onInput = ({ isTrusted }: Event) => {
    // Events that scripts dispatch are not activity.
    if (isTrusted) active();
  };
  const onStorage = (event: Event) => {
    const { key: name } = event as StorageEvent;
    if (name === key || name === null) changed();
  };

  function changeListeners(method: 'addEventListener' | 'removeEventListener') {
    // `capture`, because listeners of the app may stop the event.
    for (const name of INPUT) globalThis[method]?.(name, onInput, { capture: true, passive: true });
    globalThis[method]?.('storage', onStorage);
    globalThis[method]?.('pagehide', write);
  }

  return {
    begin(issued, isSignIn) {
      lastText = undefined;
      // Without a stored time, a sign-in also ends the sessions of closed tabs: they may have been idle for too long.
      ({ start, last } = changedTimes() ?? { start: isSignIn ? issued : 0, last: momentOf(issued) });
      hasSuccessor = start > issued;
      // The response was used before this page was loaded, by this tab or another one.
      const isUsed = issued < created;
      if (!isSignIn || (isUsed && (hasSuccessor || issued <= last.clock))) return write();
      if (idleFor() >= timeout) start = issued;
      hasSuccessor = false;
      if (isUsed) last = momentOf(issued);
      else mark();
      write();
    },
    idleFor,
    mark,
    listen: () => changeListeners('addEventListener'),
    stop: () => changeListeners('removeEventListener'),
  };
}
