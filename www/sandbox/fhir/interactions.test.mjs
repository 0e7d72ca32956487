/** Each interaction has a row in the README and a test; those with a `level` are in the CapabilityStatement. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { capabilityStatement } from './capability.mjs';
import { INTERACTIONS } from './interactions.mjs';

const directory = new URL('.', import.meta.url);

test('the README has a row for each interaction', async () => {
  const readme = await readFile(new URL('../README.md', directory), 'utf8');
  const [, table = ''] = /\| interaction \| request \| \|\n\|[-|]+\n([^]*?)\n\n/.exec(readme) ?? [];
  const rows = INTERACTIONS.map(({ name, request, about }) => `| ${name} | \`${request}\` | ${about} |`);
  assert.equal(table, rows.join('\n'));
});

test('the CapabilityStatement lists the interactions that have a level', () => {
  const { rest } = capabilityStatement({ fhirBaseUrl: 'http://localhost/fhir', urlFor: () => '', started: new Date() });
  const names = (level) => INTERACTIONS.filter((interaction) => interaction.level === level).map(({ name }) => name);
  const codes = (interactions) => interactions.map(({ code }) => code);
  assert.deepEqual(codes(rest[0].interaction), names('system'));
  for (const { interaction } of rest[0].resource) assert.deepEqual(codes(interaction), names('type'));
});

test('each interaction has a test', async () => {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.test.mjs'));
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, directory), 'utf8')));
  const tested = texts.flatMap((text) => [...text.matchAll(/\n *test\('([^:']+): /g)].map(([, name]) => name));
  assert.deepEqual(
    INTERACTIONS.filter(({ name }) => !tested.includes(name)),
    [],
  );
});
