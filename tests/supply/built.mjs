// The built package.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @param {string} name */
function fromEnvironment(name) {
  const path = process.env[`SMART_LAUNCH_${name}`];
  if (!path) throw new Error('run this by `cargo xtask test supply`');
  return path;
}

export const repository = fromEnvironment('REPOSITORY');
/** The package's directory. */
export const directory = fromEnvironment('PACKAGE');
export const tarball = fromEnvironment('TARBALL');

/**
 * The manifest's value for an entry: a file, or values by condition.
 *
 * @typedef {string | { [condition: string]: Exported }} Exported
 *
 * @typedef {{ exports: Record<string, Exported> }} Manifest
 *
 * @typedef {object} Pair declarations and the script that they describe
 * @property {string[]} conditions
 * @property {string} types
 * @property {string} script
 */

const NODE_CONDITIONS = ['module-sync', 'import', 'node', 'default'];

/** @type {Manifest} */
export const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));

/**
 * The entries that apps import: the path, the name of the report, the declarations and the script for each condition, and
 * the pair that Node uses for `import`.
 */
export const entries = Object.entries(manifest.exports)
  .filter(([path]) => !/\.(json|wasm)$/.test(path))
  .map(([path, exported]) => {
    const pairs = pairsOf(exported);
    const imported = pairs.find(({ conditions }) => conditions.every((condition) => NODE_CONDITIONS.includes(condition)));
    if (!imported) throw new Error(`Node cannot import ${path}`);
    return { path, name: path === '.' ? 'index' : path.slice(2), pairs, imported };
  });

/**
 * @param {Exported} exported
 * @param {Exported} [types]
 * @param {string[]} conditions
 * @returns {Pair[]}
 */
function pairsOf(exported, types, conditions = []) {
  // TypeScript uses the declarations next to a script if the manifest names none.
  if (typeof exported === 'string') {
    const declarations = typeof types === 'string' ? types : exported.replace(/\.(c?)js$/, '.d.$1ts');
    return [{ conditions, types: join(directory, declarations), script: join(directory, exported) }];
  }
  const { types: declarations = types, ...scripts } = exported;
  return Object.entries(scripts).flatMap(([condition, file]) => pairsOf(file, declarations, [...conditions, condition]));
}
