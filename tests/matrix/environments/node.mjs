import { existsSync } from 'node:fs';
import { runAsProgram } from '../run-as-program.mjs';
import { nodeProgram, versionOf } from '../setting.mjs';

/** @param {string} name @param {string} title @param {number} major @param {string} file */
const row = (name, title, major, file) => ({
  name,
  title: `Node ${major}, ${title}`,
  version: () => versionOf('runtimes', `node-${major}`),
  notRunBecause: existsSync(nodeProgram(major)) ? undefined : 'npm has this Node only for Linux on x64',
  run: runAsProgram(name, [nodeProgram(major), file]),
});

/** @type {import('../run-environment.mjs').Environment[]} */
export const node = [20, 22, 24].flatMap((major) => [
  row(`node-${major}`, 'ES module', major, 'server-program.js'),
  row(`node-${major}-require`, '`require`', major, 'program.cjs'),
]);
