// The package as it was installed.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Its directory, as a URL. */
export const packageDirectory = new URL('..', import.meta.resolve('smart-launch'));

/**
 * Copies it to another directory. Importing the copy runs the code again, as in another page or another bundle.
 *
 * @param {import('node:test').TestContext} test the copy is removed with it
 * @returns {Promise<string>} path of the entry file
 */
export async function copyOfPackage(test) {
  const directory = await mkdtemp(join(tmpdir(), 'smart-launch-'));
  test.after(() => rm(directory, { recursive: true }));
  await cp(fileURLToPath(packageDirectory), directory, { recursive: true });
  return join(directory, 'dist/index.js');
}
