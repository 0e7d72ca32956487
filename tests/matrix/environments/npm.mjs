import { execFileSync } from 'node:child_process';
import { install } from '../install.mjs';

/** @type {import('../run-environment.mjs').Environment[]} */
export const npm = [
  {
    name: 'npm',
    title: 'npm: installation into an empty project adds only this package',
    version: () => execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim(),
    isPinned: false,
    run: async () => void (await install()),
  },
];
