// Group U: signed responses (JARM) from another server, for another app or sign-in, expired, or without a valid signature.

import assert from 'node:assert/strict';
import { REDIRECT_URI } from '../ehr.mjs';
import { callbackOf, parametersOf } from '../sign-in.mjs';
import { responseOf } from '../signed-callback.mjs';
import { encode, keyFor } from '../signer.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 */

const now = () => Math.floor(Date.now() / 1_000);

/** @param {Play} play */
const assertNoExchange = ({ exchanges }) => assert.equal(exchanges().length, 0);

/**
 * A variant in which this token is the response, in place of the server's token.
 *
 * @param {string} title
 * @param {(play: Play, state: string) => string | Promise<string>} createToken
 * @param {string} [code]
 * @returns {Variant}
 */
const withToken = (title, createToken, code) => ({
  title,
  ...(code && { code }),
  signs: true,
  async run(play) {
    const { state } = parametersOf(await play.begin());
    return play.client.ready({ callback: `${REDIRECT_URI}?response=${await createToken(play, String(state))}` });
  },
  check: assertNoExchange,
});

/** @param {string} title @param {object | ((play: Play) => object)} changes @param {string} [code] */
const withClaims = (title, changes, code) =>
  withToken(title, (play, state) => responseOf(play.ehr, state, typeof changes === 'function' ? changes(play) : changes), code);

/** @param {string} title @param {object} header @param {(text: string) => Buffer} [sign] */
const withHeader = (title, header, sign = (text) => keyFor().sign(text)) =>
  withToken(title, ({ ehr }, state) => responseOf(ehr, state, {}, { ...keyFor(), sign }, header));

/** @param {string} token */
const partsOf = (token) => /** @type {[string, string, string]} */ (token.split('.'));

/** @type {import('./play.mjs').Rows} */
export const SIGNED_RESPONSES = {
  H185: [
    withClaims('another client', { aud: 'another-app' }),
    withClaims('two other clients', { aud: ['another-app', 'growth-charts'] }),
    withClaims('upper case', { aud: 'Growth-Chart' }),
    withClaims('missing', { aud: undefined }),
    withClaims('a number', { aud: 1 }),
    withClaims('an object', { aud: { 'growth-chart': true } }),
    withClaims('the redirect URI', { aud: REDIRECT_URI }),
  ],

  H186: [
    withClaims('another server', { iss: 'https://other.example' }, 'iss_mismatch'),
    withClaims('a final slash', ({ ehr }) => ({ iss: `${ehr.origin}/` }), 'iss_mismatch'),
    withClaims('upper case', ({ ehr }) => ({ iss: ehr.origin.toUpperCase() }), 'iss_mismatch'),
    withClaims('the FHIR base', ({ ehr }) => ({ iss: ehr.fhirBaseUrl }), 'iss_mismatch'),
    withClaims('missing', { iss: undefined }, 'iss_missing'),
    withClaims('empty', { iss: '' }, 'iss_missing'),
  ],

  H187: [
    withClaims('exp an hour ago', () => ({ exp: now() - 3_600 })),
    withClaims('exp missing', { exp: undefined }),
    withClaims('exp is a string', () => ({ exp: String(now() + 60) })),
    withClaims('exp is negative', { exp: -1 }),
    withClaims('exp is null', { exp: null }),
    withClaims('nbf in an hour', () => ({ nbf: now() + 3_600 })),
    withClaims('nbf is a string', { nbf: 'soon' }),
  ],

  H188: [
    withToken('alg none, without a signature', ({ ehr }, state) => {
      const [, claims] = partsOf(responseOf(ehr, state));
      return `${encode(JSON.stringify({ alg: 'none' }))}.${claims}.`;
    }),
    withHeader('alg none, with a signature', { alg: 'none' }),
    withHeader('alg NONE', { alg: 'NONE' }),
    withHeader('HS256', { alg: 'HS256' }),
    withHeader('RS1', { alg: 'RS1' }),
    withHeader('alg with another hash than the signature', { alg: 'RS384' }),
    withHeader('alg for another type of key', { alg: 'ES256' }),
    withHeader('no alg', { alg: undefined }),
    withHeader('a critical extension', { crit: ['exp'] }),
    withHeader('the payload is not encoded', { b64: false, crit: ['b64'] }),
    withHeader('an empty signature', {}, () => Buffer.alloc(0)),
    withHeader('a signature of zeros', {}, () => Buffer.alloc(256)),
    withToken('claims replaced', ({ ehr }, state) => {
      const [header, , signature] = partsOf(responseOf(ehr, state));
      const [, claims] = partsOf(responseOf(ehr, state, { code: 'of-the-attacker' }));
      return `${header}.${claims}.${signature}`;
    }),
    withToken('truncated', ({ ehr }, state) => responseOf(ehr, state).slice(0, -4)),
    withToken('encrypted', () => 'e30.AA.AA.AA.AA'),
    withToken('not a token', () => 'a.b.c'),
  ],

  H189: [
    withToken('another key with the id of the server’s key', ({ ehr }, state) =>
      responseOf(ehr, state, {}, { ...keyFor('RS256', 'of another server'), kid: keyFor().kid }),
    ),
    withToken('another key with its own id', ({ ehr }, state) => responseOf(ehr, state, {}, keyFor('RS256', 'of another server'))),
    withToken('another key without an id', ({ ehr }, state) => responseOf(ehr, state, {}, keyFor('RS256', 'of another server'), { kid: undefined })),
    withToken('another key in the header of the token', ({ ehr, otherServer }, state) => {
      const key = keyFor('RS256', 'of another server');
      return responseOf(ehr, state, {}, key, { jwk: key.jwk, jku: `${otherServer.origin}/jwks`, x5u: `${otherServer.origin}/x5u` });
    }),
    withToken('the key of the client', ({ ehr }, state) => responseOf(ehr, state, {}, keyFor('ES384', 'of the client'))),
  ],

  H190: [
    withClaims('missing', { state: undefined }, 'state_unknown'),
    withClaims('empty', { state: '' }, 'callback_malformed'),
    withClaims('unknown', { state: 'x'.repeat(43) }, 'state_unknown'),
    withClaims('a number', { state: 1 }, 'callback_malformed'),
    withToken('only outside of the token', ({ ehr }, state) => `${responseOf(ehr, '', { state: undefined })}&state=${state}`, 'state_unknown'),
  ],

  H191: [
    {
      title: 'the same response again, in the same page',
      signs: true,
      async run(play) {
        const callback = play.honest(await play.begin());
        await play.client.ready({ callback });
        return play.client.ready({ callback });
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    },
    {
      title: 'another token for the same sign-in',
      signs: true,
      async run(play) {
        const request = await play.begin();
        await play.client.ready({ callback: play.honest(request) });
        const { state } = parametersOf(request);
        const callback = `${REDIRECT_URI}?response=${responseOf(play.ehr, String(state), { code: 'another' })}`;
        return play.client.ready({ callback });
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    },
  ],

  H192: [
    {
      title: 'a code without a signature',
      signs: true,
      async run(play) {
        return play.client.ready({ callback: callbackOf(await play.begin()) });
      },
      check: assertNoExchange,
    },
    {
      title: 'an error without a signature',
      signs: true,
      async run(play) {
        const { state } = parametersOf(await play.begin());
        return play.client.ready({ callback: `${REDIRECT_URI}?error=access_denied&state=${state}` });
      },
      check: assertNoExchange,
    },
    {
      title: 'a signed response in the fragment',
      signs: true,
      async run(play) {
        const callback = String(play.honest(await play.begin()));
        return play.client.ready({ callback: callback.replace('?', '#') });
      },
      check: assertNoExchange,
    },
  ],
};
