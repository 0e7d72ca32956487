import { ran } from '../ran.mjs';
import { program, versionOf } from '../setting.mjs';

const COMMAND = [program('runtimes', 'bun'), 'program.js'];

export const bun = [{ name: 'bun', title: 'Bun', version: () => versionOf('runtimes', 'bun'), run: ran('bun', COMMAND) }];
