// Runs one environment.

import { setTimeout as wait } from 'node:timers/promises';

/** Time limit in milliseconds for one environment, including its build. */
const LIMIT = 180_000;

/**
 * @typedef {object} Environment
 * @property {string} name on the command line
 * @property {string} title in the table
 * @property {() => string} [version]
 * @property {boolean} [isPinned] `false`: the version is the one installed on this machine, and may differ from the table's
 * @property {(test: Test) => Promise<void>} [run] rejects if the package does not work there as expected
 * @property {string} [cannot] why it cannot run on this machine
 *
 * @typedef {{ after(end: () => unknown): void }} Test everything that a run starts ends with it
 *
 * @typedef {object} Outcome
 * @property {'pass' | 'fail' | 'not run'} outcome
 * @property {string} [reason]
 * @property {string | undefined} [details]
 */

/** @param {Environment} environment @returns {Promise<Outcome>} */
export async function attempt(environment) {
  const started = performance.now();
  const { outcome, reason = '', details } = await tried(environment);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${outcome} ${environment.name} (${versionOf(environment)}) ${seconds} s ${reason}`.trimEnd());
  return { outcome, reason, details };
}

/** @param {Environment} environment */
export const versionOf = ({ version, cannot }) => (cannot || !version ? '–' : version());

/** @param {Environment} environment @returns {Promise<Outcome>} */
async function tried({ run, cannot }) {
  if (cannot || !run) return { outcome: 'not run', reason: cannot };
  /** @type {(() => unknown)[]} */
  const ends = [];
  try {
    const late = wait(LIMIT, undefined, { ref: false }).then(() => {
      throw new Error(`not done after ${LIMIT / 1_000} s`);
    });
    await Promise.race([run({ after: (end) => void ends.unshift(end) }), late]);
    return { outcome: 'pass' };
  } catch (error) {
    const { message, stack, details = stack } = /** @type {Error & { details?: string }} */ (error);
    return { outcome: 'fail', reason: message.split('\n')[0], details };
  } finally {
    for (const end of ends) await Promise.resolve(end()).catch(() => {});
  }
}
