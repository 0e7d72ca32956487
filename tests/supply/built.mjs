// The package as it was built.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The repository, the package's directory, and the packed package. */
export const [repository, directory, tarball] = ['REPOSITORY', 'PACKAGE', 'TARBALL'].map((name) => {
  const path = process.env[`SMART_LAUNCH_${name}`];
  if (!path) throw new Error('run this by `cargo xtask test supply`');
  return path;
});

export const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));

/** What apps import: the name to show, and for each condition the declarations and the script that belong together. */
export const entries = Object.entries(manifest.exports)
  .filter(([path]) => !/\.(json|wasm)$/.test(path))
  .map(([path, exported]) => ({ path, name: path === '.' ? 'index' : path.slice(2), pairs: pairsOf(exported) }));

function pairsOf(exported, types) {
  const file = (name) => name && join(directory, name);
  if (typeof exported === 'string') return [{ types: file(types), script: file(exported) }];
  const { types: own = types, ...conditions } = exported;
  return Object.values(conditions).flatMap((condition) => pairsOf(condition, own));
}
