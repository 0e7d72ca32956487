import { bundled } from '../bundled.mjs';
import { versionOf } from '../setting.mjs';

const COMMAND = ['rollup', 'main.js', '--dir', 'dist', '--plugin', 'node-resolve'];

/** @type {import('../run-environment.mjs').Environment[]} */
export const rollup = [
  { name: 'rollup', title: 'Rollup', version: () => versionOf('bundlers', 'rollup'), run: bundled('rollup', COMMAND) },
];
