// The table of attacks on the routes of `smart-launch/server` (tests/hostile-servers.json).

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
const plays = { ...SIGN_IN, ...OTHER_SITES, ...COOKIES, ...PATHS, ...CONNECTIONS, ...RESPONSES, ...STORED };
const met = new Set();

test('every row has variants, one for each of its codes', () => {
  assert.deepEqual(Object.keys(plays).sort(), cases.map(({ id }) => id).sort());
  for (const { id, code } of cases.filter(({ code }) => code.includes(' / '))) {
    assert.deepEqual([...new Set(plays[id].map(({ code }) => code))].sort(), code.split(' / ').sort(), id);
  }
});

for (const row of cases) {
  describe(`${row.id} ${row.given}`, () => {
    const left = new Set(plays[row.id]);
    for (const variant of plays[row.id] ?? []) {
      test(`${variant.what}: ${variant.code ?? row.code}`, async (t) => {
        await playVariant(t, row, variant);
        left.delete(variant);
        if (left.size === 0) met.add(row.id);
      });
    }
  });
}

after(() => console.log(`hostile (servers): ${met.size} of ${cases.length} rows met`));
