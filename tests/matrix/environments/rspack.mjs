import { bundled } from '../bundled.mjs';
import { versionOf } from '../setting.mjs';

const COMMAND = ['rspack', 'build', '--mode', 'production', '--entry', './main.js', '--output-path', 'dist'];

/** @type {import('../run-environment.mjs').Environment[]} */
export const rspack = [
  { name: 'rspack', title: 'Rspack', version: () => versionOf('bundlers', '@rspack/core'), run: bundled('rspack', COMMAND) },
];
