#!/usr/bin/env node
/**
 * The program `smart-launch`.
 */

import { USAGE, doctor } from './doctor/doctor.js';

const { argv, env, stdout, stderr } = process;
const [command, ...args] = argv.slice(2);
if (command === 'doctor') {
  process.exitCode = await doctor(args, {
    write: (text) => stdout.write(text),
    writeError: (text) => stderr.write(text),
    isColored: stdout.isTTY === true && !env.NO_COLOR,
  });
} else {
  const isHelp = command === '--help';
  (isHelp ? stdout : stderr).write(USAGE);
  process.exitCode = isHelp ? 0 : 2;
}
