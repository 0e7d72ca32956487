// Group E: the keys that ID tokens are verified with, and the device's clock.

import assert from 'node:assert/strict';
import { callbackOf, signIn } from '../sign-in.mjs';
import { keyFor } from '../signer.mjs';
import { openidResponse, OPENID_OPTIONS, now, idTokenVariant } from './identity.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../signer.mjs').Key} Key
 * @typedef {import('../scripted-server.mjs').Script} Script
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 */

const DAY = 86_400;
/** @param {Play} play */
const keyRequestCount = ({ ehr }) => ehr.requestsTo('/jwks').length;

/**
 * Signs in, so that the keys are cached.
 *
 * @param {Play} play
 */
async function signInAndCacheKeys(play) {
  play.ehr.answer('/token', openidResponse(play, (ehr) => ehr.idToken()));
  await signIn(play.client);
}
/** @param {string} title @param {() => Key} key @returns {Variant} */
const rotation = (title, key) => ({
  title,
  options: OPENID_OPTIONS,
  async run(play) {
    await signInAndCacheKeys(play);
    play.ehr.publish({ ...key().jwk, kid: key().kid });
    return play.exchange(openidResponse(play, (ehr) => ehr.idToken({}, { key: key() })));
  },
  check: (play) => assert.equal(keyRequestCount(play), 2),
});

/**
 * Sign-ins whose ID tokens name unknown keys: `count` that are refused here, and a last one, whose error the caller checks.
 *
 * @param {Play} play
 * @param {number} count
 */
async function signInWithUnknownKeys(play, count) {
  for (let number = 0; number < count; number++) {
    const times = { iat: now(), exp: now() + 300 };
    play.ehr.answer(
      '/token',
      openidResponse(play, (ehr) => ehr.idToken(times, { header: { kid: `${number}` } })),
    );
    const request = await play.client.authorize({ navigate: false });
    await assert.rejects(play.client.ready({ callback: callbackOf(request) }), { code: 'id_token_invalid' });
  }
  return play.exchange(openidResponse(play, (ehr) => ehr.idToken({}, { header: { kid: 'the last' } })));
}

/**
 * A sign-in at a server whose response to the request for its keys is `response`.
 *
 * @param {string} title
 * @param {ScriptedResponse | ((play: Play) => ScriptedResponse)} response
 * @param {string} code
 * @returns {Variant}
 */
const jwksResponse = (title, response, code) => ({
  ...idTokenVariant(title, (ehr) => ehr.idToken(), { code }),
  async run(play) {
    play.ehr.answer('/jwks', typeof response === 'function' ? response(play) : response);
    return play.exchange(openidResponse(play, (ehr) => ehr.idToken()));
  },
});
const JSON_TYPE = { 'content-type': 'application/json' };
/** @param {string} type */
const htmlResponse = (type) => ({ headers: { 'content-type': type }, body: '<!doctype html><title>Sign in</title>' });
/** @param {number} count @param {(number: number) => object} key */
const manyKeys = (count, key) => ({ json: { keys: Array.from({ length: count }, (_, number) => key(number)) } });

/**
 * A refresh on a device whose clock is wrong by this many seconds.
 *
 * @param {string} title
 * @param {number} secondsOff
 * @returns {Variant}
 */
const wrongClock = (title, secondsOff) => ({
  title,
  options: OPENID_OPTIONS,
  async run(play) {
    await signInAndCacheKeys(play);
    const time = Date.now();
    const clock = play.test.mock.method(Date, 'now', () => time + secondsOff * 1_000);
    const id_token = play.ehr.idToken({ nonce: undefined });
    play.ehr.answer('/token', () => ({ json: play.ehr.tokenResponse({ refresh_token: undefined, id_token }) }));
    try {
      return await play.client.refresh();
    } finally {
      clock.mock.restore();
    }
  },
});

/** @type {import('./play.mjs').Rows} */
export const KEYS = {
  H086: [
    rotation('another kid', () => keyFor('RS256', '2')),
    rotation('the same kid, another key', () => ({ ...keyFor('RS256', '2'), kid: keyFor().kid })),
  ],
  H087: [
    {
      title: '51 unknown keys',
      options: OPENID_OPTIONS,
      run: (play) => signInWithUnknownKeys(play, 50),
      check: (play) => assert.equal(keyRequestCount(play), 1),
    },
    {
      title: 'another unknown key a minute later',
      options: OPENID_OPTIONS,
      async run(play) {
        await assert.rejects(signInWithUnknownKeys(play, 3), { code: 'id_token_invalid' });
        const newTime = Date.now() + 60_000;
        play.test.mock.method(Date, 'now', () => newTime);
        play.request = undefined;
        return signInWithUnknownKeys(play, 3);
      },
      check: (play) => assert.equal(keyRequestCount(play), 2),
    },
  ],
  H089: [
    jwksResponse('a redirect', ({ otherServer }) => ({ redirect: `${otherServer.origin}/keys` }), 'redirected'),
    jwksResponse('html', htmlResponse('text/html'), 'content_type'),
    jwksResponse('HTML declared as JSON', htmlResponse('application/json'), 'json_invalid'),
    jwksResponse('64 MiB', { size: 64 * 1024 * 1024, headers: JSON_TYPE }, 'body_too_large'),
    jwksResponse('endless', { endless: true, headers: JSON_TYPE }, 'body_too_large'),
    jwksResponse('10,000 keys', () => manyKeys(10_000, (kid) => ({ ...keyFor().jwk, kid: `${kid}` })), 'body_too_large'),
    jwksResponse('9,000 small keys', () => manyKeys(9_000, () => ({ a: 1, b: 2 })), 'json_invalid'),
    jwksResponse('no keys', { json: { keys: [] } }, 'id_token_invalid'),
    jwksResponse('a list in place of a JWK Set', () => ({ json: [keyFor().jwk] }), 'id_token_invalid'),
    jwksResponse('a server error', { status: 500 }, 'http_status'),
    jwksResponse('a lost connection', { json: {}, cut: true }, 'network'),
    {
      ...jwksResponse('an http URL', {}, 'endpoint_scheme'),
      configuration: { jwks_uri: undefined },
      run(play) {
        const document = { issuer: play.ehr.origin, jwks_uri: 'http://ehr.example/keys' };
        play.ehr.answer('/.well-known/openid-configuration', { json: document });
        return play.exchange(openidResponse(play, (ehr) => ehr.idToken()));
      },
    },
  ],
  H091: [wrongClock('a day slow', -DAY), wrongClock('a day fast', DAY)],
};
