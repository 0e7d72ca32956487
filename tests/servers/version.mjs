// Installed versions.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The version of an npm package.
 *
 * @param {string} name
 * @returns {(directory: string) => Promise<string>}
 */
export const npmVersion = (name) => async (directory) =>
  JSON.parse(await readFile(`${directory}/node_modules/${name}/package.json`, 'utf8')).version;

/**
 * The version of a PyPI package.
 *
 * @param {string} name
 * @returns {(directory: string) => Promise<string>}
 */
export const pythonVersion = (name) => async (directory) => {
  const program = `from importlib.metadata import version; print(version('${name}'))`;
  return (await promisify(execFile)(`${directory}/venv/bin/python`, ['-c', program])).stdout.trim();
};

/**
 * The version of a Debian package, without the suffix that Debian adds.
 *
 * @param {string} name
 */
export const debianVersion = (name) => async () =>
  (await promisify(execFile)('dpkg-query', ['--show', '--showformat', '${Version}', name])).stdout.split(/[-+]/)[0];
