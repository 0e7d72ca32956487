import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { program, versionOf } from '../setting.mjs';

/** @param {string} environment @param {string} file @returns {import('../run-environment.mjs').Environment} */
const row = (environment, file) => ({
  name: `jest-${environment}`,
  title: `Jest, default configuration (CommonJS), environment ${environment}`,
  version: () => versionOf('test-runners', 'jest'),
  async run(test) {
    const ehr = await openEhr(test);
    const cwd = await makeApp('test-runners', `jest-${environment}`, ehr.appConfig);
    for (const name of ['app-config', 'sign-in']) await writeCommonJs(join(cwd, name));
    await run([program('test-runners', 'jest'), 'jest.test.cjs', '--env', file], { cwd, test });
    await ehr.signedIn();
  },
});

/**
 * The app's modules as CommonJS, the only module format that Jest supports without further tools.
 *
 * @param {string} path
 */
async function writeCommonJs(path) {
  const text = await readFile(`${path}.js`, 'utf8');
  const names = [...text.matchAll(/^export (?:const|async function) (\w+)/gm)].map(([, name]) => name);
  await writeFile(`${path}.cjs`, `${text.replace(/^export /gm, '')}\nmodule.exports = { ${names.join(', ')} };\n`);
}

/** @type {import('../run-environment.mjs').Environment[]} */
export const jest = [row('node', 'node'), row('jsdom', './jest-jsdom.cjs')];
