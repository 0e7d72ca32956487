// The docs pages about errors describe every error code, and no others.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const texts = join(process.env.SMART_LAUNCH_DEMO, 'node_modules/smart-launch/dist/texts.js');
const { describe, ERRORS, WARNINGS } = await import(pathToFileURL(texts));

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const [codesDeclared, warningsDeclared, page, messages, readme] = await Promise.all(
  [
    'pkg-template/src/error/smart-error-code.ts',
    'pkg-template/src/error/smart-warning.ts',
    'docs/errors.md',
    'docs/messages.md',
    'pkg-template/README.md',
  ].map(read),
);
const declarations = codesDeclared + warningsDeclared;

/** Members of a union of string literals. */
function union(name) {
  const [, members] = new RegExp(`export type ${name} =([^;]*);`).exec(declarations);
  return [...members.matchAll(/'(\w+)'/g)].map(([, member]) => member).sort();
}

/** The codes in the first cells of the rows under the headings for which `isWanted` returns true. */
function codes(isWanted) {
  const sections = page.split(/^## /m).slice(1).filter((section) => isWanted(section.split('\n')[0]));
  return sections.flatMap((section) => [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)).sort();
}

test('errors: each code is declared, has a text, and is on the page once', () => {
  assert.deepEqual(Object.keys(ERRORS).sort(), union('SmartErrorCode'));
  assert.deepEqual(codes((heading) => !['Warnings', 'Fault', 'State'].includes(heading)), union('SmartErrorCode'));
});

test('warnings: each code is declared, has a text, and is on the page once', () => {
  assert.deepEqual(Object.keys(WARNINGS).sort(), union('SmartWarningCode'));
  assert.deepEqual(codes((heading) => heading === 'Warnings'), union('SmartWarningCode'));
});

test('each code is in the row of its fault; the row of `server` stands for all other codes', () => {
  const section = page.split(/^## /m).find((part) => part.startsWith('Fault\n'));
  for (const code of Object.keys(ERRORS)) {
    const { fault } = describe({ code, oauth: { error: 'access_denied' } });
    const row = section.split('\n').find((line) => line.startsWith(`| \`${fault}\` |`));
    assert.ok(fault === 'server' || ['token_refused'].includes(code) || row.includes(`\`${code}\``), `${code}: ${fault}`);
  }
});

test('docs/messages.md has each message with its keys, and no others', async () => {
  const { english } = await import(pathToFileURL(join(process.env.SMART_LAUNCH_DEMO, 'node_modules/smart-launch/dist/messages.js')));
  const rows = [...messages.matchAll(/^\| (.*\.) \| (`.*`) \|$/gm)].map(([, text, keys]) => [text, keys.match(/\w+/g)]);
  assert.deepEqual(
    rows.flatMap(([text, keys]) => keys.map((key) => [key, text])).sort(),
    Object.entries(english).sort(),
  );
});

test('every row says what a code means and what to do', () => {
  for (const row of page.split('\n').filter((line) => line.startsWith('| `'))) {
    const cells = row.split('|').slice(1, -1).map((cell) => cell.trim());
    assert.ok([2, 3].includes(cells.length) && cells.every(Boolean), row);
  }
});

test("the README's table has each code once", () => {
  const section = /## Errors\n(.*?)\n## /s.exec(readme)[1];
  const rows = section.split('\n').filter((line) => line.startsWith('|')).join(' ');
  assert.deepEqual([...rows.matchAll(/`(\w+)`/g)].map(([, code]) => code).sort(), union('SmartErrorCode'));
});
