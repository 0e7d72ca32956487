// Runs one environment.

import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds for one environment, including its build. */
const TIME_LIMIT = 180_000;

/**
 * @typedef {object} Environment
 * @property {string} name on the command line
 * @property {string} title in the table
 * @property {() => string} [version]
 * @property {boolean} [isPinned] `false`: the version is the one installed on this machine, and may differ from the table's
 * @property {(test: Test) => Promise<void>} [run] rejects if the package does not work there as expected
 * @property {string} [notRunBecause] why it cannot run on this machine
 *
 * @typedef {{ after(cleanup: () => unknown): void }} Test `after` adds a function that is called when the run has ended
 *
 * @typedef {object} Outcome
 * @property {'pass' | 'fail' | 'not run'} outcome
 * @property {string} [reason]
 * @property {string | undefined} [details]
 */

/** @param {Environment} environment @returns {Promise<Outcome>} */
export async function runEnvironment(environment) {
  const started = performance.now();
  const { outcome, reason = '', details } = await outcomeOf(environment);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${outcome} ${environment.name} (${versionOf(environment)}) ${seconds} s ${reason}`.trimEnd());
  return { outcome, reason, details };
}

/** @param {Environment} environment */
export const versionOf = ({ version, notRunBecause }) => (notRunBecause || !version ? '–' : version());

/** @param {Environment} environment @returns {Promise<Outcome>} */
async function outcomeOf({ run, notRunBecause }) {
  if (notRunBecause || !run) return { outcome: 'not run', reason: notRunBecause };
  /** @type {(() => unknown)[]} */
  const cleanups = [];
  try {
    const timeout = wait(TIME_LIMIT, undefined, { ref: false }).then(() => {
      throw new Error(`not done after ${TIME_LIMIT / 1_000} s`);
    });
    await Promise.race([run({ after: (cleanup) => void cleanups.unshift(cleanup) }), timeout]);
    return { outcome: 'pass' };
  } catch (error) {
    const { message, stack, details = stack } = /** @type {Error & { details?: string }} */ (error);
    return { outcome: 'fail', reason: message.split('\n')[0], details };
  } finally {
    for (const cleanup of cleanups) await Promise.resolve(cleanup()).catch(() => {});
  }
}
