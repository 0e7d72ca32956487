// The timer for the session's end. Timers of hidden and sleeping pages are late, so the clock is also read when the page becomes
// active.

/** `expiring` is called this many milliseconds before the end, but not before three quarters of the remaining time are over. */
const MARGIN = 60_000;
const PART = 4;
/** The longest delay that timers accept. */
const LONGEST = 2 ** 31 - 1;
/** Milliseconds until another attempt if the server could not be asked at the end. */
const AGAIN = 30_000;

interface Listeners {
  /** The session ends soon, unless it is used. */
  expiring(ends: number): void;
  /** The session was used, or there is none any more, so it does not end soon. */
  extended(): void;
  /** The session has ended, unless another tab has used it. */
  over(): void;
}

export interface EndTimer {
  /** Sets the time of the end, in milliseconds since 1970. */
  set(ends: number): void;
  /** Whether that time has passed. */
  isOver(): boolean;
  /** Calls `over` again later. */
  again(): void;
  stop(): void;
}

export function createEndTimer({ expiring, extended, over }: Listeners): EndTimer {
  let end = Infinity;
  let warning: ReturnType<typeof setTimeout> | undefined;
  let ending: ReturnType<typeof setTimeout> | undefined;
  let isListening = false;

  function after(milliseconds: number, call: () => void) {
    const timer = setTimeout(call, Math.min(LONGEST, Math.max(0, milliseconds)));
    // In Node a timer is an object, and would keep the process running.
    (timer as { unref?(): void }).unref?.();
    return timer;
  }

  const isOver = () => Date.now() >= end;

  function check() {
    if (isOver()) over();
    // The time was too long for one timer, or the clock was changed.
    else ending = after(end - Date.now(), check);
  }

  const wake = () => {
    if (isOver()) over();
  };

  function listen(method: 'addEventListener' | 'removeEventListener') {
    for (const name of ['pageshow', 'online']) globalThis[method]?.(name, wake);
    globalThis.document?.[method]?.('visibilitychange', wake);
    isListening = method === 'addEventListener';
  }

  function clear() {
    clearTimeout(warning);
    clearTimeout(ending);
  }

  return {
    set(ends) {
      clear();
      extended();
      end = ends;
      const remaining = end - Date.now();
      const before = remaining - Math.min(MARGIN, remaining / PART);
      if (before < LONGEST) warning = after(before, () => expiring(ends));
      ending = after(remaining, check);
      if (!isListening) listen('addEventListener');
    },
    isOver,
    again() {
      clearTimeout(ending);
      ending = after(AGAIN, over);
    },
    stop() {
      clear();
      extended();
      end = Infinity;
      if (isListening) listen('removeEventListener');
    },
  };
}
