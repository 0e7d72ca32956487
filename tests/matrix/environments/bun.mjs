import { runAsProgram } from '../run-as-program.mjs';
import { program, versionOf } from '../setting.mjs';

const COMMAND = [program('runtimes', 'bun'), 'server-program.js'];

/** @type {import('../run-environment.mjs').Environment[]} */
export const bun = [
  { name: 'bun', title: 'Bun', version: () => versionOf('runtimes', 'bun'), run: runAsProgram('bun', COMMAND) },
];
