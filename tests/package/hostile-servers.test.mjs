// The table of attacks on the routes of `smart-launch/server` (tests/hostile-servers.json, copied to hostile-servers/cases.json).

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { CONNECTIONS } from './hostile-servers/connections.mjs';
import { COOKIES } from './hostile-servers/cookies.mjs';
import { OTHER_SITES } from './hostile-servers/other-sites.mjs';
import { PATHS } from './hostile-servers/paths.mjs';
import { playVariant } from './hostile-servers/play.mjs';
import { RESPONSES } from './hostile-servers/responses.mjs';
import { SIGN_IN } from './hostile-servers/sign-in.mjs';
import { STORED } from './hostile-servers/stored.mjs';

const { cases } = JSON.parse(await readFile(new URL('hostile-servers/cases.json', import.meta.url), 'utf8'));
const variants = { ...SIGN_IN, ...OTHER_SITES, ...COOKIES, ...PATHS, ...CONNECTIONS, ...RESPONSES, ...STORED };
/** The ids of rows of which all variants have passed. */
const passed = new Set();

test('every row has variants, at least one for each of its codes and none for another code', () => {
  assert.deepEqual(Object.keys(variants).sort(), cases.map(({ id }) => id).sort());
  for (const { id, code } of cases) {
    const codesOfVariants = new Set(variants[id].map((variant) => variant.code ?? code));
    assert.deepEqual([...codesOfVariants].sort(), code.split(' / ').sort(), id);
  }
});

for (const row of cases) {
  describe(`${row.id} ${row.given}`, () => {
    const remaining = new Set(variants[row.id]);
    for (const variant of variants[row.id] ?? []) {
      test(`${variant.title}: ${variant.code ?? row.code}`, async (t) => {
        await playVariant(t, row, variant);
        remaining.delete(variant);
        if (remaining.size === 0) passed.add(row.id);
      });
    }
  });
}

after(() => console.log(`hostile (servers): ${passed.size} of ${cases.length} rows passed`));
