// Versions as they are installed.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Of a package of npm.
 *
 * @param {string} name
 * @returns {(directory: string) => Promise<string>}
 */
export const ofNpm = (name) => async (directory) =>
  JSON.parse(await readFile(`${directory}/node_modules/${name}/package.json`, 'utf8')).version;

/**
 * Of a package of PyPI.
 *
 * @param {string} name
 * @returns {(directory: string) => Promise<string>}
 */
export const ofPython = (name) => async (directory) => {
  const program = `from importlib.metadata import version; print(version('${name}'))`;
  return (await promisify(execFile)(`${directory}/venv/bin/python`, ['-c', program])).stdout.trim();
};

/**
 * Of a package of Debian, without what Debian adds to the version.
 *
 * @param {string} name
 */
export const ofDebian = (name) => async () =>
  (await promisify(execFile)('dpkg-query', ['--show', '--showformat', '${Version}', name])).stdout.split(/[-+]/)[0];
