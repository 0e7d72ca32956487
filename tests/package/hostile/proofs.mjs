// Group G: tokens that are bound to a key (DPoP).

import assert from 'node:assert/strict';
import { readProof } from '../proof-server.mjs';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 */

const HOUR = 3_600;

/** @param {string} title @param {Variant['run']} run @param {Partial<Variant>} [variant] @returns {Variant} */
const dpopVariant = (title, run, variant = {}) => ({ title, run, dpop: true, ...variant });

/** @param {string} error @param {Record<string, string>} [headers] @returns {ScriptedResponse} */
const refusal = (error, headers = {}) => ({ status: 400, headers, json: { error } });

/** @param {Play} play */
const proofClaims = ({ ehr }) => ehr.requests.flatMap(({ headers: { dpop } }) => (dpop ? [readProof(dpop).claims] : []));

/**
 * A refresh for which every response of the token endpoint is that of `respond`; asserts the number of its requests.
 *
 * @param {string} title
 * @param {() => ScriptedResponse} respond
 * @param {number} count
 * @param {Partial<Variant>} [variant]
 */
const refresh = (title, respond, count, variant) =>
  dpopVariant(
    title,
    async (play) => {
      await play.signIn();
      play.ehr.answer('/token', respond);
      await play.client.refresh();
    },
    { check: ({ refreshes }) => assert.equal(refreshes().length, count), ...variant },
  );

/**
 * A FHIR request to which every response is that of `respond`; asserts the number of these requests, and of refreshes.
 *
 * @param {string} title
 * @param {() => ScriptedResponse} respond
 * @param {number} count
 * @param {number} [refreshCount]
 */
const resource = (title, respond, count, refreshCount = 0) =>
  dpopVariant(
    title,
    async (play) => {
      await play.signIn();
      play.mark();
      play.ehr.answer('/fhir/Patient/zoe', respond);
      await play.client.request('Patient/zoe');
    },
    {
      check({ ehr, refreshes }) {
        assert.deepEqual([ehr.requestsTo('/fhir/Patient/zoe').length, refreshes().length], [count, refreshCount]);
      },
    },
  );

/** @param {string} error @param {Record<string, string>} [headers] @returns {() => ScriptedResponse} */
const challenge =
  (error, headers = {}) =>
  () => ({ status: 401, headers: { ...headers, 'www-authenticate': `DPoP error="${error}", algs="ES256"` } });

/** A new nonce each time. */
const nonces = () => {
  let number = 0;
  return () => ({ 'dpop-nonce': `nonce-${(number += 1)}` });
};

/** @param {number} seconds */
const dateHeader = (seconds) => ({ date: new Date(Date.now() + seconds * 1_000).toUTCString() });

/** @type {import('./play.mjs').Rows} */
export const PROOFS = {
  H063: ['Bearer', 'bearer', 'BEARER'].map((type) => dpopVariant(type, (play) => play.tokens({ token_type: type }))),
  H112: [
    dpopVariant('the servers require nonces', async (play) => {
      const { state } = required(play.proofs);
      Object.assign(state, { nonce: 'of-the-token-endpoint', resourceNonce: 'of-the-api' });
      await play.signIn();
      await play.client.request('Patient/zoe');
      const ids = proofClaims(play).map(({ jti }) => jti);
      assert.deepEqual([ids.length, new Set(ids).size], [4, 4]);
      return play.client.refresh();
    }),
  ],
  H113: [
    refresh('no `DPoP-Nonce` header', () => refusal('use_dpop_nonce'), 1),
    refresh('the same nonce for ever', () => refusal('use_dpop_nonce', { 'dpop-nonce': 'never-good' }), 2),
    ...[nonces()].map((nextNonce) => refresh('another nonce for ever', () => refusal('use_dpop_nonce', nextNonce()), 2)),
    refresh('a nonce with quotes', () => refusal('use_dpop_nonce', { 'dpop-nonce': 'with "quotes"' }), 1),
    refresh('a nonce of 4,000 characters', () => refusal('use_dpop_nonce', { 'dpop-nonce': 'a'.repeat(4_000) }), 1),
  ],
  H114: [
    dpopVariant('for a code', (play) => play.exchange(refusal('invalid_grant', { 'dpop-nonce': 'a-nonce' })), {
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    }),
  ],
  H115: [
    dpopVariant('of the token endpoint and of the API', async (play) => {
      const { state } = required(play.proofs);
      const setNonces = (/** @type {string} */ number) =>
        Object.assign(state, { nonce: `token-${number}`, resourceNonce: `api-${number}` });
      setNonces('1');
      await play.signIn();
      await play.client.request('Patient/zoe');
      setNonces('2');
      await play.client.request('Patient/zoe');
      await play.client.refresh();
      assert.deepEqual(
        proofClaims(play).map(({ nonce }) => nonce),
        [undefined, 'token-1', undefined, 'api-1', 'api-1', 'api-2', 'token-1', 'token-2'],
      );
      return play.client.getState().session;
    }),
  ],
  H116: [refresh('invalid_grant', () => refusal('invalid_grant', { 'dpop-nonce': 'a-nonce' }), 1)],
  H117: [
    dpopVariant('a query in the token endpoint', async (play) => {
      const { ehr } = play;
      ehr.configure({ token_endpoint: `${ehr.origin}/token?tenant=1` });
      const session = await play.signIn();
      assert.deepEqual([ehr.requestsTo('/token')[0]?.url, proofClaims(play)[0].htu], ['/token?tenant=1', `${ehr.origin}/token`]);
      return session;
    }),
  ],
  H118: [
    refresh('no time', () => refusal('invalid_dpop_proof', { date: 'unknown' }), 1),
    ...[HOUR, -HOUR].map((secondsOff) =>
      refresh(`${secondsOff} s`, () => refusal('invalid_dpop_proof', dateHeader(secondsOff)), 2),
    ),
  ],
  H119: [
    resource('no `DPoP-Nonce` header', challenge('use_dpop_nonce'), 1),
    ...[nonces()].map((nextNonce) => resource('another nonce for ever', () => challenge('use_dpop_nonce', nextNonce())(), 2)),
    resource('a nonce with quotes', challenge('use_dpop_nonce', { 'dpop-nonce': 'with "quotes"' }), 1),
    resource('a refused proof, without a time', challenge('invalid_dpop_proof', { date: 'unknown' }), 1),
    resource('a refused proof, with the time of the server', challenge('invalid_dpop_proof', dateHeader(HOUR)), 2),
    resource('a refused token', challenge('invalid_token'), 2, 1),
  ],
  H120: [HOUR, -HOUR].map((secondsOff) =>
    dpopVariant(`${secondsOff} s`, async (play) => {
      required(play.proofs).state.clock = () => Math.floor(Date.now() / 1_000) + secondsOff;
      const session = await play.signIn();
      await play.client.request('Patient/zoe');
      await play.client.refresh();
      assert.equal(proofClaims(play).length, 5);
      return session;
    }),
  ),
};
