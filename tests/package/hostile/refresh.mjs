// Group F: refreshing. Also the rows of group I on storage and signing out.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').Script} Script
 */

/**
 * Signed in, and an hour later.
 *
 * @param {Play} play
 */
async function expired(play) {
  await play.signIn();
  const later = Date.now() + 3_601_000;
  play.test.mock.method(Date, 'now', () => later);
}

/** @param {string} title @param {(play: Play) => Script} answer @param {Partial<Variant>} more @returns {Variant} */
const refreshed = (title, answer, more = {}) => ({
  title,
  async run(play) {
    await expired(play);
    play.ehr.answer('/token', answer(play), () => ({ json: play.ehr.tokenResponse() }));
    return play.client.getAccessToken();
  },
  ...more,
});

/** @param {Play['ehr']} ehr */
const sameToken = ({ issued }) => ({ access_token: required(issued[0]).access_token });

const cut = () => ({ cut: true, json: {} });
/** @param {Play} play @param {(keyof import('smart-launch').SmartEvents)[]} names */
const events = (play, ...names) => {
  /** @type {unknown[]} */
  const received = [];
  for (const name of names) play.client.on(name, (detail) => received.push([name, detail]));
  return received;
};

/** @type {import('./play.mjs').Rows} */
export const REFRESH = {
  H097: [
    {
      title: 'the response is lost twice',
      left: 'DOUBT',
      async run(play) {
        await play.signIn();
        play.ehr.answer('/token', cut, cut);
        for (let attempt = 0; attempt < 2; attempt++) {
          await assert.rejects(play.client.refresh(), { code: 'network', retryable: true });
        }
        assert.equal(play.client.getState().status, 'authenticated');
        return play.client.refresh();
      },
      check: (play) => assert.equal(play.refreshes().length, 2, 'sent once more, and not again'),
    },
    {
      title: 'lost once, and the server accepts the token again',
      code: 'ok',
      left: 'NEW',
      async run(play) {
        await play.signIn();
        play.ehr.answer('/token', cut, () => ({ json: play.ehr.tokenResponse() }));
        await assert.rejects(play.client.refresh(), { code: 'network' });
        return play.client.refresh();
      },
    },
  ],
  H098: [
    {
      title: 'invalid_grant',
      async run(play) {
        await play.signIn();
        play.ehr.answer('/token', () => ({ status: 400, json: { error: 'invalid_grant' } }));
        return play.client.refresh();
      },
    },
  ],
  H101: [
    refreshed('captive portal', () => () => ({ headers: { 'content-type': 'text/html' }, body: '<h1>wifi' }), {
      code: 'content_type',
      left: 'NEW',
      async check({ client }) {
        await client.getAccessToken();
      },
    }),
    {
      title: 'connection lost',
      code: 'network',
      left: 'NEW',
      async run(play) {
        await expired(play);
        play.ehr.answer('/token', cut, () => ({ json: play.ehr.tokenResponse() }));
        return play.client.getAccessToken();
      },
      async check({ client }) {
        await client.getAccessToken();
      },
    },
  ],
  H102: [
    refreshed('none', ({ ehr }) => () => ({ json: ehr.tokenResponse({ refresh_token: undefined }) }), {
      async check(play) {
        const { refresh_token } = required(play.ehr.issued[0]);
        await play.client.refresh();
        assert.equal(play.refreshes().at(-1)?.fields.get('refresh_token'), refresh_token);
      },
    }),
  ],
  H103: [
    {
      title: 'quota',
      code: 'ok',
      async run(play) {
        await expired(play);
        play.tab.limit(0);
        play.ehr.grant({});
        const session = await play.client.refresh();
        assert.equal(session.persisted, false);
        assert.deepEqual(session.warnings.map(({ code }) => code), ['storage_unavailable']);
        return session;
      },
    },
  ],
  H105: [
    {
      title: 'another patient',
      async run(play) {
        await play.signIn();
        play.ehr.answer('/token', () => ({ json: play.ehr.tokenResponse({ patient: 'other', refresh_token: undefined }) }));
        return play.client.refresh();
      },
    },
    {
      title: 'narrower scope',
      code: 'ok',
      left: 'NEW',
      async run(play) {
        await play.signIn();
        const received = events(play, 'scopeChanged', 'refreshed');
        play.ehr.answer('/token', () => ({ json: play.ehr.tokenResponse({ scope: 'patient/Patient.rs' }) }));
        const session = await play.client.refresh();
        assert.deepEqual(received, [['refreshed', session], ['scopeChanged', session]]);
        assert.deepEqual(session.scopes, ['patient/Patient.rs']);
      },
    },
  ],
  H106: [
    refreshed('30 s', ({ ehr }) => () => ({ json: ehr.tokenResponse({ expires_in: 30 }) }), {
      async check(play) {
        for (let call = 0; call < 10; call++) await play.client.getAccessToken();
        assert.equal(play.refreshes().length, 1, 'no loop');
      },
    }),
  ],
  H107: [
    refreshed('20 s left', ({ ehr }) => () => ({ json: ehr.tokenResponse({ ...sameToken(ehr), expires_in: 20 }) }), {
      async check(play) {
        for (let call = 0; call < 10; call++) await play.client.getAccessToken();
        assert.equal(play.refreshes().length, 1, 'no loop');
      },
    }),
  ],
  H111: [refreshed('no timer has run', ({ ehr }) => () => ({ json: ehr.tokenResponse() }))],
  H133: [
    {
      title: 'revocation 503',
      async run(play) {
        await play.signIn();
        await play.begin();
        play.ehr.answer('/revoke', () => ({ status: 503 }));
        const { error, logoutUrl } = await play.client.logout();
        assert.equal(logoutUrl, null);
        throw error;
      },
    },
  ],
  H134: ['', '?state=', '?state=of-another', '?state=a&state=b'].map((query) => ({
    title: `the return ${query || 'without anything'}`,
    async run(play) {
      await play.signIn();
      play.ehr.configure({ end_session_endpoint: `${play.ehr.origin}/end` });
      await play.client.logout({ postLogoutRedirectUri: 'https://app.example/bye' });
      return play.client.completeLogout(`https://app.example/bye${query}`);
    },
  })),
  H135: /** @satisfies {[string, (claims: { iss: string, sid: string }) => Record<string, string> | string[][]][]} */ ([
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another sid', (claims) => ({ ...claims, sid: 'another' })],
    ['no sid', ({ iss }) => ({ iss })],
    ['sid twice', ({ iss, sid }) => [['iss', iss], ['sid', sid], ['sid', sid]]],
    ['nothing', () => ({})],
  ]).map(([title, edit]) => ({
    title,
    code: 'ok',
    async run(play) {
      await play.signIn();
      const query = new URLSearchParams(edit({ iss: play.ehr.origin, sid: 'a-session' }));
      assert.equal(await play.client.frontChannelLogout(`https://app.example/signed-out?${query}`), false);
    },
  })),
};
