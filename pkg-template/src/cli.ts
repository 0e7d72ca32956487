#!/usr/bin/env node
/**
 * The program `smart-launch`.
 */

import { readFile } from 'node:fs/promises';
import { USAGE, doctor } from './doctor/doctor.js';

const { argv, env, stdout, stderr } = process;
const [command, ...args] = argv.slice(2);
if (command === 'doctor') {
  process.exitCode = await doctor(args, {
    write: (text) => stdout.write(text),
    writeError: (text) => stderr.write(text),
    isColored: stdout.isTTY === true && !env.NO_COLOR,
  });
} else if (command === '--version') {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  stdout.write(`${manifest.version}\n`);
} else {
  const isHelp = command === '--help';
  (isHelp ? stdout : stderr).write(USAGE);
  process.exitCode = isHelp ? 0 : 2;
}
