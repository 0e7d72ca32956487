// What is in the package, and what is not.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as smartLaunch from 'smart-launch';
import { packageDirectory } from './installed.mjs';

const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'THIRD-PARTY.md',
  'dist/blocks-engine.js',
  'dist/edge-light.js',
  'dist/engine.js',
  'dist/fhirclient.d.ts',
  'dist/fhirclient.js',
  'dist/form-post-worker.d.ts',
  'dist/form-post-worker.js',
  'dist/form-post.d.ts',
  'dist/form-post.js',
  'dist/index.cjs',
  'dist/index.d.cts',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/inquiries-engine.js',
  'dist/isolated.d.ts',
  'dist/isolated.js',
  'dist/lease.js',
  'dist/metadata.js',
  'dist/react.d.ts',
  'dist/react.js',
  'dist/sign-out.js',
  'dist/slim.d.ts',
  'dist/slim.js',
  'dist/smart-launch-blocks.wasm',
  'dist/smart-launch-inquiries.wasm',
  'dist/smart-launch.wasm',
  'dist/static.js',
  'dist/texts.js',
  'dist/use.js',
  'dist/windows.js',
  'dist/worker.d.ts',
  'dist/worker.js',
  'dist/workerd.js',
  'package.json',
  'sbom.cdx.json',
];

const manifest = JSON.parse(await readFile(new URL(import.meta.resolve('smart-launch/package.json')), 'utf8'));
const installed = await installation();

test('values exported are those of the declarations', async () => {
  const declarations = await readFile(new URL('dist/index.d.ts', packageDirectory), 'utf8');
  const declared = [...declarations.matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(Object.keys(smartLaunch).sort(), [...new Set(declared)].sort());
});

test('exports are functions and classes with their names', () => {
  for (const value of Object.values(smartLaunch)) assert.equal(typeof value, 'function');
  assert.equal(smartLaunch.SmartError.name, 'SmartError');
});

test('installing it adds one package', () => {
  const added = Object.keys(installed.lock.packages).filter((path) => !(path in installed.before.packages));
  assert.deepEqual(added, ['node_modules/smart-launch']);
});

test('it has no dependencies and no scripts, and asks for React of those alone who have it', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta, optionalDependencies, bundleDependencies, scripts } =
    manifest;
  for (const member of [dependencies, optionalDependencies, bundleDependencies, scripts]) {
    assert.equal(member, undefined);
  }
  assert.deepEqual(Object.keys(peerDependencies), ['react']);
  assert.deepEqual(peerDependenciesMeta, { react: { optional: true } });
  assert.equal(installed.lock.packages['node_modules/smart-launch'].hasInstallScript, undefined);
});

test('manifest: an ES module, typed, with a version, without side effects but those of what runs elsewhere', () => {
  assert.equal(manifest.name, 'smart-launch');
  assert.equal(manifest.type, 'module');
  assert.deepEqual(manifest.sideEffects, ['./dist/worker.js', './dist/form-post-worker.js']);
  assert.match(manifest.version, /^\d+\.\d+\.\d+/);
  for (const [entry, exported] of Object.entries(manifest.exports)) {
    for (const [name, target] of targets(exported)) {
      assert.ok(FILES.includes(target.slice(2)), `${entry} ${name}`);
    }
    if (typeof exported === 'object') assert.equal(targets(exported)[0][0], 'types', `${entry}: types first`);
  }
});

test('tarball holds the files that belong there and no others', async () => {
  const names = entriesOf(gunzipSync(await readFile(installed.tarball)));
  assert.deepEqual(names.sort(), FILES.map((file) => `package/${file}`).sort());
});

test('nothing in it knows where it was built', async () => {
  for (const file of FILES) {
    const text = await readFile(new URL(file, packageDirectory), 'utf8');
    assert.doesNotMatch(text, /\/(root|home|work|Users|tmp)\/|\.cargo|sourceMappingURL/, file);
  }
});

test('nothing in it evaluates text, or reaches for a window', async () => {
  for (const file of FILES.filter((name) => name.endsWith('.js'))) {
    const code = await readFile(new URL(file, packageDirectory), 'utf8');
    assert.doesNotMatch(code, /\beval\(|new Function\b|\bwindow\.|document\.cookie/, file);
  }
});

/** Files that an entry stands for, in order, under all conditions. */
const targets = (exported) =>
  typeof exported === 'string'
    ? [['file', exported]]
    : Object.entries(exported).flatMap(([name, inner]) => (typeof inner === 'string' ? [[name, inner]] : targets(inner)));

/** What npm wrote down of the installation, what was there before, and the tarball it came from. */
async function installation() {
  const modules = dirname(fileURLToPath(packageDirectory));
  const read = async (path) => JSON.parse(await readFile(join(modules, path), 'utf8'));
  const [lock, before] = [await read('.package-lock.json'), await read('../package-lock.json')];
  const { resolved } = lock.packages['node_modules/smart-launch'];
  return { lock, before, tarball: join(dirname(modules), resolved.replace(/^file:/, '')) };
}

/** Names of the entries of a tar archive (POSIX ustar: blocks of 512 bytes, name at 0, size in octal at 124). */
function entriesOf(tar) {
  const names = [];
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + 512);
    names.push(header.toString('utf8', 0, 100).replace(/\0.*$/s, ''));
    const size = parseInt(header.toString('utf8', 124, 136), 8);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}
