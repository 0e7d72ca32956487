// Group G: keys, signed requests and the values of the store.

import assert from 'node:assert/strict';
import { createSmartServer, memoryStore } from 'smart-launch/server';
import { pemOf } from '../authenticating.mjs';
import { COOKIE_SECRET, createBrowser } from '../server-app.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

const SYMMETRIC = { kty: 'oct', k: 'Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmFyeQ', alg: 'HS256' };
const SIGNED_REQUESTS = /** @type {const} */ ({ clientAuth: { key: pemOf('ES384'), keyId: 'k' }, requestObject: 'reference' });

/** A store in memory whose values can be read and changed. */
function openStore() {
  const memory = memoryStore();
  /** @type {Map<string, string>} */
  const writtenValues = new Map();
  /** @type {import('smart-launch/server').SessionStore} */
  const store = {
    ...memory,
    async set(key, value, seconds) {
      writtenValues.set(key, value);
      await memory.set(key, value, seconds);
    },
  };
  return { memory, writtenValues, store };
}

/** The `request_uri` of a login. @param {Response} response */
const referenceOf = ({ headers }) => String(new URL(String(headers.get('location'))).searchParams.get('request_uri'));

/** @type {Record<string, Variant[]>} */
export const STORED = {
  S070: [
    {
      title: 'each option',
      async run({ options }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        const { k: secret } = SYMMETRIC;
        for (const invalidOptions of [
          { publicKeys: [SYMMETRIC] },
          { publicKeys: [{ key: SYMMETRIC }] },
          { clientAuth: { key: SYMMETRIC } },
          { clientAuth: { secret } },
          { clientAuth: { secret, method: 'client_secret_jwt' } },
        ]) {
          // Apps in JavaScript have no type checks.
          const setup = /** @type {import('smart-launch/server').SmartServerSetup} */ ({ ...options, ...invalidOptions });
          const text = await (await createBrowser(createSmartServer(setup)).visit('jwks.json')).text();
          assert.ok(!text.includes(secret) && !text.includes('oct'), text);
          outcomes[JSON.stringify(invalidOptions)] = 'ok';
        }
        return outcomes;
      },
    },
  ],

  S071: [
    {
      title: 'each id',
      async run({ options, id, test }) {
        const smart = createSmartServer({ ...options, ...SIGNED_REQUESTS });
        const attacker = createBrowser(smart);
        const requestUri = referenceOf(await attacker.visit('login'));
        const validId = String(requestUri.split('/').at(-1));
        assert.equal((await smart.handle(new Request(requestUri))).status, 200);
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const otherId of [
          ...['x', 'A'.repeat(43), id, validId.slice(1), `${validId}A`, validId.toUpperCase(), `${validId}.jwt`, `${validId}%00`, `${validId}//`, `../request/x`, '..%2fsession'],
          ...[...attacker.jar.values(), ...[...attacker.jar.keys()].map((name) => name.split('-').at(-1))],
        ]) {
          outcomes[String(otherId)] = await smart.handle(new Request(`${smart.baseUrl}/request/${otherId}`));
        }
        test.mock.timers.enable({ apis: ['Date'], now: Date.now() + 121_000 });
        outcomes['after two minutes'] = await smart.handle(new Request(requestUri));
        test.mock.timers.reset();
        return outcomes;
      },
    },
    {
      title: 'after two minutes, in a store that keeps values for longer',
      async run({ options, test }) {
        const { store, memory } = openStore();
        const set = (/** @type {string} */ key, /** @type {string} */ value) => memory.set(key, value, 86_400);
        const smart = createSmartServer({ ...options, ...SIGNED_REQUESTS, sessions: { store: { ...store, set } } });
        const requestUri = referenceOf(await createBrowser(smart).visit('login'));
        assert.equal((await smart.handle(new Request(requestUri))).status, 200);
        test.mock.timers.enable({ apis: ['Date'], now: Date.now() + 121_000 });
        const response = await smart.handle(new Request(requestUri));
        test.mock.timers.reset();
        return { expired: response };
      },
    },
  ],

  S072: [
    {
      title: 'each change',
      async run({ options }) {
        const { memory, writtenValues, store } = openStore();
        const setup = { ...options, sessions: { store } };
        const smart = createSmartServer(setup);
        const browser = createBrowser(smart);
        const [firstSignIn, secondSignIn] = [await browser.signIn(), await browser.signIn()];
        const keys = [...writtenValues.keys()].filter((key) => writtenValues.has(`${key}.used`));
        assert.equal(keys.length, 2);
        const values = keys.map((key) => String(writtenValues.get(key)));
        const session = () => browser.session(firstSignIn.id);
        assert.ok((await session()) && (await browser.session(secondSignIn.id)));
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        const [firstKey = '', secondKey = ''] = keys;
        const [firstValue = '', secondValue = ''] = values;
        for (const [title, value] of Object.entries({
          'the value of another session': secondValue,
          'the end of the value changed': `${firstValue.slice(0, -4)}AAAA`,
          'the version of the value changed': firstValue.replace('v1.', 'v2.'),
          'without version and key id': firstValue.split('.').slice(2).join('.'),
          truncated: firstValue.slice(0, 40),
          empty: '',
          JSON: '{"browser":"x","created":9999999999999,"records":[]}',
          'the time of the last use': String(writtenValues.get(`${secondKey}.used`)),
        })) {
          await memory.set(firstKey, value, 600);
          outcomes[title] = await session();
        }
        await memory.set(firstKey, firstValue, 600);
        const otherServer = createSmartServer({ ...setup, cookieSecret: `new ${COOKIE_SECRET}` });
        outcomes['another secret'] = await otherServer.session(browser.of(firstSignIn.id));
        assert.equal((await session())?.id, firstSignIn.id);
        return outcomes;
      },
    },
  ],
};
