// The time of the user's last activity, which all tabs of the origin with the same timeout share in `localStorage`. If that is
// blocked, each page has its own.

import { orNothing } from '../../../src/web/env.js';

const KEY = 'smart-launch:activity:';
/** Input of the user. Neither scrolling nor focus nor visibility: pages and windows change them without the user. */
const INPUT = ['pointerdown', 'keydown', 'input', 'wheel', 'touchstart', 'touchmove'] as const;
/** Milliseconds between two writes. */
const STEP = 1_000;

/** By the clock, which continues during sleep, and by the timer of the page, which cannot be set back. */
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
   * A page gets a session, whose token was requested at this time in milliseconds since 1970. A sign-in is activity; a stored
   * session has ended if another one was signed in after the timeout. So has one whose response is used again, by a reload for
   * instance: that is no sign-in.
   */
  begin(issued: number, isSignIn: boolean): void;
  /** Milliseconds since the last activity in any tab; `Infinity` if the timeout is over and there was activity after it. */
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
  /** The text that was read or written last. */
  let known: string | null | undefined;
  /** The time in it, if this page has written it. */
  let written = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the user became active after an idle timeout, by the clock; no sessions from before are left. */
  let start = 0;
  let last = at(0);
  let isMissed = false;

  /** A time in the future is now: the clock was set back, or a script has written it. */
  function at(time: number): Moment {
    const now = Date.now();
    const clock = Math.min(time, now);
    return { clock, steady: performance.now() - (now - clock) };
  }

  /** The stored times, if they are not those that this page knows. */
  function stored() {
    const text = orNothing(() => localStorage.getItem(key));
    if (text === known) return undefined;
    // Any script of the origin may have written it.
    const [, since, time] = /^(\d{1,15}) (\d{1,15})$/.exec(text ?? '') ?? [];
    known = time && text;
    return time === undefined ? undefined : { start: Number(since), last: at(Number(time)) };
  }

  function write() {
    const text = `${start} ${last.clock}`;
    if (isMissed || text === known) return;
    orNothing(() => localStorage.setItem(key, text));
    known = text;
    written = last.clock;
  }

  function read() {
    const found = stored();
    if (found && found.start > last.clock) isMissed = true;
    // After sleep the clock is right, and after the clock was set back the timer.
    else if (found && (found.last.clock > last.clock || found.last.steady > last.steady)) ({ start, last } = found);
    // It was removed or overwritten, or is older than this page's.
    else if (found || !known) write();
  }

  function idleFor() {
    read();
    return isMissed ? Infinity : Math.max(Date.now() - last.clock, performance.now() - last.steady);
  }

  function mark() {
    last = at(Date.now());
    // The clock may have been set back.
    start = Math.min(start, last.clock);
    if (Math.abs(last.clock - written) >= STEP) write();
    else if (timer === undefined) later();
  }

  function later() {
    timer = setTimeout(() => {
      timer = undefined;
      write();
    }, STEP);
    // In Node a timer is an object.
    (timer as { unref?(): void }).unref?.();
  }

  const onInput = ({ isTrusted }: Event) => {
    // Events that scripts dispatch are not of the user.
    if (isTrusted) active();
  };
  const onStorage = (event: Event) => {
    const { key: name } = event as StorageEvent;
    if (name === key || name === null) changed();
  };

  function attend(method: 'addEventListener' | 'removeEventListener') {
    // Before listeners of the app, which may stop the event.
    for (const name of INPUT) globalThis[method]?.(name, onInput, { capture: true, passive: true });
    globalThis[method]?.('storage', onStorage);
    globalThis[method]?.('pagehide', write);
  }

  return {
    begin(issued, isSignIn) {
      known = undefined;
      // Without a stored time nothing is known of the tabs that do not run now.
      ({ start, last } = stored() ?? { start: isSignIn ? issued : 0, last: at(issued) });
      isMissed = start > issued;
      // The response was used before: by this tab, or a moment ago by another one.
      const isUsed = issued < created;
      if (!isSignIn || (isUsed && (isMissed || issued <= last.clock))) return write();
      if (idleFor() >= timeout) start = issued;
      isMissed = false;
      if (isUsed) last = at(issued);
      else mark();
      write();
    },
    idleFor,
    mark,
    listen: () => attend('addEventListener'),
    stop: () => attend('removeEventListener'),
  };
}
