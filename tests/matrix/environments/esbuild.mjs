import { bundled } from '../bundled.mjs';
import { versionOf } from '../setting.mjs';

const COMMAND = ['esbuild', 'main.js', '--bundle', '--minify', '--outdir=dist'];
const version = () => versionOf('bundlers', 'esbuild');

/** @type {import('../run-environment.mjs').Environment[]} */
export const esbuild = [
  {
    name: 'esbuild',
    title: 'esbuild, with splitting',
    version,
    run: bundled('esbuild', [...COMMAND, '--format=esm', '--splitting']),
  },
  {
    name: 'esbuild-iife',
    title: 'esbuild, one classic script',
    version,
    run: bundled('esbuild-iife', [...COMMAND, '--format=iife']),
  },
];
