// Group G: tokens that are bound to a key (DPoP).

import assert from 'node:assert/strict';
import { readProof } from '../proof-server.mjs';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').Answer} Answer
 */

const HOUR = 3_600;

/** @param {string} title @param {Variant['run']} run @param {Partial<Variant>} [more] @returns {Variant} */
const bound = (title, run, more = {}) => ({ title, run, dpop: true, ...more });

/** @param {string} error @param {Record<string, string>} [headers] @returns {Answer} */
const refusing = (error, headers = {}) => ({ status: 400, headers, json: { error } });

/** @param {Play} play */
const proofs = ({ ehr }) => ehr.requests.flatMap(({ headers: { dpop } }) => (dpop ? [readProof(dpop).claims] : []));

/**
 * A refresh for which every response of the token endpoint is `answer`; asserts the number of its requests.
 *
 * @param {string} title
 * @param {() => Answer} answer
 * @param {number} count
 * @param {Partial<Variant>} [more]
 */
const refresh = (title, answer, count, more) =>
  bound(
    title,
    async (play) => {
      await play.signIn();
      play.ehr.answer('/token', answer);
      await play.client.refresh();
    },
    { check: ({ refreshes }) => assert.equal(refreshes().length, count), ...more },
  );

/**
 * A FHIR request to which every response is `answer`; asserts the number of these requests, and of refreshes.
 *
 * @param {string} title
 * @param {() => Answer} answer
 * @param {number} count
 * @param {number} [refreshed]
 */
const resource = (title, answer, count, refreshed = 0) =>
  bound(
    title,
    async (play) => {
      await play.signIn();
      play.mark();
      play.ehr.answer('/fhir/Patient/zoe', answer);
      await play.client.request('Patient/zoe');
    },
    {
      check({ ehr, refreshes }) {
        assert.deepEqual([ehr.requestsTo('/fhir/Patient/zoe').length, refreshes().length], [count, refreshed]);
      },
    },
  );

/** @param {string} error @param {Record<string, string>} [headers] @returns {() => Answer} */
const challenge =
  (error, headers = {}) =>
  () => ({ status: 401, headers: { ...headers, 'www-authenticate': `DPoP error="${error}", algs="ES256"` } });

/** A new nonce each time. */
const nonces = () => {
  let number = 0;
  return () => ({ 'dpop-nonce': `nonce-${(number += 1)}` });
};

/** @param {number} seconds */
const dated = (seconds) => ({ date: new Date(Date.now() + seconds * 1_000).toUTCString() });

/** @type {import('./play.mjs').Rows} */
export const PROOFS = {
  H063: ['Bearer', 'bearer', 'BEARER'].map((type) => bound(type, (play) => play.tokens({ token_type: type }))),
  H112: [
    bound('nonces are asked for', async (play) => {
      const { state } = required(play.proofs);
      Object.assign(state, { nonce: 'of-the-token-endpoint', resourceNonce: 'of-the-api' });
      await play.signIn();
      await play.client.request('Patient/zoe');
      const ids = proofs(play).map(({ jti }) => jti);
      assert.deepEqual([ids.length, new Set(ids).size], [4, 4]);
      return play.client.refresh();
    }),
  ],
  H113: [
    refresh('no header', () => refusing('use_dpop_nonce'), 1),
    refresh('the same for ever', () => refusing('use_dpop_nonce', { 'dpop-nonce': 'never-good' }), 2),
    ...[nonces()].map((next) => refresh('another one for ever', () => refusing('use_dpop_nonce', next()), 2)),
    refresh('quotes', () => refusing('use_dpop_nonce', { 'dpop-nonce': 'with "quotes"' }), 1),
    refresh('4,000 characters', () => refusing('use_dpop_nonce', { 'dpop-nonce': 'a'.repeat(4_000) }), 1),
  ],
  H114: [
    bound('a code', (play) => play.exchange(refusing('invalid_grant', { 'dpop-nonce': 'a-nonce' })), {
      check: ({ exchanges }) => assert.equal(exchanges().length, 1),
    }),
  ],
  H115: [
    bound('of the token endpoint and of the API', async (play) => {
      const { state } = required(play.proofs);
      const next = (/** @type {string} */ number) =>
        Object.assign(state, { nonce: `token-${number}`, resourceNonce: `api-${number}` });
      next('1');
      await play.signIn();
      await play.client.request('Patient/zoe');
      next('2');
      await play.client.request('Patient/zoe');
      await play.client.refresh();
      assert.deepEqual(
        proofs(play).map(({ nonce }) => nonce),
        [undefined, 'token-1', undefined, 'api-1', 'api-1', 'api-2', 'token-1', 'token-2'],
      );
      return play.client.getState().session;
    }),
  ],
  H116: [refresh('invalid_grant', () => refusing('invalid_grant', { 'dpop-nonce': 'a-nonce' }), 1)],
  H117: [
    bound('a query', async (play) => {
      const { ehr } = play;
      ehr.configure({ token_endpoint: `${ehr.origin}/token?tenant=1` });
      const session = await play.signIn();
      assert.deepEqual([ehr.requestsTo('/token')[0]?.url, proofs(play)[0].htu], ['/token?tenant=1', `${ehr.origin}/token`]);
      return session;
    }),
  ],
  H118: [
    refresh('no time', () => refusing('invalid_dpop_proof', { date: 'unknown' }), 1),
    ...[HOUR, -HOUR].map((off) => refresh(`${off} s`, () => refusing('invalid_dpop_proof', dated(off)), 2)),
  ],
  H119: [
    resource('no header', challenge('use_dpop_nonce'), 1),
    ...[nonces()].map((next) => resource('another nonce for ever', () => challenge('use_dpop_nonce', next())(), 2)),
    resource('a nonce with quotes', challenge('use_dpop_nonce', { 'dpop-nonce': 'with "quotes"' }), 1),
    resource('a proof', challenge('invalid_dpop_proof', { date: 'unknown' }), 1),
    resource('a proof, by its time', challenge('invalid_dpop_proof', dated(HOUR)), 2),
    resource('a token', challenge('invalid_token'), 2, 1),
  ],
  H120: [HOUR, -HOUR].map((off) =>
    bound(`${off} s`, async (play) => {
      required(play.proofs).state.clock = () => Math.floor(Date.now() / 1_000) + off;
      const session = await play.signIn();
      await play.client.request('Patient/zoe');
      await play.client.refresh();
      assert.equal(proofs(play).length, 5);
      return session;
    }),
  ),
};
