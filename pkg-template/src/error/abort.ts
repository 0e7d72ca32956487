// @ts-nocheck
// Calls that their signal ends.

import { SmartError } from './smart-error.js';

/**
 * Settles as `work` does, or at once when the signal ends the call. That ends the wait, not the work: a refresh that was
 * begun has to be finished, or its new token is lost.
 *
 * @param {AbortSignal | null | undefined} signal
 * @param {() => Promise<unknown>} work not begun if the call has ended before
 */
export async function unlessAborted(signal, work) {
  if (signal === undefined || signal === null) return work();
  if (typeof signal !== 'object' || typeof signal.addEventListener !== 'function') {
    const hint = 'Give the `signal` of an AbortController.';
    throw new SmartError({ code: 'config_invalid', message: '`signal` is not an AbortSignal', hint, userMessage: MISUSED });
  }
  if (signal.aborted) throw givenUp(signal);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(givenUp(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The signal of a call: that of `init` is instead of that of a Request. */
export const signalOf = ([input, init]) => (init?.signal === undefined ? input?.signal : init.signal);

/** With its texts: to fetch them takes time, and may need the network that does not answer. */
function givenUp({ reason }) {
  return new SmartError(isLate(reason) ? LATE : ABORTED, reason);
}

/** Whether a signal ended a call because of the time. A reason may be anything. */
export function isLate(reason) {
  try {
    return reason?.name === 'TimeoutError';
  } catch {
    return false;
  }
}

const MISUSED = 'This app is not set up correctly. Please tell the people who support it.';
const ABORTED = {
  code: 'aborted',
  message: 'the call was aborted',
  hint: 'Nothing is wrong: its signal ended it.',
  userMessage: 'The request was stopped.',
};
const LATE = {
  code: 'timeout',
  message: 'the call took longer than its signal permits',
  hint: 'Try again.',
  fault: 'network',
  userMessage: 'The health record system cannot be reached. Check the connection and try again.',
  retryable: true,
};
