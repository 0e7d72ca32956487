// Group M: several servers, one of which repeats the metadata of another or shares a redirect URI with it; the option `issuer`.

import assert from 'node:assert/strict';
import { SCOPE_OPENID, startEhr } from '../ehr.mjs';
import { required } from '../required.mjs';
import { callbackOf } from '../sign-in.mjs';
import { keyFor } from '../signer.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('../ehr.mjs').Ehr} Ehr
 * @typedef {import('../scripted-server.mjs').ScriptedResponse} ScriptedResponse
 * @typedef {import('../sign-in.mjs').Sent} Sent
 * @typedef {{ url: string, body: URLSearchParams }} Posted
 * @typedef {string | URLSearchParams | Posted} Callback
 */

const ISS = { authorization_response_iss_parameter_supported: true };
const BACK = 'https://app.example/back';
const OTHER = 'https://app.example/other';

/**
 * Configures a second server. Its metadata is that of the first one with these changes.
 *
 * @param {Play} play
 * @param {(attacker: Ehr) => object} changes
 * @param {string} redirectUri of the second server
 * @param {Partial<Play['settings']>} options
 */
async function addServer(play, changes, redirectUri, options = {}) {
  const { ehr } = play;
  const attacker = await startEhr(play.test);
  const document = { json: { ...ehr.document, ...changes(attacker) } };
  attacker.answer('/fhir/.well-known/smart-configuration', document);
  attacker.answer('/.well-known/openid-configuration', document);
  ehr.answer('/.well-known/openid-configuration', { json: ehr.document });
  const { fhirBaseUrl, ...shared } = play.settings;
  const servers = [{ fhirBaseUrl }, { fhirBaseUrl: attacker.fhirBaseUrl, redirectUri }];
  // The FHIR base of the first server is in `servers`.
  play.settings = /** @type {Play['settings']} */ ({ ...shared, ...options, servers });
  await play.open();
  return (play.attacker = attacker);
}

/** @param {Play} play @param {Ehr} server */
const beginAt = ({ client }, server) => client.authorize({ navigate: false, iss: server.fhirBaseUrl });

/** @param {Play} play */
const assertNothingExchanged = ({ ehr, attacker }) =>
  assert.equal(ehr.requestsTo('/token').length + required(attacker).requestsTo('/token').length, 0);

/** @satisfies {Record<string, (attacker: Ehr) => object>} */
const FALSE_METADATA = {
  'its own token endpoint': (attacker) => ({ token_endpoint: `${attacker.origin}/token` }),
  'its own token endpoint and keys': (attacker) => ({
    token_endpoint: `${attacker.origin}/token`,
    jwks_uri: `${attacker.origin}/jwks`,
  }),
  'its own authorization endpoint': (attacker) => ({ authorization_endpoint: `${attacker.origin}/authorize` }),
};

/**
 * The response as a `form_post`.
 *
 * @param {Sent} request
 * @param {Record<string, string>} [changes]
 * @returns {Posted}
 */
function formPost(request, changes) {
  const { origin, pathname, searchParams } = new URL(callbackOf(request, changes));
  return { url: origin + pathname, body: searchParams };
}

/** @type {import('./play.mjs').Rows} */
export const MIX_UP = {
  H148: Object.entries(FALSE_METADATA).flatMap(([title, changes]) => [
    {
      title,
      code: 'discovery_issuer',
      configuration: ISS,
      run: async (play) => beginAt(play, await addServer(play, changes, BACK)),
      check: assertNothingExchanged,
    },
    {
      title: `${title}; a response with the iss of this server to a sign-in at the other server`,
      code: 'iss_mismatch',
      left: 'USED',
      configuration: ISS,
      async run(play) {
        const attacker = await addServer(play, changes, BACK);
        play.otherRequest = await beginAt(play, play.ehr);
        play.request = await beginAt(play, play.ehr);
        return play.client.ready({ callback: callbackOf(required(play.request), { iss: attacker.origin }) });
      },
      check: assertNothingExchanged,
    },
  ]),
  H149: /** @satisfies {[string, (posted: Posted) => Callback, string?][]} */ ([
    ['the body alone, as text', ({ body }) => String(body)],
    ['the body alone', ({ body }) => body],
    ['the redirect URI of the other server', ({ body }) => ({ url: BACK, body })],
    ['a URL that is no redirect URI', ({ body }) => ({ url: 'https://app.example/', body })],
    ['no URL', ({ body }) => /** @type {Posted} */ (/** @type {unknown} */ ({ url: undefined, body }))],
    ['no URL, and no `iss` although the metadata promises it', ({ body }) => body, 'iss_missing'],
  ]).map(([title, toCallback, code = 'callback_malformed']) => ({
    title,
    code,
    configuration: code === 'iss_missing' ? ISS : {},
    async run(play) {
      const attacker = await addServer(play, (attacker) => ({ token_endpoint: `${attacker.origin}/token` }), OTHER, {
        responseMode: 'form_post',
      });
      // The second server states the authorization endpoint of the first, which therefore sends the responses.
      const isMissing = code === 'iss_missing';
      const server = isMissing ? play.ehr : attacker;
      /** @type {Record<string, string>} */
      const iss = isMissing ? { iss: play.ehr.origin } : {};
      play.request = await beginAt(play, server);
      play.honest = (/** @type {Sent} */ request) => formPost(request, iss);
      return play.client.ready({ callback: toCallback(formPost(required(play.request))) });
    },
    check: assertNothingExchanged,
  })),
  H150: [
    {
      title: 'an app with `openid` does not navigate',
      code: 'discovery_issuer',
      left: 'NONE',
      options: { scope: SCOPE_OPENID },
      async run(play) {
        const attacker = await addServer(play, (attacker) => ({ jwks_uri: `${attacker.origin}/jwks` }), OTHER);
        return beginAt(play, attacker);
      },
      check: assertNothingExchanged,
    },
    .../** @satisfies {[string, string, object, (attacker: Ehr) => object][]} */ ([
      ['the second server states the issuer of the first', 'discovery_issuer', {}, () => ({})],
      ['the second server states its own issuer', 'id_token_invalid', {}, (attacker) => ({ issuer: attacker.origin })],
      [
        'the second server states its own issuer to an app with `openid`',
        'id_token_invalid',
        { scope: SCOPE_OPENID },
        (attacker) => ({ issuer: attacker.origin }),
      ],
    ]).map(/** @returns {Variant} */ ([title, code, options, issuer]) => ({
      title,
      code,
      options,
      async run(play) {
        const attacker = await addServer(
          play,
          (attacker) => ({ jwks_uri: `${attacker.origin}/jwks`, token_endpoint: `${attacker.origin}/token`, ...issuer(attacker) }),
          OTHER,
        );
        const key = keyFor('RS256', 'bad');
        attacker.publish(key.jwk);
        attacker.grant(() => ({ ...options, id_token: attacker.idToken({ iss: play.ehr.origin }, { key }) }));
        play.otherRequest = await beginAt(play, play.ehr);
        play.request = await beginAt(play, attacker);
        return play.client.ready({ callback: callbackOf(required(play.request)) });
      },
      check({ ehr, attacker }) {
        assert.equal(attacker?.requestsTo('/token').length, 1);
        assert.equal(ehr.requestsTo('/token').length, 0);
      },
    })),
  ],
  H151: [BACK, 'https://APP.example:443/back', 'https://app.example/back?server=2'].flatMap((redirectUri) =>
    /** @type {const} */ (['first', 'second']).map((which) => ({
      title: `${redirectUri}: the ${which} client`,
      async run(play) {
        play.attacker = await startEhr(play.test);
        const second = play.page.createSmartClient(play.attacker.options({ storage: 'session', redirectUri }));
        return { first: play.client, second }[which].authorize({ navigate: false });
      },
      check: ({ attacker }) => assert.ok(attacker?.requests.every(({ path }) => path.includes('/.well-known/'))),
    })),
  ),
  H152: [
    {
      title: 'sign-in',
      code: 'state_unknown',
      async run(play) {
        play.settings = { ...play.settings, issuer: play.ehr.origin };
        await play.open();
        await play.begin();
        const otherClient = play.page.createSmartClient({ ...play.settings, issuer: 'https://other.example' });
        return otherClient.ready({ callback: callbackOf(required(play.request)) });
      },
      check: ({ exchanges }) => assert.equal(exchanges().length, 0),
    },
    {
      title: 'session',
      code: 'null',
      async run(play) {
        const { settings } = play;
        play.settings = { ...settings, issuer: play.ehr.origin };
        await play.open();
        await play.signIn();
        await play.begin();
        play.settings = { ...settings, issuer: 'https://other.example' };
        return (await play.open(undefined, { fresh: true })).ready();
      },
      async check(play) {
        assert.ok(Object.keys(play.tab.storage).every((key) => !key.includes(':session:')), 'the tokens are removed');
        play.settings = { ...play.settings, issuer: play.ehr.origin };
        assert.equal(await (await play.open(undefined, { fresh: true })).ready(), null, 'no session is left for the right issuer');
      },
    },
  ],
  H153: /** @satisfies {[string, string, ScriptedResponse][]} */ ([
    ['connection that breaks', 'network', { cut: true, json: {} }],
    ['status 503', 'http_status', { status: 503 }],
    ['redirect', 'redirected', { redirect: '/.well-known/openid-configuration' }],
  ]).map(([title, code, failure]) => ({
    title,
    code,
    async run(play) {
      const { ehr } = play;
      play.settings = { ...play.settings, issuer: ehr.origin };
      await play.open();
      ehr.answer('/fhir/.well-known/smart-configuration', failure, { json: ehr.document });
      ehr.answer('/.well-known/openid-configuration', { json: ehr.document });
      return play.client.authorize({ navigate: false });
    },
    check: ({ ehr }) =>
      assert.deepEqual(ehr.requests.map(({ path }) => path), ['/fhir/.well-known/smart-configuration']),
  })),
};
