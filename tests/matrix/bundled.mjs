// The app as built by bundlers.

import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApp } from './app.mjs';
import { openEhr } from './ehr.mjs';
import { run } from './program.mjs';
import { program } from './setting.mjs';
import { openSite } from './site.mjs';
import { visit } from './visit.mjs';

/**
 * @typedef {import('./run-environment.mjs').Test} Test
 * @typedef {import('./ehr.mjs').AppConfig} AppConfig
 */

/**
 * Builds the app with a bundler's command into `dist`, serves `dist`, and signs in in Chromium.
 *
 * @param {string} name of the environment
 * @param {string[]} command
 * @param {string} [page] the app's page to use as its first page
 * @returns {import('./run-environment.mjs').Environment['run']}
 */
export const bundled = (name, command, page) => async (test) => {
  const site = await openSite(test);
  const ehr = await openEhr(test, site.url);
  site.directory = await build(test, name, command, ehr.appConfig, page);
  await visit(test, { url: site.url, ehr });
};

/**
 * Builds the app, and returns the output directory: with the app's page, unless the bundler created one.
 *
 * @param {Test} test
 * @param {string} name
 * @param {string[]} command
 * @param {AppConfig} appConfig
 */
export async function build(test, name, [tool = '', ...args], appConfig, page = 'index.html') {
  const app = await makeApp('bundlers', name, appConfig);
  if (page !== 'index.html') await rename(join(app, page), join(app, 'index.html'));
  await run([program('bundlers', tool), ...args], { cwd: app, test });
  await cp(join(app, 'index.html'), join(app, 'dist/index.html'), { force: false });
  return join(app, 'dist');
}
