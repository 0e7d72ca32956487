// The table of hostile servers, users and links (tests/hostile.json, copied to hostile/cases.json), run over HTTP against the
// package.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { ANSWERS } from './hostile/answers.mjs';
import { ARRIVALS } from './hostile/arrivals.mjs';
import { CALLBACK } from './hostile/callback.mjs';
import { COST } from './hostile/cost.mjs';
import { IDENTITY } from './hostile/identity.mjs';
import { ISOLATION } from './hostile/isolation.mjs';
import { KEYS } from './hostile/keys.mjs';
import { LAUNCH } from './hostile/launch.mjs';
import { LOCKS } from './hostile/locks.mjs';
import { MESSAGES } from './hostile/messages.mjs';
import { MIX_UP } from './hostile/mix-up.mjs';
import { playVariant } from './hostile/play.mjs';
import { PROOFS } from './hostile/proofs.mjs';
import { REFRESH } from './hostile/refresh.mjs';
import { RENEWAL } from './hostile/renewal.mjs';
import { REQUESTS } from './hostile/requests.mjs';
import { RESOURCE } from './hostile/resource.mjs';
import { FAULTY_EFFECTS } from './hostile/faulty-effects.mjs';
import { SESSION } from './hostile/session.mjs';
import { SIGNED_RESPONSES } from './hostile/signed-responses.mjs';
import { TOKENS } from './hostile/tokens.mjs';
import { TRANSPORT } from './hostile/transport.mjs';
import { WINDOWS } from './hostile/windows.mjs';

const { cases } = JSON.parse(await readFile(new URL('hostile/cases.json', import.meta.url), 'utf8'));
const variants = {
  ...LAUNCH,
  ...CALLBACK,
  ...TRANSPORT,
  ...TOKENS,
  ...IDENTITY,
  ...KEYS,
  ...RESOURCE,
  ...REFRESH,
  ...WINDOWS,
  ...ISOLATION,
  ...FAULTY_EFFECTS,
  ...MIX_UP,
  ...SESSION,
  ...RENEWAL,
  ...LOCKS,
  ...COST,
  ...REQUESTS,
  ...ANSWERS,
  ...ARRIVALS,
  ...MESSAGES,
  ...PROOFS,
  ...SIGNED_RESPONSES,
};

const NOT_RUN = {
  H042: 'tabs need a browser: tests/tabs/callback.test.mjs',
  H043: 'the back/forward cache needs a browser',
  H093: 'tabs need a browser: tests/tabs/refresh.test.mjs',
  H094: 'tabs need a browser: tests/tabs/closed-tab.test.mjs',
  H095: 'a lock that another tab holds needs a browser; tested natively in tests/native/hostile/refresh.rs',
  H099: 'tabs need a browser; tested natively in tests/native/hostile/refresh.rs',
  H109: 'tested by servers.test.mjs: sessions of another issuer are not used; the names of locks are tested natively',
  H110: 'tested by wake-up.test.mjs: nothing is sent before the network is back',
  H131: 'tested by tab-storage.test.mjs: blocked, full, corrupt and old records',
  H139: 'tested by engine.test.mjs: wasm_unavailable names the directive, and the next call tries again',
  H141: 'tested by engine.test.mjs: traps in exports and imports, also in a row; by memory.test.mjs: responses of 64 MiB',
  H142: 'tested by memory.test.mjs: the scan after each operation, and while a request is pending',
  H143: 'a documented limit: scripts of the page that replace built-ins see the values passed to them',
};

const passed = new Set(Object.keys(variants));

test('every row is run or has a reason why not', () => {
  const listed = [...Object.keys(variants), ...Object.keys(NOT_RUN)];
  assert.deepEqual(listed.sort(), cases.map(({ id }) => id).sort());
});

test('rows with several codes or states are run with each of them', () => {
  const notRun = (stated, run) => (stated.includes(' / ') ? stated.split(' / ').filter((value) => !run.includes(value)) : []);
  for (const row of cases.filter(({ id }) => variants[id])) {
    const codes = variants[row.id].map(({ code }) => code ?? row.code);
    if (codes.some((code) => !['ok', 'null'].includes(code))) codes.push('typed');
    assert.deepEqual(notRun(row.code, codes), [], row.id);
    assert.deepEqual(notRun(row.left, variants[row.id].map(({ left }) => left ?? row.left)), [], row.id);
  }
});

for (const row of cases.filter(({ id }) => variants[id])) {
  describe(`${row.id} ${row.given}`, () => {
    for (const variant of variants[row.id]) {
      test(`${variant.title}: ${variant.code ?? row.code}`, async (t) => {
        try {
          await playVariant(t, row, variant);
        } catch (error) {
          passed.delete(row.id);
          throw error;
        }
      });
    }
  });
}

after(() => {
  const notPassed = cases.length - passed.size;
  console.log(`hostile (package): ${passed.size} rows passed, ${notPassed} not run`);
  for (const [id, reason] of Object.entries(NOT_RUN)) console.log(`  ${id}: ${reason}`);
});
