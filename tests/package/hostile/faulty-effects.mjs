// Group L: effects that call the client again, fail or return invalid values.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { packageDirectory } from '../installed.mjs';
import { assertFails, BAD, callAgain, CALLS, failure, openPage, outcomeOf, story } from '../faulty-effects.mjs';
import { callbackOf } from '../sign-in.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 */

const EFFECTS = {
  storage: ['load', 'save', 'remove', 'keys'],
  clocks: ['now', 'steady'],
  'random values': ['random'],
  cryptography: ['hash', 'verify'],
  requests: ['send', 'sendAll', 'reach'],
  locks: ['lock', 'leave'],
  'the channel': ['publish', 'ask'],
};

/**
 * Continues in a page whose effects the test can replace, and in which a user is signed in.
 *
 * @param {Play} play
 */
async function openWrappedPage(play) {
  const page = await openPage(play.test);
  const { client, ehr, tab, settings } = page;
  Object.assign(play, { client, ehr, tab, settings });
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  play.mark();
  return page;
}

/** The outcome of the same calls without wrapped effects. @type {Awaited<ReturnType<typeof story>> | undefined} */
let expectedOutcome;

/** @type {import('./play.mjs').Rows} */
export const FAULTY_EFFECTS = {
  H145: Object.entries(EFFECTS).map(([title, names]) => ({
    title,
    async run(play) {
      const calledNames = new Set();
      const record = (/** @type {string} */ name) => calledNames.add(name);
      expectedOutcome ??= await story(play.test);
      assert.deepEqual(await story(play.test, (page) => callAgain(page, names, record)), expectedOutcome);
      assert.deepEqual([...calledNames].sort(), [...names].sort());
      const page = await openWrappedPage(play);
      // `sendEarly` is called only in a page that has no keys yet (early-keys.test.mjs).
      assert.deepEqual(Object.keys(page.originalEffects).sort(), [...Object.values(EFFECTS).flat(), 'sendEarly'].sort());
      callAgain(page, names, record);
      assert.equal((await page.client.userInfo()).name, 'Amara');
    },
  })),
  H146: Object.values(EFFECTS)
    .flat()
    .map((name) => ({
      title: name,
      // Only revocations use `sendAll`, and refresh() revokes nothing here.
      code: name === 'sendAll' ? 'ok' : failure(name),
      async run(play) {
        const page = await openWrappedPage(play);
        const { engine, client, ehr, effects, originalEffects } = page;
        for (const bad of Object.values(BAD)) await assertFails(page, name, bad);
        assert.equal(engine.starts(), 1, 'one instance for the client and for inquiries');
        assert.deepEqual(ehr.reused, []);
        play.mark();
        if (name === 'ask') {
          ehr.lose();
          await assert.rejects(client.refresh(), { code: 'network' });
        }
        effects[name] = BAD.throws;
        const otherCalls = { keys: CALLS['ready of another client'], random: CALLS.authorize };
        const run = name === 'keys' || name === 'random' ? otherCalls[name] : CALLS.refresh;
        try {
          return await run(page);
        } finally {
          Object.assign(effects, originalEffects, { ask: async () => '' });
        }
      },
    })),
  H147: /** @satisfies {[string, (wasm: Buffer) => Buffer][]} */ ([
    ['another version', (wasm) => (wasm.set([Number(wasm.at(-1)) ^ 1], wasm.length - 1), wasm)],
    ['a truncated file', (wasm) => wasm.subarray(0, -8)],
    ['an empty module', () => Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
    ['no module', () => Buffer.from('<!doctype html>')],
  ]).map(([title, changeWasm]) => ({
    title,
    async run(play) {
      await play.signIn();
      play.mark();
      /** @type {typeof import('smart-launch/slim')} */
      const { createSmartClient, setWasm } = await import(`${import.meta.resolve('smart-launch/slim')}?hostile=${title}`);
      const readWasm = () => readFile(new URL('dist/smart-launch.wasm', packageDirectory));
      const requestCount = play.ehr.requests.length;
      setWasm(changeWasm(await readWasm()));
      const error = await outcomeOf(createSmartClient(play.settings).ready());
      assert.equal(play.ehr.requests.length, requestCount);
      setWasm(await readWasm());
      const client = createSmartClient({ ...play.settings, storage: 'memory' });
      assert.ok(await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) }));
      throw error;
    },
  })),
};
