// Group B: requests from pages of other sites, from proxies, and from other browsers.

import assert from 'node:assert/strict';
import { SCOPE_OPENID } from '../ehr.mjs';
import { BASE_URL, ORIGIN } from '../server-app.mjs';

/**
 * @typedef {import('./play.mjs').Play} Play
 * @typedef {import('./play.mjs').Variant} Variant
 * @typedef {import('./play.mjs').Outcome} Outcome
 */

/** Headers of requests that do not count as requests of the app's pages. @type {Record<string, Record<string, string>>} */
const FOREIGN = {
  'another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'a sibling host': { origin: 'https://evil.app.example', 'sec-fetch-site': 'same-site' },
  'no origin, cross-site': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'own origin, cross-site': { origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
  'another origin, declared as same-origin': { origin: 'https://app.example.evil.example', 'sec-fetch-site': 'same-origin' },
  'an origin with the same beginning': { origin: `${ORIGIN}.evil.example`, 'sec-fetch-site': 'same-origin' },
  'http at the same host': { origin: 'http://app.example', 'sec-fetch-site': 'same-origin' },
  'two origins': { origin: `${ORIGIN}, https://evil.example`, 'sec-fetch-site': 'same-origin' },
  'own origin in upper case': { origin: ORIGIN.toUpperCase(), 'sec-fetch-site': 'same-site' },
};

/** @param {(play: Play, headers: Record<string, string>) => Promise<Outcome>} send @returns {Variant['run']} */
const forEachSite = (send) => async (play) => {
  /** @type {Record<string, Outcome>} */
  const outcomes = {};
  for (const [title, headers] of Object.entries(FOREIGN)) outcomes[title] = await send(play, headers);
  assert.equal(play.ehr.requestsTo('/revoke').length, 0);
  assert.equal(play.fhir().length, 0);
  return outcomes;
};

/** @param {() => unknown} call */
const errorCodeOf = async (call) => {
  try {
    await call();
    return 'ok';
  } catch (error) {
    return String(/** @type {{ code?: string }} */ (error).code);
  }
};

const METHOD_OVERRIDES = { 'x-http-method-override': 'POST', 'x-http-method': 'POST', 'x-method-override': 'POST' };
const PROXY_HEADERS = {
  host: 'evil.example',
  forwarded: 'for=10.0.0.1;host=evil.example;proto=http',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-forwarded-port': '666',
  'x-forwarded-prefix': '/evil',
  'x-original-url': '/auth/logout',
  'x-rewrite-url': '/auth/logout',
  'x-original-host': 'evil.example',
};

const ROUTES = ['launch', 'login', 'callback', 'session', 'logout', 'front-channel-logout', 'jwks.json', 'fhir/Patient', 'request/x'];

/** @type {Record<string, Variant[]>} */
export const OTHER_SITES = {
  S020: [
    {
      title: 'route logout',
      run: forEachSite(({ send }, headers) => send('logout', { method: 'POST', headers })),
    },
    {
      title: 'route logout, by a form',
      run: forEachSite(({ browser, id }, headers) => browser.visit(`logout?smart_session=${id}`, { method: 'POST', headers })),
    },
    {
      title: 'a route of the app, by smart.session()',
      run: forEachSite(({ browser, smart, id }, headers) => {
        const init = { method: 'POST', headers: { ...headers, 'smart-session': id } };
        return errorCodeOf(() => smart.session(browser.requestOf(`${ORIGIN}/save`, init)));
      }),
    },
    {
      title: 'without `Origin` and `Sec-Fetch-Site`',
      async run({ browser, smart, id }) {
        const init = { method: 'POST', headers: { cookie: browser.cookie(), 'smart-session': id } };
        return { route: await smart.handle(new Request(`${BASE_URL}/logout`, init)) };
      },
    },
  ],

  S021: [
    { title: 'session', run: forEachSite(({ send }, headers) => send('session', { headers })) },
    { title: 'FHIR resource', run: forEachSite(({ send }, headers) => send('fhir/Patient/zoe', { headers })) },
    {
      title: 'FHIR change',
      run: forEachSite(({ send }, headers) => send('fhir/Patient', { method: 'POST', headers, body: '{}' })),
    },
  ],

  S022: [
    {
      title: 'signed in, or not',
      async run({ attacker, id }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const signInState of ['without cookies', 'signed in']) {
          if (signInState === 'signed in') await attacker.signIn();
          const headers = { 'smart-session': id };
          outcomes[`${signInState}: session()`] = await attacker.session(id);
          outcomes[`${signInState}: route`] = await attacker.visit('session', { headers });
          outcomes[`${signInState}: route, in the URL`] = await attacker.visit(`session?smart_session=${id}`);
          outcomes[`${signInState}: FHIR`] = await attacker.visit('fhir/Patient/zoe', { headers });
          outcomes[`${signInState}: logout`] = await attacker.visit('logout', { method: 'POST', headers });
        }
        return outcomes;
      },
    },
  ],

  S023: [
    {
      title: 'in URL and header',
      async run({ browser, id }) {
        const { id: otherId } = await browser.signIn();
        const headers = { 'smart-session': otherId };
        return {
          'URL and header': await browser.visit(`session?smart_session=${id}`, { headers }),
          'twice in the URL': await browser.visit(`session?smart_session=${id}&smart_session=${otherId}`),
          'FHIR, URL and header': await browser.visit(`fhir/Patient?smart_session=${id}`, { headers }),
          'header with both': await browser.visit('session', { headers: { 'smart-session': `${id}, ${otherId}` } }),
          'with a space': await browser.visit('session', { headers: { 'smart-session': `${id} x` } }),
          'the parameter in upper case': await browser.visit(`session?SMART_SESSION=${id}`),
          'an additional empty parameter': await browser.visit(`session?smart_session=${id}&smart_session=`),
          none: await browser.visit('session'),
        };
      },
    },
  ],

  S024: [
    {
      title: 'logout by GET',
      code: 'config_invalid',
      async run({ send }) {
        return {
          headers: await send('logout', { headers: METHOD_OVERRIDES }),
          query: await send('logout?_method=POST&method=POST&_HttpMethod=POST'),
        };
      },
    },
    {
      title: 'FHIR by GET',
      code: 'ok',
      async run({ send, ehr, fhir }) {
        ehr.answer('/fhir/Patient/zoe', { json: {} });
        const response = await send('fhir/Patient/zoe', { headers: { ...METHOD_OVERRIDES, 'x-http-method-override': 'DELETE' } });
        const [forwarded] = fhir();
        assert.equal(forwarded?.method, 'GET');
        assert.deepEqual(Object.keys(forwarded.headers).filter((name) => name.includes('method')), []);
        return { FHIR: response };
      },
    },
  ],

  S025: [
    {
      title: 'web request',
      async run({ attacker, ehr, smart, send }) {
        const login = await attacker.visit('login', { headers: PROXY_HEADERS });
        const request = new URL(String(login.headers.get('location')));
        assert.equal(request.origin, ehr.origin);
        assert.equal(request.searchParams.get('redirect_uri'), `${BASE_URL}/callback`);
        ehr.answer('/fhir/Patient', { json: { resourceType: 'Bundle', link: [{ relation: 'next', url: `${ehr.fhirBaseUrl}?page=2` }] } });
        const bundle = await send('fhir/Patient', { headers: PROXY_HEADERS });
        assert.equal((await bundle.json()).link[0].url, `${BASE_URL}/fhir?page=2`);
        const session = await send('session', { headers: PROXY_HEADERS });
        const requestToOtherHost = new Request('https://evil.example/auth/login', { headers: PROXY_HEADERS });
        const otherHost = await smart.handle(requestToOtherHost);
        assert.match(String(otherHost.headers.get('location')), /redirect_uri=https%3A%2F%2Fapp\.example%2F/);
        return { login, session, otherHost };
      },
    },
    {
      title: 'through toNode',
      async run({ listen }) {
        const { raw } = await listen();
        const lines = Object.entries(PROXY_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
        const received = await raw(`GET /auth/login HTTP/1.1\r\n${lines.join('')}\r\n`);
        assert.match(received, /^HTTP\/1\.1 303 [\s\S]*redirect_uri=https%3A%2F%2Fapp\.example%2Fauth%2Fcallback/);
        assert.doesNotMatch(received, /evil/);
        return { login: 'ok' };
      },
    },
  ],

  S026: [
    {
      title: 'every route',
      async run({ send }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const route of ROUTES) {
          const headers = {
            origin: 'https://evil.example',
            'sec-fetch-site': 'cross-site',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'smart-session',
          };
          const response = await send(route, { method: 'OPTIONS', headers });
          assert.equal(response.status, 405);
          outcomes[route] = response;
        }
        return outcomes;
      },
    },
  ],

  S027: [
    {
      title: 'in another browser',
      options: { scope: SCOPE_OPENID },
      ehr: { idToken: { sid: 's1' } },
      async run({ attacker, ehr }) {
        const iss = encodeURIComponent(ehr.origin);
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const query of [
          ...['', `iss=${iss}`, 'sid=s1', `iss=${iss}&sid=s2`, 'iss=https://evil.example&sid=s1', `iss=${iss}/&sid=s1`],
          ...[`iss=${iss}&sid=s1&sid=s1`, `iss=${iss}&iss=${iss}&sid=s1`, `iss=${iss}&sid=`, `iss=${iss}&sid=S1`, `iss=${iss}&sid=s1%00`],
        ]) {
          const response = await attacker.visit(`front-channel-logout?${query}`, { headers: { 'sec-fetch-site': 'cross-site' } });
          assert.equal(await response.clone().text(), '', 'the response is the same with and without a session');
          outcomes[query] = response;
        }
        return outcomes;
      },
    },
  ],

  S028: [
    {
      title: 'each destination',
      async run({ send, fhir }) {
        /** @type {Record<string, Outcome>} */
        const outcomes = {};
        for (const destination of ['script', 'style', 'worker', 'sharedworker', 'serviceworker', 'audioworklet', 'paintworklet', 'xslt']) {
          outcomes[destination] = await send('fhir/Binary/1', { headers: { 'sec-fetch-dest': destination } });
        }
        assert.equal(fhir().length, 0);
        return outcomes;
      },
    },
  ],
};
