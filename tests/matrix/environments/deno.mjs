import { join } from 'node:path';
import { runAsProgram } from '../run-as-program.mjs';
import { placeBelow, program, versionOf } from '../setting.mjs';

const COMMAND = [program('runtimes', 'deno'), 'run', '--node-modules-dir=manual', '--allow-net', 'server-program.js'];
const ENV = { DENO_DIR: join(placeBelow('runtimes'), 'deno-cache') };

/** @type {import('../attempt.mjs').Environment[]} */
export const deno = [
  { name: 'deno', title: 'Deno', version: () => versionOf('runtimes', 'deno'), run: runAsProgram('deno', COMMAND, ENV) },
];
