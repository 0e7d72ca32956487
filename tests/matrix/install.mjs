// The package as npm installs it into an empty project.

import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './program.mjs';
import { setting } from './setting.mjs';

/** @type {Promise<string> | undefined} */
let installed;

/** The project's directory. */
export const install = () => (installed ??= installIntoEmptyProject());

async function installIntoEmptyProject() {
  const directory = join(setting.place, 'installed');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
  const output = await run(['npm', 'install', '--no-audit', '--no-fund', '--offline', setting.tarball], { cwd: directory });
  assert.match(output, /^added 1 package in/m);
  const { packages } = JSON.parse(await readFile(join(directory, 'node_modules/.package-lock.json'), 'utf8'));
  assert.deepEqual(Object.keys(packages), ['node_modules/smart-launch']);
  return directory;
}
