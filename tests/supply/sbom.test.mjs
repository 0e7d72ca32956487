// The bill of materials and the licence texts in the package.

import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { directory, manifest, repository } from './built.mjs';

const text = await readFile(join(directory, 'sbom.cdx.json'), 'utf8');
const bill = JSON.parse(text);
const thirdParty = await readFile(join(directory, 'THIRD-PARTY.md'), 'utf8');

test('the bill of materials is valid CycloneDX 1.6', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.equal(await validator.validate(text), null);
  assert.notEqual(await validator.validate(text.replace('"library"', '"book"')), null, 'the validator finds a wrong value');
});

test('the bill describes this package', () => {
  const { name, version, purl } = bill.metadata.component;
  assert.deepEqual({ name, version }, { name: manifest.name, version: manifest.version });
  assert.equal(purl, `pkg:npm/${name}@${version}`);
});

test('the bill lists wasm-bindgen, its dependencies, and alloc, core and compiler_builtins of Rust; nothing from npm', () => {
  assert.deepEqual(bill.components.map(({ name }) => name).sort(), [
    'alloc',
    'cfg-if',
    'compiler_builtins',
    'core',
    'unicode-ident',
    'wasm-bindgen',
    'wasm-bindgen-shared',
  ]);
  assert.ok(bill.components.every(({ purl }) => !purl.startsWith('pkg:npm/')));
});

test('crates have the version and the hash of Cargo.lock', async () => {
  const lock = await readFile(join(repository, 'Cargo.lock'), 'utf8');
  const crates = bill.components.filter(({ purl }) => purl.startsWith('pkg:cargo/'));
  assert.ok(crates.length > 0);
  for (const { name, version, purl, hashes } of crates) {
    assert.equal(purl, `pkg:cargo/${name}@${version}`);
    const entry = lock.split('[[package]]').find((entry) => entry.includes(`name = "${name}"\nversion = "${version}"`));
    assert.deepEqual(hashes, [{ alg: 'SHA-256', content: entry.match(/checksum = "(\w{64})"/)[1] }]);
  }
});

test('every component is a direct or indirect dependency of the package', () => {
  const uses = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
  const reached = new Set([bill.metadata.component['bom-ref']]);
  for (const ref of reached) for (const used of uses.get(ref)) reached.add(used);
  assert.deepEqual([...reached].slice(1).sort(), bill.components.map((component) => component['bom-ref']).sort());
});

test('nothing in the bill is specific to this build', () => {
  assert.equal(bill.serialNumber, undefined);
  assert.equal(bill.metadata.timestamp, undefined);
});

test('every component has a row in THIRD-PARTY.md, and the texts of its licence are there', () => {
  const headings = [...thirdParty.matchAll(/^## (.*)$/gm)].flatMap(([, names]) => names.split(', '));
  for (const { name, version, licenses } of bill.components) {
    assert.ok(thirdParty.includes(`| ${name} | ${version} | ${licenses[0].expression} |`), name);
    assert.ok(headings.includes(name), name);
  }
  const texts = ['Permission is hereby granted, free of charge', 'Apache License', 'UNICODE LICENSE V3', 'LLVM Exceptions'];
  for (const text of texts) assert.ok(thirdParty.includes(text), text);
});
