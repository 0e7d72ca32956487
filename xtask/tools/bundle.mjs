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
 * @property {string} file the path to write
 * @property {'cjs' | 'esm' | 'iife'} format
 * @property {string} target
 * @property {string} banner
 * @property {Record<string, string>} external sources that are not bundled, by their paths without extension, and the files
 *   that the bundle imports instead
 * @property {Record<string, string>} alias
 * @property {number} lineLimit longest line in characters, 0 for no limit
 */

/** @param {Bundle} bundle @returns {Promise<string[]>} the sources in the bundle */
async function write({ source, file, format, target, banner, external, alias, lineLimit }) {
  const { metafile } = await build({
    entryPoints: [source],
    outfile: file,
    format,
    target,
    alias,
    banner: { js: banner },
    plugins: [externalSources(external)],
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
 * Imports these sources instead of bundling them. They have no side effects, so an unused import is removed.
 *
 * @param {Bundle['external']} external
 * @returns {import('esbuild').Plugin}
 */
function externalSources(external) {
  return {
    name: 'external-sources',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const file = external[resolve(resolveDir, path).replace(/\.[jt]s$/, '')];
        return file ? { path: file, external: true, sideEffects: false } : undefined;
      });
    },
  };
}

/** @type {Bundle[]} */
const bundles = JSON.parse(await readFile(String(process.argv[2]), 'utf8'));
const inputs = await Promise.all(bundles.map(write));
process.stdout.write(JSON.stringify({ inputs: Object.fromEntries(inputs.flat().map((input) => [input, {}])) }));
