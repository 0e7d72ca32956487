// Group A: sign-ins, requests to the redirect URI, and the URLs to which the routes redirect the browser.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createSmartServer } from 'smart-launch/server';
import { SCOPE_OPENID } from '../ehr.mjs';
import { BASE_URL, createBrowser, ORIGIN } from '../server-app.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 */

const KNOWN_ID = 'K'.repeat(43);
const CROSS_SITE = { headers: { 'sec-fetch-site': 'cross-site' } };

/** @param {Response} response */
const locationOf = ({ headers }) => new URL(String(headers.get('location')));

/** Signs in, and returns the response to the callback. @param {import('../server-app.mjs').Browser} browser @param {string} path */
async function signIn(browser, path) {
  return browser.visit(await browser.begin(path), CROSS_SITE);
}

/** @param {string} title @param {(play: Play) => { path?: string, cookie?: string }} choose @returns {Variant} */
const fixedSession = (title, choose) => ({
  title,
  async run(play) {
    const { browser, attacker } = play;
    const { id: attackerId } = await attacker.signIn();
    const { path = 'login', cookie } = choose({ ...play, id: attackerId });
    const victim = browser;
    const callback = await victim.begin(path);
    const cookies = [cookie, victim.cookie()].filter(Boolean).join('; ');
    const headers = { cookie: cookies, 'smart-session': attackerId, ...CROSS_SITE.headers };
    const response = await victim.visit(callback, { headers });
    const ids = locationOf(response).searchParams.getAll('smart_session');
    assert.equal(ids.length, 1);
    assert.ok(ids[0] !== attackerId && ids[0] !== KNOWN_ID);
    if (!cookie) assert.deepEqual([await attacker.session(String(ids[0])), await victim.session(attackerId)], [null, null]);
    return { [title]: response };
  },
});

/** @param {(play: Play, callback: URL) => Promise<string>} edit @param {string} title @param {string} [code] @returns {Variant} */
const forgedCallback = (title, edit, code = 'state_unknown') => ({
  title,
  code,
  async run(play) {
    const { browser, exchanges } = play;
    const callback = await browser.begin();
    const before = exchanges().length;
    const response = await browser.visit(await edit(play, new URL(callback)), CROSS_SITE);
    assert.equal(exchanges().length, before);
    assert.deepEqual(browser.set, [], 'no cookie is set or removed');
    assert.equal((await browser.visit(callback, CROSS_SITE)).status, 303, 'the sign-in is still pending');
    return { [title]: response };
  },
});

/** @param {string} name @param {string} value */
const withParameter = (name, value) => async (/** @type {Play} */ _, /** @type {URL} */ url) => {
  url.searchParams.set(name, value);
  return url.href;
};

/** @param {string} title @param {(play: Play) => string} iss @param {string} [code] @returns {Variant} */
const foreignIss = (title, iss, code = 'issuer_not_allowed') => ({
  title,
  code,
  async run(play) {
    const { attacker, ehr } = play;
    const before = ehr.requests.length;
    const value = encodeURIComponent(iss(play));
    const outcomes = {
      launch: await attacker.visit(`launch?iss=${value}&launch=x`),
      login: await attacker.visit(`login?iss=${value}`),
    };
    assert.deepEqual(attacker.set, []);
    assert.equal(ehr.requests.length, before);
    return outcomes;
  },
});

const EVIL_RETURN_TO = [
  ...['//evil.example', 'https://evil.example/', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', 'https:evil.example'],
  ...['\t//evil.example', '/\n/evil.example', '\r\n//evil.example', '/\u0000/evil.example', ' //evil.example', '///evil.example', '////evil.example'],
  ...['/\\/evil.example', '\\/evil.example', '/.//evil.example', '/..//evil.example', '//evil.example/%2e%2e', '%2f%2fevil.example', '/%2f%2fevil.example'],
  ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'blob:https://app.example/x'],
  ...['/%0d%0aset-cookie:a=b', '/\r\nset-cookie: a=b', 'https://app.example@evil.example/', 'https://app.example:443@evil.example/'],
  ...['https://app.example.evil.example/', 'https://evil.example#app.example', 'http://app.example/', 'ftp://app.example/', `/${'a'.repeat(5000)}`],
  ...['http://[', 'https://[::1', 'http://', '///', '/%', ' ', '', 'https://аpp.example/', 'https://app.example。evil.example/'],
];

const ROUTES_AS_RETURN_TO = [
  ...['/auth/login', '/auth/login/', '/auth/login?returnTo=/auth/login', '/auth/login?returnTo=%2Fauth%2Flogin#x', 'auth/login'],
  ...['/auth/launch?iss=x&launch=y', `/auth/callback?code=c&state=${KNOWN_ID}`, '/auth/callback/ehr', '/auth/session', '/auth/logout'],
  ...['/auth/front-channel-logout?iss=x&sid=y', '/auth/fhir/Patient', '/auth/jwks.json', `/auth/request/${KNOWN_ID}`],
  ...['/x/../auth/login', '/./auth/login', '/\tauth/login', '/auth/x/%2e%2e/login', '\\auth\\login', `${BASE_URL}/login`],
  ...['/auth/%6Cogin', '/auth//login', '/%61uth/login', '/auth%2Flogin', '/auth/login%3Fx', '/auth/x%2F%2E%2E%2Flogin'],
  ...['/auth/%5Clogin', '/auth/%66hir/Patient', '/auth///front-channel-logout?iss=x&sid=y'],
];

/**
 * @param {string} title
 * @param {(fields: URLSearchParams) => { body: BodyInit, type?: string }} createBody
 * @param {string} [code]
 * @returns {Variant}
 */
const postedCallback = (title, createBody, code = 'callback_malformed') => ({
  title,
  code,
  options: { responseMode: 'form_post' },
  async run({ browser, exchanges }) {
    const { searchParams } = new URL(await browser.begin());
    const before = exchanges().length;
    const { body, type = 'application/x-www-form-urlencoded' } = createBody(searchParams);
    const post = (/** @type {BodyInit} */ body, /** @type {string} */ type) =>
      browser.visit('callback', { method: 'POST', headers: { ...CROSS_SITE.headers, origin: 'https://ehr.example', 'content-type': type }, body });
    const response = await post(body, type);
    assert.equal(exchanges().length, before);
    const valid = await post(searchParams.toString(), 'application/x-www-form-urlencoded');
    assert.equal(valid.status, 303, 'the sign-in is still pending');
    return { [title]: response };
  },
});

const MARKUP = '<img src=x onerror=alert(1)><script>canary</script>"\'&\u0000\u001b[31m\u202e';

/** The script of an error page whose URL has an authorization response. */
const SCRIPT = "history.replaceState(null, '', location.pathname)";

/** @param {Response} response */
async function assertNoMarkup(response) {
  const text = await response.clone().text();
  const hash = createHash('sha256').update(SCRIPT).digest('base64');
  const scripts = text.includes(`<script>${SCRIPT}</script>`) ? `'sha256-${hash}'` : "'none'";
  assert.equal(response.headers.get('content-security-policy'), `default-src 'none'; script-src ${scripts}; base-uri 'none'`);
  assert.doesNotMatch(text.replace(`<script>${SCRIPT}</script>`, ''), /<script|onerror|canary|[\u0000\u001b\u202e]/);
}

/** @type {Record<string, Variant[]>} */
export const SIGN_IN = {
  S001: [
    fixedSession('in the URL of the login', ({ id }) => ({ path: `login?smart_session=${id}` })),
    fixedSession('in returnTo', ({ id }) => ({ path: `login?returnTo=${encodeURIComponent(`/page?smart_session=${id}&smart_session=${KNOWN_ID}`)}` })),
    fixedSession('by the attacker’s cookie', ({ attacker }) => ({ cookie: attacker.cookie() })),
  ],

  S002: [
    forgedCallback('without the cookie of that sign-in', async ({ attacker }) => attacker.begin()),
    forgedCallback('state of the attacker, code of the user', async ({ attacker }, callback) => {
      callback.searchParams.set('state', String(new URL(await attacker.begin()).searchParams.get('state')));
      return callback.href;
    }),
    {
      title: 'with the cookie value of another sign-in',
      code: 'state_unknown',
      async run({ browser, attacker, exchanges }) {
        const callback = await attacker.begin();
        const [name] = [...attacker.jar.keys()];
        await browser.begin();
        const value = [...browser.jar].find(([cookie]) => cookie.startsWith('__Host-smart-launch-'))?.[1];
        const before = exchanges().length;
        const response = await browser.visit(callback, { headers: { ...CROSS_SITE.headers, cookie: `${name}=${value}` } });
        assert.equal(exchanges().length, before);
        assert.equal((await attacker.visit(callback, CROSS_SITE)).status, 303, 'the attacker’s sign-in is still pending');
        return { callback: response };
      },
    },
  ],

  S003: [
    forgedCallback('no state', async (_, url) => (url.searchParams.delete('state'), url.href)),
    forgedCallback('empty state', withParameter('state', '')),
    forgedCallback('state with a NUL', withParameter('state', '\u0000'.repeat(43))),
    forgedCallback('unknown state', withParameter('state', 'A'.repeat(43))),
    forgedCallback('state of 60,000 characters', withParameter('state', 'A'.repeat(60_000))),
    forgedCallback('state that is a path', withParameter('state', '../../session')),
    forgedCallback('state that is not UTF-8', async (_, url) => `${url.origin}${url.pathname}?code=c&state=%ff%fe`),
    forgedCallback('two states', async (_, url) => `${url.href}&state=${KNOWN_ID}`, 'callback_duplicate_param'),
    forgedCallback('two codes', async (_, url) => `${url.href}&code=x`, 'callback_duplicate_param'),
  ],

  S004: [
    foreignIss('link-local address', () => 'http://169.254.169.254/latest', 'endpoint_scheme'),
    foreignIss('another host', ({ otherServer }) => `${otherServer.origin}/fhir`),
    foreignIss('https at another host', () => 'https://evil.example/fhir'),
    foreignIss('file', () => 'file:///etc/passwd', 'endpoint_scheme'),
    foreignIss('another path', ({ ehr }) => `${ehr.origin}/other`),
    foreignIss('dot segments', ({ ehr }) => `${ehr.fhirBaseUrl}/../other`),
    foreignIss('userinfo', ({ ehr, otherServer }) => ehr.fhirBaseUrl.replace('://', `://${new URL(otherServer.origin).host}@`)),
    foreignIss('a longer path', ({ ehr }) => `${ehr.fhirBaseUrl}.evil.example`),
  ],

  S005: [
    {
      title: 'jku, x5u, jwk',
      options: { scope: SCOPE_OPENID },
      ehr: { idToken: {} },
      async run({ attacker, ehr, otherServer }) {
        /** @type {Record<string, Response>} */
        const outcomes = {};
        const { origin } = otherServer;
        for (const [name, value] of Object.entries({ jku: origin, x5u: origin, jwk: { kty: 'oct', k: 'AA' } })) {
          ehr.grant(() => ({ scope: SCOPE_OPENID, id_token: ehr.idToken({}, { header: { [name]: value } }) }));
          outcomes[name] = await signIn(attacker, 'login');
        }
        return outcomes;
      },
    },
  ],

  S006: [
    {
      title: `${EVIL_RETURN_TO.length} values`,
      async run({ attacker }) {
        /** @type {Record<string, Response>} */
        const outcomes = {};
        for (const returnTo of EVIL_RETURN_TO) {
          const response = await signIn(attacker, `login?returnTo=${encodeURIComponent(returnTo)}`);
          const location = String(response.headers.get('location'));
          assert.ok(location.startsWith(`${ORIGIN}/`) && !location.startsWith(`${ORIGIN}//`), `${returnTo}: ${location}`);
          assert.equal(new URL(location).origin, ORIGIN);
          outcomes[returnTo] = response;
        }
        return outcomes;
      },
    },
    {
      title: 'the parameter twice',
      async run({ attacker }) {
        const response = await signIn(attacker, 'login?returnTo=/one&returnTo=//evil.example');
        assert.equal(locationOf(response).pathname, '/one');
        return { twice: response };
      },
    },
  ],

  S007: [
    postedCallback('70 KB', (fields) => ({ body: `${fields}&x=${'y'.repeat(70_000)}` })),
    postedCallback('not a form', (fields) => ({ body: fields.toString(), type: 'text/plain' })),
    postedCallback('multipart', (fields) => ({ body: fields.toString(), type: 'multipart/form-data; boundary=x' })),
    postedCallback('not UTF-8', () => ({ body: Uint8Array.of(0x61, 0x3d, 0xff) })),
    postedCallback('two states', (fields) => ({ body: `${fields}&state=${KNOWN_ID}` }), 'callback_duplicate_param'),
    {
      title: 'a body that never ends',
      code: 'callback_malformed',
      options: { responseMode: 'form_post' },
      async run({ browser, smart, test, exchanges }) {
        await browser.begin();
        const before = exchanges().length;
        test.mock.timers.enable({ apis: ['setTimeout'] });
        let isCancelled = false;
        let onRead = () => {};
        const isRead = new Promise((resolve) => (onRead = () => resolve(undefined)));
        const endlessBody = new ReadableStream(
          { pull: () => (onRead(), new Promise(() => {})), cancel: () => void (isCancelled = true) },
          { highWaterMark: 0 },
        );
        const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie: browser.cookie() };
        const init = /** @type {RequestInit} */ ({ method: 'POST', headers, body: endlessBody, duplex: 'half' });
        const slowResponse = smart.handle(new Request(`${BASE_URL}/callback`, init));
        await isRead;
        test.mock.timers.tick(10_000);
        const response = await slowResponse;
        test.mock.timers.reset();
        assert.ok(isCancelled);
        assert.equal(exchanges().length, before);
        return { slow: response };
      },
    },
  ],

  S008: [
    {
      title: 'in the callback',
      code: 'authorization_refused',
      async run({ attacker }) {
        const refusedCallback = new URL(await attacker.begin());
        refusedCallback.searchParams.delete('code');
        refusedCallback.searchParams.set('error', `access_denied${MARKUP}`);
        refusedCallback.searchParams.set('error_description', MARKUP);
        refusedCallback.searchParams.set('error_uri', 'javascript:alert(1)');
        const response = await attacker.visit(refusedCallback.href, CROSS_SITE);
        await assertNoMarkup(response);
        return { callback: response };
      },
    },
    {
      title: 'in the token response',
      code: 'token_refused',
      async run({ attacker, ehr }) {
        ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: MARKUP, error_uri: 'javascript:alert(1)' } });
        const response = await signIn(attacker, 'login');
        await assertNoMarkup(response);
        return { token: response };
      },
    },
  ],

  S009: [
    {
      title: 'in one browser',
      async run({ attacker }) {
        for (let count = 0; count < 20; count++) await attacker.begin();
        assert.equal(attacker.jar.size, 8);
        return { 'the last one': await signIn(attacker, 'login') };
      },
    },
  ],

  S010: [
    {
      title: 'five requests',
      async run({ attacker, exchanges }) {
        const callback = await attacker.begin();
        const before = exchanges().length;
        const responses = await Promise.all(Array.from({ length: 5 }, () => attacker.visit(callback, CROSS_SITE)));
        assert.equal(exchanges().length, before + 1);
        assert.equal(new Set(responses.map(({ headers }) => headers.get('location'))).size, 1);
        return Object.fromEntries(Object.entries(responses));
      },
    },
  ],

  S011: [
    {
      title: 'each value',
      async run({ options, ehr }) {
        const smart = createSmartServer({ ...options, authorizeMethod: 'POST', scope: 'launch patient/*.rs' });
        const browser = createBrowser(smart);
        const iss = encodeURIComponent(ehr.fhirBaseUrl);
        /** @type {Record<string, Response>} */
        const outcomes = {};
        for (const launch of ['"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", '" autofocus onfocus="alert(1)', '</form><form action=//evil.example>', '&quot;&gt;<a>']) {
          const response = await browser.visit(`launch?iss=${iss}&launch=${encodeURIComponent(launch)}`);
          assert.equal(response.status, 200);
          const text = await response.clone().text();
          const value = /name="launch" value="([^"]*)"/.exec(text)?.[1] ?? '';
          assert.equal(value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)), launch);
          assert.deepEqual(text.match(/<(?:script|form|img|a)\b/g), ['<form', '<script']);
          assert.match(String(response.headers.get('content-security-policy')), /^default-src 'none'; script-src 'sha256-[\w+/]+='; base-uri 'none'$/);
          outcomes[launch] = response;
        }
        return outcomes;
      },
    },
  ],

  S012: [
    {
      title: `${ROUTES_AS_RETURN_TO.length} values`,
      async run({ attacker }) {
        /** @type {Record<string, Response>} */
        const outcomes = {};
        for (const returnTo of ROUTES_AS_RETURN_TO) {
          const response = await signIn(attacker, `login?returnTo=${encodeURIComponent(returnTo)}`);
          assert.equal(locationOf(response).pathname, '/', returnTo);
          outcomes[returnTo] = response;
        }
        return outcomes;
      },
    },
    {
      title: 'pages of the app beside the routes',
      async run({ attacker }) {
        const response = await signIn(attacker, 'login?returnTo=/auth/welcome?next=/auth/login');
        assert.equal(locationOf(response).pathname, '/auth/welcome');
        const other = await signIn(attacker, 'login?returnTo=/login');
        assert.equal(locationOf(other).pathname, '/login');
        return { 'under the base path': response, 'outside of it': other };
      },
    },
  ],
};
