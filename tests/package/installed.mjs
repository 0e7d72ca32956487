// The installed package, and copies of it.

import { link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of the installed package, as a URL. */
export const packageDirectory = new URL('..', import.meta.resolve('smart-launch'));

/**
 * Makes another directory with the ES modules of the package. Importing from there runs the code again, as in another page or
 * another bundle. The files are hard links, because copies for hundreds of pages would take most of the time. Remove a file before
 * you write it, because writing would change the installed package.
 *
 * @param {import('node:test').TestContext} test the directory is removed when this test ends
 * @returns {Promise<string>} path of the entry file
 */
export async function copyOfPackage(test) {
  const original = fileURLToPath(packageDirectory);
  // The directory is beside the original, because hard links need the same file system.
  const directory = await mkdtemp(join(original, '../.smart-launch-'));
  test.after(() => rm(directory, { recursive: true }));
  await link(join(original, 'package.json'), join(directory, 'package.json'));
  await linkModules(join(original, 'dist'), join(directory, 'dist'));
  return join(directory, 'dist/index.js');
}

/**
 * @param {string} from
 * @param {string} to
 */
async function linkModules(from, to) {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await linkModules(source, target);
    else if (entry.name.endsWith('.js')) await link(source, target);
  }
}
