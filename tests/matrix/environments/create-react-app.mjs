// Create React App, which is still in use: webpack 5, Jest 27, and TypeScript 4 with `moduleResolution: "node"`.

import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from '../app.mjs';
import { openEhr } from '../ehr.mjs';
import { run } from '../program.mjs';
import { program, versionOf } from '../setting.mjs';
import { openSite } from '../site.mjs';
import { visit } from '../visit.mjs';

const TOOLS = 'create-react-app';
const version = () => versionOf(TOOLS, 'react-scripts');
/** Without `CI`, the tool is interactive and asks questions. */
const env = { CI: 'true', DISABLE_ESLINT_PLUGIN: 'true', BROWSERSLIST_IGNORE_OLD_DATA: 'true', GENERATE_SOURCEMAP: 'false' };

/**
 * The app in the layout of Create React App: sources below `src`, and a manifest to which the tool adds its settings.
 *
 * @param {string} name
 * @param {import('../ehr.mjs').AppConfig} appConfig
 */
async function makeReactApp(name, appConfig) {
  const directory = await makeApp(TOOLS, name, appConfig);
  for (const part of ['src', 'public', 'tsconfig.json']) {
    await cp(new URL(`../create-react-app/${part}`, import.meta.url), join(directory, part), { recursive: true });
  }
  await mkdir(join(directory, 'src'), { recursive: true });
  for (const file of ['app-config.js', 'sign-in.js']) await rename(join(directory, file), join(directory, 'src', file));
  const { dependencies } = JSON.parse(await readFile(new URL('../create-react-app/package.json', import.meta.url), 'utf8'));
  const browserslist = ['last 1 chrome version'];
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name, private: true, version: '0.1.0', dependencies, browserslist }));
  return directory;
}

/** @type {import('../run-environment.mjs').Environment[]} */
export const createReactApp = [
  {
    name: 'create-react-app',
    title: 'Create React App 5, build: `smart-launch/react`, TypeScript 4.9 with `moduleResolution: "node"`',
    version,
    async run(test) {
      const site = await openSite(test);
      const ehr = await openEhr(test, site.url);
      const cwd = await makeReactApp('create-react-app', ehr.appConfig);
      await run([program(TOOLS, 'react-scripts'), 'build'], { cwd, env: { ...env, CI: 'false' }, test });
      site.directory = join(cwd, 'build');
      await visit(test, { url: site.url, ehr });
    },
  },
  {
    name: 'create-react-app-test',
    title: 'Create React App 5, tests: Jest 27, importing five entries of the package',
    version,
    async run(test) {
      const ehr = await openEhr(test);
      const cwd = await makeReactApp('create-react-app-test', ehr.appConfig);
      const command = [program(TOOLS, 'react-scripts'), 'test', '--watchAll=false', '--env', './jest-jsdom.cjs'];
      await run(command, { cwd, env, test });
      await ehr.signedIn();
    },
  },
];
