// Group O: refresh responses that the client refuses; servers that do not rotate, or are down.

import assert from 'node:assert/strict';
import { SCOPE_OPENID } from '../ehr.mjs';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../ehr.mjs').Ehr} Ehr
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 */

const json = { 'content-type': 'application/json' };

/**
 * Opens the tab again with an earlier copy of its storage, as a browser does that restores tabs.
 *
 * @param {Play} play
 * @param {object} storedRecords
 */
async function restore(play, storedRecords) {
  for (const key of Object.keys(play.tab.storage)) play.tab.storage.removeItem(key);
  Object.assign(play.tab.storage, storedRecords);
  await play.open(undefined, { fresh: true });
  return play.client.ready();
}

/** @type {import('./play.mjs').Rows} */
export const RENEWAL = {
  H161: /** @satisfies {[string, string, (withChanges: (changes: object) => ScriptedResponse) => ScriptedResponse][]} */ ([
    ['redirect', 'redirected', () => ({ redirect: '/elsewhere' })],
    ['body of 1.1 MB', 'body_too_large', () => ({ headers: json, body: 'x'.repeat(1_100_000) })],
    ['truncated JSON', 'json_invalid', () => ({ headers: json, body: '{"access_tok' })],
    ['bytes that are not UTF-8', 'json_invalid', () => ({ headers: json, body: Buffer.from([0xff]) })],
    ['HTML', 'content_type', () => ({ headers: { 'content-type': 'text/html' }, body: '<h1>wifi' })],
    ['no access token', 'token_response_invalid', () => ({ json: {} })],
    ['another token type', 'token_type_unsupported', (withChanges) => withChanges({ token_type: 'mac' })],
    ['another patient', 'launch_context_invalid', (withChanges) => withChanges({ patient: 'kenji' })],
    ['an error and tokens', 'token_refused', (withChanges) => withChanges({ error: 'invalid_client' })],
  ]).flatMap(([title, code, respond]) =>
    [1, 3, 10].map((times) => ({
      title: `${title}, times: ${times}`,
      code,
      async run(play) {
        await play.signIn();
        play.mark();
        // The server does not rotate: the refresh token of the sign-in remains valid.
        /** @param {object} changes */
        const withChanges = (changes) => ({ json: play.ehr.tokenResponse({ refresh_token: undefined, ...changes }) });
        play.ehr.answer('/token', () => respond(withChanges));
        for (let attempt = 1; attempt < times; attempt++) await assert.rejects(play.client.refresh(), { code });
        return play.client.refresh();
      },
      check({ client, refreshes, ehr }) {
        assert.equal(refreshes().length, times, 'the refresh token is sent each time');
        const { refresh_token } = required(ehr.issued[0]);
        assert.ok(refreshes().every(({ fields }) => fields.get('refresh_token') === refresh_token));
        assert.equal(client.getState().status, 'authenticated');
      },
    })),
  ),
  H162: /** @satisfies {[string, (ehr: Ehr) => string | undefined][]} */ ([
    ['returns no refresh token', () => undefined],
    ['returns the same refresh token again', ({ issued }) => issued[0]?.refresh_token],
  ]).map(([title, refreshToken]) => ({
    title: `a server that ${title}`,
    async run(play) {
      const { ehr, tab } = play;
      await play.signIn();
      const storedRecords = { ...tab.storage };
      ehr.answer('/token', () => ({ json: ehr.tokenResponse({ refresh_token: refreshToken(ehr) }) }));
      for (let refresh = 0; refresh < 3; refresh++) await play.client.refresh();
      play.client.dispose();
      await restore(play, storedRecords);
      return play.client.refresh();
    },
    async check({ client, ehr, refreshes }) {
      assert.equal(refreshes().length, 4);
      const { refresh_token } = required(ehr.issued[0]);
      assert.ok(refreshes().every(({ fields }) => fields.get('refresh_token') === refresh_token));
      assert.equal(await client.getAccessToken(), ehr.issued.at(-1)?.access_token);
    },
  })),
  H163: [
    { aud: undefined, nonce: undefined },
    { aud: '', nonce: undefined },
    { aud: [], nonce: undefined },
  ].flatMap((claims) =>
    [false, true].map((strict) => ({
      title: `${JSON.stringify(claims, (_, value) => value ?? 'missing')}, strict: ${strict}`,
      options: { scope: SCOPE_OPENID, strict },
      ...(strict && { code: 'id_token_invalid', left: 'kept' }),
      async run(play) {
        const { ehr } = play;
        const grant = (/** @type {object} */ changes) => ehr.grant(() => ({ scope: SCOPE_OPENID, id_token: ehr.idToken(changes) }));
        grant({});
        await play.signIn();
        play.mark();
        grant(claims);
        return play.client.refresh();
      },
      check({ client, ehr }) {
        const { warnings, idToken, tokenResponse } = required(client.getState().session);
        assert.deepEqual(warnings.map(({ code }) => code), strict ? [] : ['refreshed_id_token_malformed']);
        assert.equal(idToken?.sub, 'amara');
        assert.equal(tokenResponse.access_token, ehr.issued.at(strict ? 0 : -1)?.access_token);
      },
    })),
  ),
  H164: ['session', 'memory'].map((storage) => ({
    title: `storage: ${storage}`,
    options: { storage },
    async run(play) {
      const { client, ehr, refreshes } = play;
      await play.signIn();
      play.mark();
      // Each connection is used once, because changing the clock also affects the platform's timeout for idle connections.
      ehr.answer('/token', { status: 503, headers: { connection: 'close' } });
      const start = Date.now() + 3_601_000;
      const clock = play.test.mock.method(Date, 'now', () => start);
      /** @type {number[]} */
      const seconds = [];
      for (let second = 0; second < 60; second++) {
        clock.mock.mockImplementation(() => start + second * 1_000);
        const before = refreshes().length;
        const calls = await Promise.allSettled(Array.from({ length: 100 }, () => client.fetch('Patient/zoe')));
        const codes = calls.map((call) => (call.status === 'rejected' ? call.reason.code : undefined));
        assert.deepEqual([...new Set(codes)], ['http_status']);
        const sent = refreshes().length - before;
        assert.ok(sent <= 1, `${sent} requests at second ${second}`);
        if (sent) seconds.push(second);
      }
      assert.deepEqual(seconds, [0, 1, 3, 7, 15, 31], 'the delay between refreshes doubles');
      return client.fetch('Patient/zoe');
    },
    async check({ client, ehr, refreshes }) {
      assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 0);
      ehr.grant({});
      await client.refresh();
      const { refresh_token } = required(ehr.issued[0]);
      assert.ok(refreshes().every(({ fields }) => fields.get('refresh_token') === refresh_token));
    },
  })),
};
