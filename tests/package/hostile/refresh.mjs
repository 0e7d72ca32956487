// Group F: refreshing. Also the rows of group I on signing out.

import assert from 'node:assert/strict';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../scripted-server.mjs').Script} Script
 */

/**
 * Signs in, and moves the clock forward by an hour.
 *
 * @param {Play} play
 */
async function signInAndExpire(play) {
  await play.signIn();
  const newTime = Date.now() + 3_601_000;
  play.test.mock.method(Date, 'now', () => newTime);
}

/** @param {string} title @param {(play: Play) => Script} createScript @param {Partial<Variant>} variant @returns {Variant} */
const refreshVariant = (title, createScript, variant = {}) => ({
  title,
  async run(play) {
    await signInAndExpire(play);
    play.ehr.answer('/token', createScript(play), () => ({ json: play.ehr.tokenResponse() }));
    return play.client.getAccessToken();
  },
  ...variant,
});

/** @param {Play['ehr']} ehr */
const sameAccessToken = ({ issued }) => ({ access_token: required(issued[0]).access_token });

const lostResponse = () => ({ cut: true, json: {} });
/** @param {Play} play @param {(keyof import('smart-launch').SmartEvents)[]} names */
const recordEvents = (play, ...names) => {
  /** @type {unknown[]} */
  const details = [];
  for (const name of names) play.client.on(name, (detail) => details.push([name, detail]));
  return details;
};

/** @type {import('./play.mjs').Rows} */
export const REFRESH = {
  H097: [
    {
      title: 'the response is lost twice',
      left: 'DOUBT',
      async run(play) {
        await play.signIn();
        play.ehr.answer('/token', lostResponse, lostResponse);
        for (let attempt = 0; attempt < 2; attempt++) {
          await assert.rejects(play.client.refresh(), { code: 'network', retryable: true });
        }
        assert.equal(play.client.getState().status, 'authenticated');
        return play.client.refresh();
      },
      check: (play) => assert.equal(play.refreshes().length, 2, 'the refresh token is sent once more, and not a third time'),
    },
    {
      title: 'lost once, and the server accepts the token again',
      code: 'ok',
      left: 'NEW',
      async run(play) {
        await play.signIn();
        play.ehr.answer('/token', lostResponse, () => ({ json: play.ehr.tokenResponse() }));
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
    refreshVariant('captive portal', () => () => ({ headers: { 'content-type': 'text/html' }, body: '<h1>wifi' }), {
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
        await signInAndExpire(play);
        play.ehr.answer('/token', lostResponse, () => ({ json: play.ehr.tokenResponse() }));
        return play.client.getAccessToken();
      },
      async check({ client }) {
        await client.getAccessToken();
      },
    },
  ],
  H102: [
    refreshVariant('no refresh token', ({ ehr }) => () => ({ json: ehr.tokenResponse({ refresh_token: undefined }) }), {
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
        await signInAndExpire(play);
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
        const details = recordEvents(play, 'scopeChanged', 'refreshed');
        play.ehr.answer('/token', () => ({ json: play.ehr.tokenResponse({ scope: 'patient/Patient.rs' }) }));
        const session = await play.client.refresh();
        assert.deepEqual(details, [['refreshed', session], ['scopeChanged', session]]);
        assert.deepEqual(session.scopes, ['patient/Patient.rs']);
      },
    },
  ],
  H106: [
    refreshVariant('30 s', ({ ehr }) => () => ({ json: ehr.tokenResponse({ expires_in: 30 }) }), {
      async check(play) {
        for (let call = 0; call < 10; call++) await play.client.getAccessToken();
        assert.equal(play.refreshes().length, 1, 'only one refresh');
      },
    }),
  ],
  H107: [
    refreshVariant('20 s left', ({ ehr }) => () => ({ json: ehr.tokenResponse({ ...sameAccessToken(ehr), expires_in: 20 }) }), {
      async check(play) {
        for (let call = 0; call < 10; call++) await play.client.getAccessToken();
        assert.equal(play.refreshes().length, 1, 'only one refresh');
      },
    }),
  ],
  H111: [refreshVariant('no timer has run', ({ ehr }) => () => ({ json: ehr.tokenResponse() }))],
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
    title: `the return ${query || 'without a query'}`,
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
