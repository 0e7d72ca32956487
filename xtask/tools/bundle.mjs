// Bundles the files of the package with esbuild, and prints the sources that it read. The first argument is a JSON file
// with a list of the bundles to write.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

// Installed outside the repository, in the directory in NODE_PATH.
/** @type {typeof import('esbuild')} */
const { build } = createRequire(import.meta.url)('esbuild');

/**
 * @typedef {object} Bundle
 * @property {string} source
 * @property {string} file where to write it
 * @property {'cjs' | 'esm' | 'iife'} format
 * @property {string} target
 * @property {string} banner
 * @property {Record<string, string>} outside by their paths without extension, sources that stay outside, and what the bundle
 *   imports in their place
 * @property {Record<string, string>} alias
 * @property {number} lineLimit longest line in characters, 0 for no limit
 */

/** @param {Bundle} bundle @returns {Promise<string[]>} the sources that it was made of */
async function write({ source, file, format, target, banner, outside, alias, lineLimit }) {
  const { metafile } = await build({
    entryPoints: [source],
    outfile: file,
    format,
    target,
    alias,
    banner: { js: banner },
    plugins: [importing(outside)],
    // The app provides React: two copies of it do not work together. Only the command-line program imports modules of Node.
    external: ['*.wasm', '*.wasm?module', 'node:*', '@angular/*', 'react', 'rxjs', 'svelte/store', 'vue'],
    bundle: true,
    minify: true,
    lineLimit,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'error',
    metafile: true,
    // Ignores tsconfig.json files next to a source: the output depends only on the sources.
    tsconfigRaw: {},
  });
  return Object.keys(metafile.inputs);
}

/**
 * Leaves these sources outside. Without side effects: an import of which nothing is used is left out.
 *
 * @param {Bundle['outside']} outside
 * @returns {import('esbuild').Plugin}
 */
function importing(outside) {
  return {
    name: 'outside',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const file = outside[resolve(resolveDir, path).replace(/\.[jt]s$/, '')];
        return file ? { path: file, external: true, sideEffects: false } : undefined;
      });
    },
  };
}

/** @type {Bundle[]} */
const bundles = JSON.parse(await readFile(String(process.argv[2]), 'utf8'));
const read = await Promise.all(bundles.map(write));
process.stdout.write(JSON.stringify({ inputs: Object.fromEntries(read.flat().map((input) => [input, {}])) }));
