// Calls that a signal aborts.

import { ABORTED, LATE, SIGNAL_INVALID } from './immediate-errors.js';
import { SmartError } from './smart-error.js';

/**
 * Settles as `work` does, or at once when the signal ends the call. That ends the wait, not the work: a refresh that was
 * begun has to be finished, or its new token is lost.
 *
 * @param signal an app may give anything
 * @param work not begun if the call has ended before
 */
export async function unlessAborted<T>(signal: unknown, work: () => Promise<T>): Promise<T> {
  if (signal === undefined || signal === null) return work();
  if (!isSignal(signal)) throw new SmartError(SIGNAL_INVALID);
  if (signal.aborted) throw abortError(signal);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The signal in the arguments of a call: that of `init` is instead of that of a Request. */
export function signalOf([input, init]: readonly unknown[]): unknown {
  const signal = memberOf(init, 'signal');
  return signal === undefined ? memberOf(input, 'signal') : signal;
}

/** Whether a signal ended a call because of the time. A reason may be anything. */
export function isLate(reason: unknown): boolean {
  try {
    return memberOf(reason, 'name') === 'TimeoutError';
  } catch {
    return false;
  }
}

/** With its texts: to fetch them takes time, and may need the network that does not answer. */
const abortError = ({ reason }: AbortSignal) => new SmartError(isLate(reason) ? LATE : ABORTED, reason);

const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === 'object' && typeof memberOf(value, 'addEventListener') === 'function';

/** A member of whatever an app gave. */
const memberOf = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null | undefined)?.[name];
