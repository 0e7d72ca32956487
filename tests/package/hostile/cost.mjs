// Group P: cost grows in proportion to length, and inputs that are too long are refused.

import assert from 'node:assert/strict';
import { assertLinear } from '../cost.mjs';
import { watchEngine } from '../engine.mjs';
import { required } from '../required.mjs';
import { signIn } from '../sign-in.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('smart-launch').SmartSession} SmartSession
 */

const APP = 'https://app.example/';
const BACK = `${APP}back`;
/**
 * @template T
 * @param {number} length
 * @param {(number: number) => T} item
 */
const list = (length, item) => Array.from({ length }, (_, number) => item(number));
/** @param {number} length */
const scopes = (length) => list(length, (number) => `patient/Observation.rs?code=${number}`).join(' ');

/**
 * Work whose time and linear memory grow with the length of an input, not with its square.
 *
 * @param {string} title
 * @param {number} length a quarter of a length near the size limit
 * @param {(play: Play) => Promise<(length: number) => Promise<unknown>>} prepare
 * @returns {Variant}
 */
const linear = (title, length, prepare) => ({
  title,
  code: 'ok',
  async run(play) {
    const engine = watchEngine(play.test);
    await play.signIn();
    play.mark();
    /** @type {(length: number) => Promise<unknown>} */
    let work = async () => {};
    /**
     * Bytes by which the memory of a new engine grows.
     *
     * @param {number} length
     */
    const memoryGrowth = async (length) => {
      await play.open(APP, { fresh: true });
      await play.client.ready();
      work = await prepare(play);
      const before = engine.size();
      await work(length);
      return engine.size() - before;
    };
    const [quarter, full] = [await memoryGrowth(length), await memoryGrowth(4 * length)];
    assert.ok(full <= 4 * quarter + 8 * MIB, `${full} bytes, and ${quarter} for a quarter`);
    await assertLinear(length, work);
    play.ehr.grant({});
  },
});
const MIB = 1_048_576;

/**
 * A second client, so that the first keeps its session.
 *
 * @param {Play} play
 * @param {Partial<Play['settings']>} changes
 */
const secondClient = ({ page, settings }, changes = {}) =>
  page.createSmartClient({ ...settings, storage: 'memory', ...changes });

/**
 * A sign-in of a second client, with these changes of the token response.
 *
 * @param {string} title
 * @param {number} length
 * @param {(length: number) => object} changes
 */
const tokenResponseWith = (title, length, changes) =>
  linear(title, length, async (play) => {
    const client = secondClient(play);
    return async (length) => {
      play.ehr.grant(changes(length));
      assert.equal((await signIn(client))?.patient, 'zoe');
    };
  });

/**
 * An input that is refused only for its length: with the greatest permitted length it works.
 *
 * @param {string} title
 * @param {string} code
 * @param {number} limit
 * @param {(play: Play, length: number) => Promise<unknown>} attempt
 * @returns {Variant}
 */
const limited = (title, code, limit, attempt) => ({
  title,
  code,
  async run(play) {
    await play.signIn();
    play.mark();
    try {
      await attempt(play, limit);
    } catch (error) {
      assert.fail(`${limit} is within the limit: ${error}`);
    }
    play.ehr.grant({});
    try {
      return await attempt(play, limit + 1);
    } finally {
      play.ehr.grant({});
    }
  },
});
/**
 * @param {(length: number) => object} changes
 * @returns {(play: Play, length: number) => Promise<SmartSession | null>}
 */
const signInWithTokens = (changes) => (play, length) => {
  play.ehr.grant(changes(length));
  return signIn(secondClient(play));
};
/**
 * A sign-in whose token response has this many bytes.
 *
 * @param {Play} play
 * @param {number} length
 */
const signInWithBody = (play, length) => {
  play.ehr.answer('/token', () => {
    const body = JSON.stringify(play.ehr.tokenResponse());
    return { headers: { 'content-type': 'application/json' }, body: body.padEnd(length) };
  });
  return signIn(secondClient(play));
};
/** @param {number} depth */
const nested = (depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
/**
 * Calls `ready()` with a callback of this many characters.
 *
 * @param {Play} play
 * @param {number} length
 */
const readyWithCallback = async (play, length) => {
  const client = secondClient(play);
  const request = await client.authorize({ navigate: false });
  return client.ready({ callback: `${play.honest(request)}&x=`.padEnd(length, 'a') });
};

const FILLINGS = ['a', 'a=1&', '&', 'code=a&', '%41=%41&', '?', '#', '/?', '%'];

/** @type {import('./play.mjs').Rows} */
export const COST = {
  H168: [
    tokenResponseWith('scopes of a token response', 5_000, (length) => ({ scope: scopes(length) })),
    tokenResponseWith('fhirContext', 1_500, (length) => ({ fhirContext: list(length, (n) => ({ reference: `Basic/${n}` })) })),
    tokenResponseWith('authorization_details', 1_100, (length) => ({
      authorization_details: list(length, (n) => ({ type: 'smart_on_fhir', locations: [`https://ehr-${n}.example/`] })),
    })),
    tokenResponseWith('text of a token response', 250_000, (length) => ({ extra: '\u00fc'.repeat(length / 2) })),
    linear('capabilities', 4_500, async (play) => {
      let number = 0;
      return (length) => {
        const path = `/fhir/${++number}`;
        const json = { ...play.ehr.document, capabilities: list(length, (n) => `capability-${n}`) };
        play.ehr.answer(`${path}/.well-known/smart-configuration`, { json });
        return secondClient(play, { fhirBaseUrl: play.ehr.origin + path }).discover();
      };
    }),
    linear('texts of an error', 150_000, async (play) => {
      const client = secondClient(play);
      return async (length) => {
        const json = { error: 'invalid_grant', error_description: 'a"'.repeat(length / 2) };
        play.ehr.answer('/token', { status: 400, json });
        await assert.rejects(signIn(client), { code: 'token_refused' });
      };
    }),
    linear('pairs of a launch', 50_000, async (play) => async (length) => {
      const iss = encodeURIComponent(play.ehr.fhirBaseUrl);
      const { createSmartClient } = await play.tab.open(`${APP}?iss=${iss}&launch=x&${'a=b&'.repeat(length)}`, { fresh: false });
      await createSmartClient({ ...play.settings, storage: 'memory' }).authorize({ navigate: false });
      await play.tab.open(APP, { fresh: false });
    }),
    linear('pairs of a callback', 70_000, async (play) => {
      const client = secondClient(play);
      return async (length) => {
        const request = await client.authorize({ navigate: false });
        await client.ready({ callback: `${play.honest(request)}&${'a=b&'.repeat(length)}` });
      };
    }),
    linear('record of a session', 250_000, async (play) => {
      const { storage } = play.tab;
      const key = required(Object.keys(storage).find((key) => key.includes(':session:')));
      const record = JSON.parse(required(storage.getItem(key)));
      return async (length) => {
        const tokenResponse = { ...record.tokenResponse, extra: 'x'.repeat(length) };
        storage.setItem(key, JSON.stringify({ ...record, tokenResponse }));
        const client = play.page.createSmartClient(play.settings);
        assert.equal((await client.ready())?.patient, 'zoe');
        client.dispose();
      };
    }),
    linear('message on the channel', 250_000, async (play) => {
      const { storage } = play.tab;
      const key = required(Object.keys(storage).find((key) => key.includes(':session:')));
      const { state } = JSON.parse(required(storage.getItem(key)));
      const name = key.split(':').slice(0, -2).join(':');
      const [sender, observer] = [new BroadcastChannel(name), new BroadcastChannel(name)];
      play.test.after(() => [sender, observer].forEach((channel) => channel.close()));
      return async (length) => {
        const arrived = new Promise((resolve) => (observer.onmessage = resolve));
        sender.postMessage(['renewed', state, JSON.stringify({ x: 'x'.repeat(length) })]);
        await arrived;
        await play.client.getAccessToken();
      };
    }),
    linear('servers of a client', 2_500, async (play) => (length) => {
      const { fhirBaseUrl, ...shared } = play.settings;
      const otherServers = list(length, (n) => ({ fhirBaseUrl: `https://ehr-${n}.example/fhir`, redirectUri: `${BACK}/${n}` }));
      const servers = [...otherServers, { fhirBaseUrl, redirectUri: `${BACK}/own` }];
      const client = play.page.createSmartClient({ ...shared, storage: 'memory', servers });
      return client.authorize({ navigate: false, iss: fhirBaseUrl });
    }),
    linear('scopes of a client', 5_000, async (play) => async (length) => {
      const client = secondClient(play, { scope: scopes(length), authorizeMethod: 'POST' });
      return client.authorize({ navigate: false });
    }),
    linear('appState', 250_000, async (play) => {
      const client = secondClient(play);
      return (length) => client.authorize({ navigate: false, appState: 'x'.repeat(length) });
    }),
    linear('headers of a request', 100, async (play) => (length) => {
      play.ehr.answer('/fhir/Patient/zoe', { json: {} });
      const headers = list(length, (n) => /** @type {[string, string]} */ ([`x-header-${n}`, 'x']));
      return play.client.fetch('Patient/zoe', { headers });
    }),
    limited('bytes of a response', 'body_too_large', 1_048_576, signInWithBody),
    limited(
      'bytes of a token',
      'token_response_invalid',
      65_536,
      signInWithTokens((length) => ({ access_token: 'a'.repeat(length) })),
    ),
    limited('characters of an id', 'launch_context_invalid', 512, signInWithTokens((length) => ({ patient: 'a'.repeat(length) }))),
    // The token response has six members already.
    limited(
      'members of a token response',
      'token_response_invalid',
      256,
      signInWithTokens((length) => Object.fromEntries(list(length - 6, (n) => [`member-${n}`, n]))),
    ),
    limited('depth of a response', 'json_invalid', 32, signInWithTokens((length) => ({ extra: nested(length) }))),
    limited('characters of a callback', 'callback_malformed', 1_310_720, readyWithCallback),
    limited('characters of a launch', 'launch_invalid', 8_192, (play, length) =>
      secondClient(play, { authorizeMethod: 'POST' }).authorize({ navigate: false, launch: 'x'.repeat(length) }),
    ),
  ],
  H169: FILLINGS.flatMap((filling) =>
    ['#', '#/x?', '?'].flatMap((mark) =>
      /** @satisfies {[string, (response: string, filler: string) => string][]} */ ([
        ['in front', (response, filler) => `${filler}&${response}`],
        ['behind', (response, filler) => `${response}&${filler}`],
      ]).map(([position, join]) => ({
        title: `${mark}, ${filling} ${position}`,
        async run(play) {
          const engine = watchEngine(play.test);
          await play.open(APP, { fresh: true });
          const { createSmartClient } = play.page;
          await play.begin();
          play.mark();
          const { search } = new URL(String(play.honest(required(play.request))));
          /** @param {number} length */
          const link = (length) => `${BACK}${mark}${join(search.slice(1), filling.repeat(length / filling.length))}`;
          /** @param {number} length */
          const arrive = async (length) => {
            // With the same copy of the library, because its engine is observed.
            play.address = (await play.tab.open(link(length), { fresh: false })).address;
            play.client = createSmartClient(play.settings);
            const outcome = await play.client.ready().catch((error) => error);
            assert.match(play.address(), /^\/back(#\/x?)?$/);
            return outcome;
          };
          const before = engine.size();
          const outcome = await arrive(2_000_000);
          await assert.rejects(play.client.ready({ callback: link(2_000_000) }), { code: 'callback_malformed' });
          await assertLinear(1_500_000, arrive);
          assert.equal(engine.size(), before, 'the URL is not passed to the engine');
          assert.equal(play.ehr.requestsTo('/token').length, 0);
          throw outcome;
        },
      })),
    ),
  ),
};
