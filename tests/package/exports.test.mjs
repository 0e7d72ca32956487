// The contents of the package.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as smartLaunch from 'smart-launch';
import { packageDirectory } from './installed.mjs';

/** Entries that apps import or require. */
const IMPORTED = [
  'angular',
  'app-state',
  'brands',
  'confidential',
  'dpop',
  'fhirclient',
  'form-post',
  'isolated',
  'messages',
  'messages-de',
  'messages-es',
  'messages-fr',
  'react',
  'registration',
  'server',
  'server-postgres',
  'server-redis',
  'server-session',
  'slim',
  'style',
  'svelte',
  'testing',
  'vite',
  'vue',
];
/** Scripts that run in a worker or in a page without a bundler. */
const SCRIPTS = ['dpop-worker', 'fhirclient-script', 'form-post-worker', 'worker'];
/** Chunks that an entry loads when a call needs them. */
const CHUNKS = [
  'blocks-engine',
  'confidential-engine',
  'dpop-engine',
  'engine',
  'fhir-calls',
  'idle-timeout',
  'inquiries-engine',
  'lease',
  'metadata',
  'session',
  'push-engine',
  'session-engine',
  'sign-out',
  'texts',
  'windows',
];
/** The program `smart-launch`, and its command. */
const PROGRAM = ['cli', 'doctor'];
/** Pages of the documentation. */
const PAGES = [
  'app-state',
  'brands',
  'confidential-clients',
  'content-security-policy',
  'deployment',
  'doctor',
  'dpop',
  'ehr-launch',
  'errors',
  'fhir-calls',
  'form-post',
  'messages',
  'frameworks',
  'multiple-servers',
  'offline-access',
  'popup',
  'registration',
  'server-frameworks',
  'server-side-sessions',
  'standalone-launch',
  'style',
  'testing',
  'web-worker',
  'where-tokens-are',
];
/** Files for tools that read neither `exports` nor JavaScript after ES2019. */
const ES2019_NAMES = ['index', 'static', ...CHUNKS, ...IMPORTED, ...SCRIPTS].filter(
  (name) => name !== 'slim' && name !== 'fhirclient-script',
);

const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'THIRD-PARTY.md',
  'package.json',
  'sbom.cdx.json',
  ...['confidential-edge', 'confidential-workerd', 'edge-light', 'index', 'static', 'workerd'].map((name) => `dist/${name}.js`),
  ...['registration-edge', 'registration-workerd', 'server-edge', 'server-workerd'].map((name) => `dist/${name}.js`),
  'dist/smart-launch.wasm',
  'dist/smart-launch-confidential.wasm',
  ...[...CHUNKS, ...IMPORTED, ...SCRIPTS].map((name) => `dist/${name}.js`),
  ...PROGRAM.map((name) => `dist/${name}.js`),
  ...ES2019_NAMES.map((name) => `dist/es2019/${name}.js`),
  ...(await declarations(['index', ...IMPORTED])).flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.d.cts`]),
  ...['index', ...IMPORTED].map((name) => `dist/${name}.cjs`),
  ...SCRIPTS.map((name) => `dist/${name}.d.ts`),
  ...['static', ...IMPORTED, ...SCRIPTS].map((name) => `${name}/package.json`),
  ...PAGES.map((name) => `docs/${name}.md`),
];

const manifest = JSON.parse(await readFile(new URL(import.meta.resolve('smart-launch/package.json')), 'utf8'));
const installed = await installation();

test('exported values are those of the declarations', async () => {
  const declarations = await readFile(new URL('dist/index.d.ts', packageDirectory), 'utf8');
  const declared = [...declarations.matchAll(/^export \{(.*?)\}/gms)].flatMap(([, names]) => names.match(/\w+/g));
  assert.deepEqual(Object.keys(smartLaunch).sort(), declared.sort());
});

test('exports are functions and classes, and the name of SmartError is not minified', () => {
  for (const value of Object.values(smartLaunch)) assert.equal(typeof value, 'function');
  assert.equal(smartLaunch.SmartError.name, 'SmartError');
});

test('installing the package adds one package', () => {
  const added = Object.keys(installed.lock.packages).filter((path) => !(path in installed.previousLock.packages));
  assert.deepEqual(added, ['node_modules/smart-launch']);
});

test('package has no dependencies and no scripts, and frameworks are optional peer dependencies', () => {
  const { dependencies, peerDependencies, peerDependenciesMeta, optionalDependencies, bundleDependencies, scripts } =
    manifest;
  for (const member of [dependencies, optionalDependencies, bundleDependencies, scripts]) {
    assert.equal(member, undefined);
  }
  // With a range, npm would not install the package beside another version of a framework, although the other entries work there.
  const anyVersion = ['@angular/common', '@angular/core', '@angular/router', 'rxjs', 'svelte', 'vue'];
  assert.deepEqual(peerDependencies, { react: '>=18', ...Object.fromEntries(anyVersion.map((name) => [name, '*'])) });
  const optional = Object.keys(peerDependencies).map((name) => [name, { optional: true }]);
  assert.deepEqual(peerDependenciesMeta, Object.fromEntries(optional));
  assert.equal(installed.lock.packages['node_modules/smart-launch'].hasInstallScript, undefined);
});

test('manifest: an ES module with types and a version; only workers and scripts have side effects', async () => {
  assert.equal(manifest.name, 'smart-launch');
  assert.equal(manifest.type, 'module');
  assert.deepEqual(manifest.sideEffects.toSorted(), SCRIPTS.map((name) => `./dist/${name}.js`));
  assert.match(manifest.version, /^\d+\.\d+\.\d+/);
  for (const [entry, exported] of Object.entries(manifest.exports)) {
    for (const [name, target] of targets(exported)) {
      assert.ok(FILES.includes(target.slice(2)), `${entry} ${name}`);
    }
    if (typeof exported === 'object') assert.equal(targets(exported)[0][0], 'types', `${entry}: types first`);
    if (typeof exported === 'object' && entry !== '.') await assertFolder(entry.slice(2), targets(exported));
  }
});

test('the programs that TypeScript checks with each module resolution import every entry', async () => {
  for (const file of ['entries.ts', 'require.cts']) {
    const code = await readFile(new URL(`set-ups/${file}`, import.meta.url), 'utf8');
    const imported = [...code.matchAll(/'smart-launch(?:\/([\w-]+))?'/g)].map(([, name = 'index']) => name);
    assert.deepEqual(imported.sort(), ['index', 'static', ...IMPORTED].sort(), file);
  }
});

test('the program has a line that names its interpreter, and no entry imports the program', async () => {
  assert.deepEqual(manifest.bin, { 'smart-launch': 'dist/cli.js' });
  for (const file of FILES.filter((name) => /^dist\/.*js$/.test(name))) {
    const code = await readFile(new URL(file, packageDirectory), 'utf8');
    assert.equal(code.startsWith('#!/usr/bin/env node\n'), file === 'dist/cli.js', file);
    if (!PROGRAM.includes(file.slice(5, -3))) assert.doesNotMatch(code, /node:util|\/doctor\.js/, file);
  }
});

test('tarball has exactly the expected files', async () => {
  const names = entriesOf(gunzipSync(await readFile(installed.tarball)));
  assert.deepEqual(names.sort(), FILES.map((file) => `package/${file}`).sort());
});

test('no file contains a path of the build machine', async () => {
  for (const file of FILES) {
    const text = await readFile(new URL(file, packageDirectory), 'utf8');
    assert.doesNotMatch(text, /\/(root|home|work|Users|tmp)\/|\.cargo|sourceMappingURL/, file);
  }
});

test('no file evaluates text as code, uses document.cookie, or needs a window', async () => {
  for (const file of FILES.filter((name) => name.endsWith('.js'))) {
    const code = await readFile(new URL(file, packageDirectory), 'utf8');
    assert.doesNotMatch(code, /\beval\(|new Function\b|\bwindow\.\w|document\.cookie/, file);
  }
});

/** Asserts that the folder of an entry names files of that entry. */
async function assertFolder(name, files) {
  const { main, module, types } = JSON.parse(await readFile(new URL(`${name}/package.json`, packageDirectory), 'utf8'));
  const entryFiles = files.map(([, file]) => file.replace('./', '../'));
  assert.ok(entryFiles.includes(main) && entryFiles.includes(types), name);
  assert.ok(!module || FILES.includes(module.slice(3)), name);
}

/** The files of an entry under all conditions, in order. */
const targets = (exported) =>
  typeof exported === 'string'
    ? [['file', exported]]
    : Object.entries(exported).flatMap(([name, inner]) => (typeof inner === 'string' ? [[name, inner]] : targets(inner)));

/** The declarations of these entries, and all declarations that they import, as paths without extension. */
async function declarations(entries) {
  const names = new Set(entries);
  for (const name of names) {
    const text = await readFile(new URL(`dist/${name}.d.ts`, packageDirectory), 'utf8');
    for (const [, path] of text.matchAll(/ from '(\.[^']*)\.js'/g)) names.add(join(dirname(name), path));
  }
  return [...names];
}

/** npm's lock files after and before the installation of the package, and the path of the tarball. */
async function installation() {
  const modules = dirname(fileURLToPath(packageDirectory));
  const read = async (path) => JSON.parse(await readFile(join(modules, path), 'utf8'));
  const [lock, previousLock] = [await read('.package-lock.json'), await read('../package-lock.json')];
  const { resolved } = lock.packages['node_modules/smart-launch'];
  return { lock, previousLock, tarball: join(dirname(modules), resolved.replace(/^file:/, '')) };
}

/** Names of the entries of a tar archive (POSIX ustar: blocks of 512 bytes, name at 0, size in octal at 124). */
function entriesOf(tar) {
  const names = [];
  for (let offset = 0; offset < tar.length && tar[offset] !== 0;) {
    const header = tar.subarray(offset, offset + 512);
    names.push(header.toString('utf8', 0, 100).replace(/\0.*$/s, ''));
    const size = parseInt(header.toString('utf8', 124, 136), 8);
    offset += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}
