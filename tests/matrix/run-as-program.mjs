// Runs the app as a program.

import { setTimeout as wait } from 'node:timers/promises';
import { makeApp } from './app.mjs';
import { PURPOSES_OF_PROGRAM, openEhr } from './ehr.mjs';
import { run } from './program.mjs';

/** Milliseconds within which a program must end after it has signed out. */
const EXIT_TIMEOUT = 10_000;

/**
 * Runs the app with a runtime's command: it signs in, and then exits.
 *
 * @param {string} name of the environment
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @returns {import('./run-environment.mjs').Environment['run']}
 */
export const runAsProgram = (name, command, env) => async (test) => {
  const ehr = await openEhr(test);
  const cwd = await makeApp('runtimes', name, ehr.appConfig);
  const exit = run(command, { cwd, env, test });
  await Promise.race([ehr.report, exit]);
  await ehr.signedIn(PURPOSES_OF_PROGRAM);
  const timeout = wait(EXIT_TIMEOUT, undefined, { ref: false }).then(() => {
    throw new Error('the program has signed in but does not exit');
  });
  await Promise.race([exit, timeout]);
};
