import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { nodeProgram, program, versionOf } from '../setting.mjs';

/** @param {string} environment @returns {import('../run-environment.mjs').Environment} */
const row = (environment) => ({
  name: `vitest-${environment}`,
  title: `Vitest, environment ${environment}`,
  version: () => versionOf('test-runners', 'vitest'),
  async run(test) {
    const ehr = await openEhr(test);
    const cwd = await makeApp('test-runners', `vitest-${environment}`, ehr.appConfig);
    const command = [nodeProgram(24), program('test-runners', 'vitest'), 'run', 'vitest.test.js'];
    await run([...command, '--environment', environment], { cwd, test });
    await ehr.signedIn();
  },
});

/** @type {import('../run-environment.mjs').Environment[]} */
export const vitest = [row('node'), row('jsdom')];
