// Abort signals of calls.

import { ABORTED, SIGNAL_INVALID, TIMED_OUT } from './immediate-errors.js';
import { SmartError } from './smart-error.js';

/**
 * Settles as `work` does, or rejects at once when the signal is aborted. The work itself continues: a refresh that has started
 * must be completed, or its new token is lost.
 *
 * @param signal anything that an app passed; refused unless it is an AbortSignal, `null` or `undefined`
 * @param work not started if the signal is already aborted
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

/** The signal in the arguments of a call: that of the options (the third argument, else the second), else that of the Request. */
export function signalOf([input, init, options = init]: readonly unknown[]): unknown {
  const signal = memberOf(options, 'signal');
  return signal === undefined ? memberOf(input, 'signal') : signal;
}

/** Whether this reason of a signal is a timeout. A reason may be anything. */
export function isLate(reason: unknown): boolean {
  try {
    return memberOf(reason, 'name') === 'TimeoutError';
  } catch {
    return false;
  }
}

/** The error of an aborted call. It includes its texts, since loading them takes time and may fail without a network. */
const abortError = ({ reason }: AbortSignal) => new SmartError(isLate(reason) ? TIMED_OUT : ABORTED, reason);

const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === 'object' && typeof memberOf(value, 'addEventListener') === 'function';

/** A member of any value that an app passed. */
const memberOf = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null | undefined)?.[name];
