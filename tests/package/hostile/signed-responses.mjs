// Group U: signed responses (JARM) that are not of the server, not for the app, not for the sign-in, or not signed.

import assert from 'node:assert/strict';
import { REDIRECT_URI } from '../ehr.mjs';
import { callbackOf, parametersOf } from '../sign-in.mjs';
import { responseOf } from '../signed-callback.mjs';
import { encode, keyFor } from '../signer.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 */

const NOW = () => Math.floor(Date.now() / 1_000);

/** @param {Play} play */
const noExchange = ({ exchanges }) => assert.equal(exchanges().length, 0);

/**
 * Returns with this token in place of the server's.
 *
 * @param {string} what
 * @param {(play: Play, state: string) => string | Promise<string>} make
 * @param {string} [code]
 * @returns {Variant}
 */
const arriving = (what, make, code) => ({
  what,
  ...(code && { code }),
  signs: true,
  async run(play) {
    const { state } = parametersOf(await play.begin());
    return play.client.ready({ callback: `${REDIRECT_URI}?response=${await make(play, String(state))}` });
  },
  check: noExchange,
});

/** @param {string} what @param {object | ((play: Play) => object)} changes @param {string} [code] */
const claiming = (what, changes, code) =>
  arriving(what, (play, state) => responseOf(play.ehr, state, typeof changes === 'function' ? changes(play) : changes), code);

/** @param {string} what @param {object} header @param {(text: string) => Buffer} [sign] */
const signedBy = (what, header, sign = (text) => keyFor().sign(text)) =>
  arriving(what, ({ ehr }, state) => responseOf(ehr, state, {}, { ...keyFor(), sign }, header));

/** @param {string} token */
const partsOf = (token) => /** @type {[string, string, string]} */ (token.split('.'));

/** @type {import('./play.mjs').Rows} */
export const SIGNED_RESPONSES = {
  H185: [
    claiming('another client', { aud: 'another-app' }),
    claiming('several others', { aud: ['another-app', 'growth-charts'] }),
    claiming('another case', { aud: 'Growth-Chart' }),
    claiming('missing', { aud: undefined }),
    claiming('a number', { aud: 1 }),
    claiming('an object', { aud: { 'growth-chart': true } }),
    claiming('the redirect URI', { aud: REDIRECT_URI }),
  ],

  H186: [
    claiming('another server', { iss: 'https://other.example' }, 'iss_mismatch'),
    claiming('a final slash', ({ ehr }) => ({ iss: `${ehr.origin}/` }), 'iss_mismatch'),
    claiming('upper case', ({ ehr }) => ({ iss: ehr.origin.toUpperCase() }), 'iss_mismatch'),
    claiming('the FHIR base', ({ ehr }) => ({ iss: ehr.fhirBaseUrl }), 'iss_mismatch'),
    claiming('missing', { iss: undefined }, 'iss_missing'),
    claiming('empty', { iss: '' }, 'iss_missing'),
  ],

  H187: [
    claiming('an hour ago', () => ({ exp: NOW() - 3_600 })),
    claiming('missing', { exp: undefined }),
    claiming('text', () => ({ exp: String(NOW() + 60) })),
    claiming('negative', { exp: -1 }),
    claiming('null', { exp: null }),
    claiming('nbf in an hour', () => ({ nbf: NOW() + 3_600 })),
    claiming('nbf is text', { nbf: 'soon' }),
  ],

  H188: [
    arriving('alg none, without a signature', ({ ehr }, state) => {
      const [, claims] = partsOf(responseOf(ehr, state));
      return `${encode(JSON.stringify({ alg: 'none' }))}.${claims}.`;
    }),
    signedBy('alg none, with a signature', { alg: 'none' }),
    signedBy('alg NONE', { alg: 'NONE' }),
    signedBy('HS256', { alg: 'HS256' }),
    signedBy('RS1', { alg: 'RS1' }),
    signedBy('another hash than that of the signature', { alg: 'RS384' }),
    signedBy('another kind than that of the key', { alg: 'ES256' }),
    signedBy('no alg', { alg: undefined }),
    signedBy('a critical extension', { crit: ['exp'] }),
    signedBy('the payload is not encoded', { b64: false, crit: ['b64'] }),
    signedBy('an empty signature', {}, () => Buffer.alloc(0)),
    signedBy('a signature of zeros', {}, () => Buffer.alloc(256)),
    arriving('claims exchanged', ({ ehr }, state) => {
      const [header, , signature] = partsOf(responseOf(ehr, state));
      const [, claims] = partsOf(responseOf(ehr, state, { code: 'of-the-attacker' }));
      return `${header}.${claims}.${signature}`;
    }),
    arriving('cut', ({ ehr }, state) => responseOf(ehr, state).slice(0, -4)),
    arriving('encrypted', () => 'e30.AA.AA.AA.AA'),
    arriving('not a token', () => 'a.b.c'),
  ],

  H189: [
    arriving('with the id of the server’s', ({ ehr }, state) =>
      responseOf(ehr, state, {}, { ...keyFor('RS256', 'of another server'), kid: keyFor().kid }),
    ),
    arriving('with its own id', ({ ehr }, state) => responseOf(ehr, state, {}, keyFor('RS256', 'of another server'))),
    arriving('without an id', ({ ehr }, state) => responseOf(ehr, state, {}, keyFor('RS256', 'of another server'), { kid: undefined })),
    arriving('that it names', ({ ehr, elsewhere }, state) => {
      const key = keyFor('RS256', 'of another server');
      return responseOf(ehr, state, {}, key, { jwk: key.jwk, jku: `${elsewhere.origin}/jwks`, x5u: `${elsewhere.origin}/x5u` });
    }),
    arriving('of the client', ({ ehr }, state) => responseOf(ehr, state, {}, keyFor('ES384', 'of the client'))),
  ],

  H190: [
    claiming('missing', { state: undefined }, 'state_unknown'),
    claiming('empty', { state: '' }, 'callback_malformed'),
    claiming('unknown', { state: 'x'.repeat(43) }, 'state_unknown'),
    claiming('a number', { state: 1 }, 'callback_malformed'),
    arriving('outside of the token only', ({ ehr }, state) => `${responseOf(ehr, '', { state: undefined })}&state=${state}`, 'state_unknown'),
  ],

  H191: [
    {
      what: 'again, in the same page',
      signs: true,
      async run(play) {
        const callback = play.honest(await play.begin());
        await play.client.ready({ callback });
        return play.client.ready({ callback });
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    },
    {
      what: 'another token for the same sign-in',
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
      what: 'a code',
      signs: true,
      async run(play) {
        return play.client.ready({ callback: callbackOf(await play.begin()) });
      },
      check: noExchange,
    },
    {
      what: 'an error',
      signs: true,
      async run(play) {
        const { state } = parametersOf(await play.begin());
        return play.client.ready({ callback: `${REDIRECT_URI}?error=access_denied&state=${state}` });
      },
      check: noExchange,
    },
    {
      what: 'signed, and in the fragment',
      signs: true,
      async run(play) {
        const callback = String(play.honest(await play.begin()));
        return play.client.ready({ callback: callback.replace('?', '#') });
      },
      check: noExchange,
    },
  ],
};
