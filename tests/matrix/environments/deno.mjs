import { join } from 'node:path';
import { runAsProgram } from '../run-as-program.mjs';
import { appsDirectory, program, versionOf } from '../setting.mjs';

const COMMAND = [program('runtimes', 'deno'), 'run', '--node-modules-dir=manual', '--allow-net', 'server-program.js'];
const ENV = { DENO_DIR: join(appsDirectory('runtimes'), 'deno-cache') };

/** @type {import('../run-environment.mjs').Environment[]} */
export const deno = [
  { name: 'deno', title: 'Deno', version: () => versionOf('runtimes', 'deno'), run: runAsProgram('deno', COMMAND, ENV) },
];
