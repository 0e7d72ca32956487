import { join } from 'node:path';
import { ran } from '../ran.mjs';
import { placeBelow, program, versionOf } from '../setting.mjs';

const COMMAND = [program('runtimes', 'deno'), 'run', '--node-modules-dir=manual', '--allow-net', 'program.js'];
const ENV = { DENO_DIR: join(placeBelow('runtimes'), 'deno-cache') };

export const deno = [
  { name: 'deno', title: 'Deno', version: () => versionOf('runtimes', 'deno'), run: ran('deno', COMMAND, ENV) },
];
