// The app that is built and run in every environment.

import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install } from './install.mjs';
import { appsDirectory } from './setting.mjs';

/**
 * Creates the app in a directory below the tools that build or run it, so that it finds the installed package and the tools.
 *
 * @param {'bundlers' | 'create-react-app' | 'next' | 'servers' | 'test-runners' | 'runtimes' | 'webpack-4'} tools
 * @param {string} name of the environment
 * @param {object | undefined} appConfig the FHIR base URL, the simulated user and the clients
 */
export async function makeApp(tools, name, appConfig) {
  const directory = join(appsDirectory(tools), name);
  await rm(directory, { recursive: true, force: true });
  await cp(new URL('app/', import.meta.url), directory, { recursive: true });
  await cp(join(await install(), 'node_modules'), join(directory, 'node_modules'), { recursive: true });
  await writeFile(join(directory, 'app-config.js'), `export const appConfig = ${JSON.stringify(appConfig)};\n`);
  return directory;
}
