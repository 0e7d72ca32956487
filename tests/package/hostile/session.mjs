// Group N: which session a page has, and when it ends.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { SCOPE_OPENID } from '../ehr.mjs';
import { createViews, LOSSES } from '../page-views.mjs';
import { required } from '../required.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../ehr.mjs').Ehr} Ehr
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 * @typedef {import('../page-views.mjs').View} View
 */

const STORAGES = ['session', 'local'];
/** The ways to load a page again. */
const RELOADS = /** @type {const} */ (['reload', 'navigate']);

/**
 * Pages that sign in at the server of this row.
 *
 * @param {Play} play
 * @param {{ storage?: string, name?: string }} [options]
 */
const openViews = async (play, options) => (play.views = await createViews(play.test, play.ehr, options));

/**
 * Continues the row in one of the pages that `openViews` returns.
 *
 * @param {Play} play
 * @param {View} view
 */
function continueIn(play, view) {
  Object.assign(play.tab, view.tab);
  play.client = required(view.client);
  play.open = async () => {
    await required(play.views).reload(view);
    return (play.client = required(view.client));
  };
}

/** @param {Play} play @param {{ storage?: string, name?: string }} options */
async function openFrames(play, options) {
  const views = await openViews(play, options);
  const [alice, bob] = [views.view({ isFrame: true }), views.view({ isFrame: true })];
  play.pages = [alice, bob];
  await views.launch(alice, 'alice');
  await views.launch(bob, 'bob');
  return { views, alice, bob };
}

/**
 * Signs in, and moves the clock forward by this many seconds.
 *
 * @param {Play} play
 * @param {number} seconds
 */
async function signInAndAdvance(play, seconds) {
  await play.signIn();
  play.signedOutReasons = [];
  play.client.on('signedOut', ({ reason }) => play.signedOutReasons.push(reason));
  const newTime = Date.now() + seconds * 1_000;
  play.test.mock.method(Date, 'now', () => newTime);
  play.mark();
}

/** @satisfies {Record<string, (client: import('smart-launch').SmartClient) => Promise<unknown>>} */
const CALL = {
  fetch: (client) => client.fetch('Patient/zoe'),
  request: (client) => client.request('Patient/zoe'),
  getAccessToken: (client) => client.getAccessToken(),
  refresh: (client) => client.refresh(),
  userInfo: (client) => client.userInfo(),
};
const CALLS = /** @type {const} */ (['fetch', 'request', 'getAccessToken', 'refresh', 'userInfo']);
/** Calls that refresh an expired token. */
const REFRESHING_CALLS = /** @type {const} */ (['fetch', 'getAccessToken', 'refresh']);

/**
 * A refresh whose response has an ID token with these changed claims.
 *
 * @param {object} changes
 * @returns {Variant}
 */
const refreshForOtherUser = (changes) => ({
  title: `ID token with ${JSON.stringify(changes)}`,
  code: 'id_token_invalid',
  left: 'NONE',
  options: { scope: SCOPE_OPENID },
  async run(play) {
    const { ehr } = play;
    /** @param {object} claims */
    const grant = (claims) => ehr.grant(() => ({ scope: SCOPE_OPENID, id_token: ehr.idToken(claims) }));
    grant({});
    await signInAndAdvance(play, 0);
    grant(changes);
    return play.client.refresh();
  },
  check({ client, signedOutReasons }) {
    assert.deepEqual(signedOutReasons, ['identity_changed']);
    assert.equal(client.getState().error?.code, 'id_token_invalid');
  },
});

/** @type {import('./play.mjs').Rows} */
export const SESSION = {
  H154: STORAGES.flatMap((storage) => [
    ...RELOADS.map(/** @returns {Variant} */ (reload) => ({
      title: `${reload}, storage: ${storage}`,
      async run(play) {
        const { views, alice, bob } = await openFrames(play, { storage });
        for (let round = 0; round < 2; round++) {
          for (const [view, patient] of /** @type {const} */ ([
            [bob, 'bob'],
            [alice, 'alice'],
          ])) {
            assert.equal((await views[reload](view))?.patient, patient);
            await views.refresh(view);
            assert.deepEqual([views.shown(alice), views.shown(bob)], ['alice', 'bob']);
          }
        }
      },
    })),
    {
      title: `iframes with the same name, whose history states a router has replaced, storage: ${storage}`,
      async run(play) {
        const { views, alice, bob } = await openFrames(play, { storage, name: 'of the EHR' });
        for (const view of [alice, bob]) views.route(view);
        assert.equal((await views.reload(bob))?.patient, 'bob');
        assert.equal((await views.reload(alice))?.patient, 'alice');
      },
    },
    {
      title: `a third iframe, which was not launched, storage: ${storage}`,
      code: 'null',
      async run(play) {
        const { views } = await openFrames(play, { storage });
        return views.open(views.view({ isFrame: true }));
      },
    },
  ]),
  H155: STORAGES.flatMap((storage) =>
    ['refused', 'failed', 'abandoned'].flatMap((outcome) =>
      RELOADS.map((reload) => ({
        title: `${outcome}, then ${reload}, storage: ${storage}`,
        code: 'null',
        // The record of an earlier history entry remains, for that entry.
        left: outcome === 'abandoned' ? 'own' : 'NONE',
        async run(play) {
          const views = await openViews(play, { storage });
          const view = views.view();
          await views.launch(view, 'alice');
          await views.launch(view, 'bob', outcome);
          assert.equal(views.shown(view), undefined);
          await views.check(view);
          const session = await views[reload](view);
          assert.equal(await views.reload(view), null);
          play.pages = [view];
          continueIn(play, view);
          return session;
        },
      })),
    ),
  ),
  H156: Object.entries(LOSSES).flatMap(([title, lose]) =>
    CALLS.map((call) => ({
      title: `${title}: ${call}()`,
      async run(play) {
        const views = await openViews(play);
        const view = views.view();
        await views.launch(view, 'alice');
        continueIn(play, view);
        play.signedOutReasons = [];
        play.client.on('signedOut', ({ reason }) => play.signedOutReasons.push(reason));
        const requestCount = play.ehr.requests.length;
        lose(view.tab.storage, required(Object.keys(view.tab.storage).find((key) => key.includes(':session:'))));
        try {
          return await CALL[call](play.client);
        } finally {
          assert.equal(play.ehr.requests.length, requestCount, 'nothing is sent');
        }
      },
      check({ client, signedOutReasons }) {
        const { status, session } = client.getState();
        assert.deepEqual([status, session, signedOutReasons], ['unauthenticated', null, ['logout']]);
      },
    })),
  ),
  H157: /** @satisfies {[string, string, ((ehr: Ehr) => ScriptedResponse)?, object?][]} */ ([
    ['no refresh token', 'session_expired', undefined, { refresh_token: undefined }],
    ['refresh token refused', 'refresh_rejected', () => ({ status: 400, json: { error: 'invalid_grant' } })],
    ['client refused', 'token_refused', () => ({ status: 401, json: { error: 'invalid_client' } })],
    ['status 404', 'http_status', () => ({ status: 404, headers: { 'content-type': 'text/html' } })],
    ['no access token', 'token_response_invalid', () => ({ json: {} })],
    ['another token type', 'token_type_unsupported', (ehr) => ({ json: ehr.tokenResponse({ token_type: 'mac' }) })],
    ['another patient', 'launch_context_invalid', (ehr) => ({ json: ehr.tokenResponse({ patient: 'kenji' }) })],
  ]).flatMap(([title, code, respond, tokens]) =>
    REFRESHING_CALLS.map((call) => ({
      title: `${title}: ${call}()`,
      code,
      async run(play) {
        const { ehr } = play;
        if (tokens) ehr.grant(tokens);
        await signInAndAdvance(play, 3_700);
        if (respond) ehr.answer('/token', () => respond(ehr));
        return CALL[call](play.client);
      },
      check({ client, signedOutReasons, ehr }) {
        assert.deepEqual(signedOutReasons, ['session_expired']);
        const { status, error } = client.getState();
        assert.deepEqual([status, error?.code], ['unauthenticated', code]);
        assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 0);
      },
    })),
  ),
  H158: /** @satisfies {[string, ScriptedResponse?, object?][]} */ ([
    ['no refresh token', undefined, { refresh_token: undefined }],
    ['status 503', { status: 503 }],
    ['status 404', { status: 404 }],
    ['connection that breaks', { json: {}, cut: true }],
    ['no access token', { json: {} }],
  ]).flatMap(([title, response, tokens]) =>
    [5, 40].map((secondsLeft) => ({
      title: `${title}, ${secondsLeft} s left`,
      async run(play) {
        const { ehr, client, refreshes } = play;
        if (tokens) ehr.grant(tokens);
        ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
        await signInAndAdvance(play, 3_600 - secondsLeft);
        if (response) ehr.answer('/token', response);
        for (let call = 0; call < 5; call++) {
          assert.equal((await client.fetch('Patient/zoe')).status, 200);
          assert.equal(await client.getAccessToken(), ehr.issued[0]?.access_token);
        }
        assert.ok(refreshes().length <= 2, 'the refresh is not tried for each call');
      },
      check: ({ signedOutReasons }) => assert.deepEqual(signedOutReasons, []),
    })),
  ),
  H159: [
    refreshForOtherUser({ sub: 'kenji' }),
    refreshForOtherUser({ iss: 'https://evil.example' }),
    refreshForOtherUser({ aud: 'another' }),
    refreshForOtherUser({ aud: ['another', 'third'] }),
    refreshForOtherUser({ azp: 'another' }),
    ...['patient', 'encounter'].map(/** @returns {Variant} */ (name) => ({
      title: `another ${name}`,
      code: 'launch_context_invalid',
      left: 'unchanged',
      async run(play) {
        await signInAndAdvance(play, 0);
        play.ehr.grant({ [name]: 'another', refresh_token: undefined });
        return play.client.refresh();
      },
      async check({ client, signedOutReasons, ehr }) {
        assert.deepEqual(signedOutReasons, []);
        assert.equal(await client.getAccessToken(), ehr.issued[0]?.access_token);
      },
    })),
  ],
  H160: ['GET', 'POST'].map((authorizeMethod) => ({
    title: authorizeMethod,
    options: { authorizeMethod },
    async run(play) {
      let redirects = 0;
      play.client.on('redirecting', () => (redirects += 1));
      for (const times of [1, 2, 3]) {
        // The mock page does not navigate, as with a 204 or a download.
        const attempt = play.client.authorize();
        assert.equal(play.client.authorize(), attempt, 'concurrent calls are one sign-in');
        while (redirects < times) await wait(2);
        await wait(2);
      }
      assert.equal(redirects, 3);
      await play.begin();
    },
  })),
};
