// The timer for the session's end. Timers of hidden and sleeping pages are late, so the clock is also read when the page becomes
// active.

/** `expiring` is called this many milliseconds before the end, but not before three quarters of the remaining time are over. */
const MARGIN = 60_000;
const PART = 4;
/** The longest delay that timers accept. */
const MAX_DELAY = 2 ** 31 - 1;
/** Milliseconds until another attempt if the server could not be asked at the end. */
const RETRY_DELAY = 30_000;
/** An end that moves by at most this many milliseconds is the same end: the server rounds the remaining time down to seconds. */
export const ROUNDING = 2_000;

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
  /** Whether the time of the end has passed. */
  isOver(): boolean;
  /** Calls `over` again later. */
  again(): void;
  stop(): void;
}

export function createEndTimer({ expiring, extended, over }: Listeners): EndTimer {
  let end = Infinity;
  /** The end about which `expiring` was called, or will be called at `warningTime`. */
  let announcedEnd = NaN;
  let warningTime = Infinity;
  let isAnnounced = false;
  let warningTimer: ReturnType<typeof setTimeout> | undefined;
  let endTimer: ReturnType<typeof setTimeout> | undefined;
  let isListening = false;

  function startTimer(milliseconds: number, call: () => void) {
    const timer = setTimeout(call, Math.min(MAX_DELAY, Math.max(0, milliseconds)));
    // In Node a timer is an object, and would keep the process running.
    (timer as { unref?(): void }).unref?.();
    return timer;
  }

  const isOver = () => Date.now() >= end;

  /** Starts the timers again. Their delays are wrong after the device has slept, the clock was changed, or if they were too long. */
  function start() {
    clearTimers();
    if (!isAnnounced) warningTimer = startTimer(warningTime - Date.now(), check);
    endTimer = startTimer(end - Date.now(), check);
  }

  function check() {
    if (isOver()) return over();
    if (!isAnnounced && Date.now() >= warningTime) {
      isAnnounced = true;
      expiring(announcedEnd);
    }
    // The listener may have ended the session.
    if (end < Infinity) start();
  }

  function listen(method: 'addEventListener' | 'removeEventListener') {
    for (const name of ['pageshow', 'online']) globalThis[method]?.(name, check);
    globalThis.document?.[method]?.('visibilitychange', check);
    isListening = method === 'addEventListener';
  }

  function clearTimers() {
    clearTimeout(warningTimer);
    clearTimeout(endTimer);
  }

  return {
    set(ends) {
      end = ends;
      if (!(Math.abs(end - announcedEnd) <= ROUNDING)) {
        announcedEnd = end;
        const remaining = end - Date.now();
        warningTime = end - Math.min(MARGIN, remaining / PART);
        isAnnounced = false;
        extended();
      }
      start();
      if (!isListening) listen('addEventListener');
    },
    isOver,
    again() {
      clearTimeout(endTimer);
      // After `stop` there is no end.
      if (end < Infinity) endTimer = startTimer(RETRY_DELAY, over);
    },
    stop() {
      clearTimers();
      extended();
      end = Infinity;
      announcedEnd = NaN;
      if (isListening) listen('removeEventListener');
    },
  };
}
