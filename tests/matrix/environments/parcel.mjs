import { bundled } from '../bundled.mjs';
import { versionOf } from '../setting.mjs';

const COMMAND = ['parcel', 'build', 'index.html', '--dist-dir', 'dist', '--no-cache', '--no-source-maps'];

/** @type {import('../run-environment.mjs').Environment[]} */
export const parcel = [
  { name: 'parcel', title: 'Parcel', version: () => versionOf('bundlers', 'parcel'), run: bundled('parcel', COMMAND) },
];
