// Checks the packed package with publint and "Are the types wrong?".

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { entries, manifest, tarball } from './built.mjs';

const tarballBytes = await readFile(tarball);

test('publint reports nothing', async () => {
  const archive = tarballBytes.buffer.slice(tarballBytes.byteOffset, tarballBytes.byteOffset + tarballBytes.byteLength);
  const { messages } = await publint({ pack: { tarball: archive }, strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest)), []);
});

test('every entry resolves to its own types, as an ES module and, if the manifest offers it, as CommonJS', async () => {
  const archive = createPackageFromTarballData(tarballBytes);
  const { types, entrypoints, problems } = await checkPackage(archive, { excludeEntrypoints: [/\.(json|wasm)$/] });
  assert.equal(types.kind, 'included');
  assert.deepEqual(Object.keys(entrypoints).sort(), entries.map(({ path }) => path).sort());
  assert.deepEqual(problems.filter((problem) => !isIntended(problem)), []);
});

/** Whether the finding is intended, because the manifest offers this entry only as an ES module. */
function isIntended({ kind, entrypoint }) {
  const hasRequire = JSON.stringify(manifest.exports[entrypoint])?.includes('"require"');
  return kind === 'CJSResolvesToESM' && !hasRequire;
}
