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
  'the channel': ['tell', 'ask'],
};

/**
 * Continues in a page whose effects the test can replace, and in which a user is signed in.
 *
 * @param {Play} play
 */
async function openSeam(play) {
  const page = await openPage(play.test);
  const { client, ehr, tab, settings } = page;
  Object.assign(play, { client, ehr, tab, settings });
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  play.mark();
  return page;
}

/** The outcome of the same calls without wrapped effects. @type {Awaited<ReturnType<typeof story>> | undefined} */
let usual;

/** @type {import('./play.mjs').Rows} */
export const FAULTY_EFFECTS = {
  H145: Object.entries(EFFECTS).map(([title, names]) => ({
    title,
    async run(play) {
      const called = new Set();
      const note = (/** @type {string} */ name) => called.add(name);
      usual ??= await story(play.test);
      assert.deepEqual(await story(play.test, (page) => callAgain(page, names, note)), usual);
      assert.deepEqual([...called].sort(), [...names].sort());
      const page = await openSeam(play);
      // `sendEarly` is for pages without keys; these have them (early-keys.test.mjs).
      assert.deepEqual(Object.keys(page.own).sort(), [...Object.values(EFFECTS).flat(), 'sendEarly'].sort());
      callAgain(page, names, note);
      assert.equal((await page.client.userInfo()).name, 'Amara');
    },
  })),
  H146: Object.values(EFFECTS)
    .flat()
    .map((name) => ({
      title: name,
      // A failed revocation does not make the sign-out fail.
      code: name === 'sendAll' ? 'ok' : failure(name),
      async run(play) {
        const page = await openSeam(play);
        const { engine, client, ehr, effects, own } = page;
        for (const bad of Object.values(BAD)) await assertFails(page, name, bad);
        assert.equal(engine.starts(), 1, 'one instance for the client and for inquiries');
        assert.deepEqual(ehr.reused, []);
        play.mark();
        if (name === 'ask') {
          ehr.lose();
          await assert.rejects(client.refresh(), { code: 'network' });
        }
        effects[name] = BAD.throws;
        const others = { keys: CALLS['ready of another client'], random: CALLS.authorize };
        const run = name === 'keys' || name === 'random' ? others[name] : CALLS.refresh;
        try {
          return await run(page);
        } finally {
          Object.assign(effects, own, { ask: async () => '' });
        }
      },
    })),
  H147: /** @satisfies {[string, (own: Buffer) => Buffer][]} */ ([
    ['another version', (own) => (own.set([Number(own.at(-1)) ^ 1], own.length - 1), own)],
    ['a truncated file', (own) => own.subarray(0, -8)],
    ['an empty module', () => Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
    ['no module', () => Buffer.from('<!doctype html>')],
  ]).map(([title, make]) => ({
    title,
    async run(play) {
      await play.signIn();
      play.mark();
      /** @type {typeof import('smart-launch/slim')} */
      const { createSmartClient, setWasm } = await import(`${import.meta.resolve('smart-launch/slim')}?hostile=${title}`);
      const own = () => readFile(new URL('dist/smart-launch.wasm', packageDirectory));
      const requestCount = play.ehr.requests.length;
      setWasm(make(await own()));
      const refused = await outcomeOf(createSmartClient(play.settings).ready());
      assert.equal(play.ehr.requests.length, requestCount);
      setWasm(await own());
      const client = createSmartClient({ ...play.settings, storage: 'memory' });
      assert.ok(await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) }));
      throw refused;
    },
  })),
};
