// Signed authorization responses (JARM) of confidential clients.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createSmartClient } from 'smart-launch';
import { createConfidentialClient } from 'smart-launch/confidential';
import { CLIENT_SECRET, cryptoKeyOf } from './authenticating.mjs';
import { allow, REDIRECT_URI, SECRET, startEhr } from './ehr.mjs';
import { responseOf } from './signed-callback.mjs';
import { keyFor } from './signer.mjs';
import { createBrowser, startApp } from './server-app.mjs';
import { callbackOf, parametersOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';
import { anotherWindow, CALLBACK, ORIGIN, RECEIVED, showWindows } from './windows.mjs';

/**
 * A server, a client that requests signed responses, and its sign-in.
 *
 * @param {import('node:test').TestContext} test
 * @param {object} [options]
 */
async function startSignIn(test, options = {}) {
  const ehr = await startEhr(test);
  const client = createConfidentialClient(
    /** @type {import('smart-launch/confidential').ConfidentialClientOptions} */ (
      ehr.options({ clientAuth: { secret: CLIENT_SECRET }, responseMode: 'jwt', ...options })
    ),
  );
  const request = await client.authorize({ navigate: false });
  const parameters = parametersOf(request);
  allow(parameters);
  /** @param {object} [changes] @param {import('./ehr.mjs').SigningKey} [key] */
  const response = (changes, key) => responseOf(ehr, String(parameters.state), changes, key);
  return { ehr, client, request, parameters, response };
}

/**
 * The sign-in of a page that requests signed responses. Pages of the tab share its storage.
 *
 * @param {import('node:test').TestContext} test
 * @param {string} responseMode
 */
async function startSignInInPage(test, responseMode) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const clientAuth = { key: await cryptoKeyOf('ES384'), keyId: 'k' };
  const page = (url) => tab.open(url, { also: ['confidential'] });
  const client = (page, changes = {}) =>
    page.createConfidentialClient(ehr.options({ storage: 'session', clientAuth, responseMode, ...changes }));
  const { state } = await client(await page('https://app.example/')).authorize({ navigate: false });
  const token = (changes) => responseOf(ehr, state, changes);
  return { ehr, client, token, page: (address) => page(REDIRECT_URI + address) };
}

/** @param {string} token */
const inQuery = (token) => `${REDIRECT_URI}?response=${token}`;

test('signed response is verified with the server’s keys and signs in', async (t) => {
  for (const algorithm of ['RS256', 'ES384', 'EdDSA']) {
    const { ehr, client, parameters, response } = await startSignIn(t);
    const key = keyFor(algorithm);
    ehr.publish(key.jwk);
    assert.equal(parameters.response_mode, 'jwt');
    const session = await client.ready({ callback: inQuery(response({}, key)) });
    assert.equal(session?.patient, 'zoe');
    const [{ fields }] = ehr.requestsTo('/token');
    assert.equal(fields.get('code'), `${SECRET}-code`);
  }
});

test('signed response is accepted in the fragment, in a posted form, and as query parameters', async (t) => {
  /** @type {[string, (token: string) => import('smart-launch').ReadyOptions['callback']][]} */
  const cases = [
    ['fragment.jwt', (token) => `${REDIRECT_URI}#response=${token}`],
    ['form_post.jwt', (token) => ({ url: REDIRECT_URI, body: `response=${token}` })],
    ['form_post.jwt', (token) => ({ body: new URLSearchParams({ response: token }) })],
    ['query.jwt', (token) => new URLSearchParams({ response: token })],
    ['query.jwt', (token) => new Request(inQuery(token))],
  ];
  for (const [responseMode, callback] of cases) {
    const { client, response } = await startSignIn(t, { responseMode });
    assert.ok(await client.ready({ callback: callback(response()) }), responseMode);
  }
});

test('after refused responses the sign-in is still pending, and a valid response completes it', async (t) => {
  const { ehr, client, request, response } = await startSignIn(t);
  const otherKey = { ...keyFor('RS256', 'of somebody else'), kid: keyFor().kid };
  const [head, body] = response().split('.');
  /** @type {[string, string][]} */
  const cases = [
    [inQuery(response({}, otherKey)), 'callback_malformed'],
    [inQuery(response({ code: undefined, error: 'access_denied' }, otherKey)), 'callback_malformed'],
    [inQuery(response({ iss: 'https://other.example' })), 'iss_mismatch'],
    [inQuery(response({ iss: undefined })), 'iss_missing'],
    [inQuery(response({ aud: 'another-app' })), 'callback_malformed'],
    [inQuery(response({ exp: 1 })), 'callback_malformed'],
    [inQuery(`${head}.${body}.`), 'callback_malformed'],
    [inQuery('e30.AA.AA.AA.AA'), 'callback_malformed'],
    [inQuery(response({ state: 'x'.repeat(43) })), 'state_unknown'],
    [callbackOf(request), 'callback_wrong_mode'],
    [callbackOf(request, { code: '', error: 'access_denied' }).replace('code=&', ''), 'callback_wrong_mode'],
    [`${REDIRECT_URI}#response=${response()}`, 'callback_wrong_mode'],
  ];
  for (const [callback, code] of cases) {
    await assert.rejects(client.ready({ callback }), { code }, callback);
  }
  assert.equal(ehr.requestsTo('/token').length, 0);
  assert.ok(await client.ready({ callback: inQuery(response()) }));
});

test('a signed error response is authorization_refused', async (t) => {
  const { client, response } = await startSignIn(t);
  const callback = inQuery(response({ code: undefined, error: 'access_denied', error_description: 'No.' }));
  await assert.rejects(client.ready({ callback }), { code: 'authorization_refused', oauth: { error: 'access_denied', description: 'No.' } });
});

test('if the keys cannot be fetched, the call rejects with the error of this request; the response stays usable', async (t) => {
  const { ehr, client, response } = await startSignIn(t);
  ehr.answer('/jwks', { status: 503 }, { status: 503 }, { json: { keys: [keyFor().jwk] } });
  const callback = inQuery(response());
  await assert.rejects(client.ready({ callback }), { code: 'http_status', purpose: 'jwks' });
  assert.ok(await client.ready({ callback }));
});

/** A browser with a pending sign-in of `createSmartServer` that requests a signed response. */
async function startSignInOnServer(test, responseMode) {
  const { ehr, smart } = await startApp(test, { responseMode });
  const browser = createBrowser(smart);
  const { searchParams } = new URL(await browser.begin());
  const state = String(searchParams.get('state'));
  const token = (changes) => responseOf(ehr, state, changes);
  const arrive = (fields, headers = {}) =>
    responseMode === 'form_post.jwt'
      ? browser.visit('callback', { method: 'POST', headers: { ...POSTED, ...headers }, body: fields })
      : browser.visit(`callback?${fields}`, { headers: { 'sec-fetch-site': 'cross-site', ...headers } });
  return { ehr, smart, browser, state, token, arrive };
}

const POSTED = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://ehr.example', 'sec-fetch-site': 'cross-site' };

test('on a server: a signed response signs in, and parameters outside of the token are ignored; other responses are refused, and the sign-in stays pending', async (t) => {
  for (const mode of ['jwt', 'query.jwt', 'form_post.jwt']) {
    const { ehr, browser, state, token, arrive } = await startSignInOnServer(t, mode);
    if (mode === 'form_post.jwt') assert.match(String(browser.set[0]), /SameSite=None$/);
    const [head, body] = token().split('.');
    for (const fields of [
      `code=${SECRET}-code&state=${state}`,
      `error=access_denied&state=${state}`,
      `response=${head}.${body}.`,
      `response=${token({ aud: 'another-app' })}`,
      `response=${token({ iss: 'https://other.example' })}`,
      `response=${token({ exp: 1 })}`,
      `response=${token({ state: 'x'.repeat(43) })}&state=${state}&code=x`,
      `response=${token()}&response=${token()}`,
      'response=a.b.c',
      'response=e30.AA.AA.AA.AA',
    ]) {
      assert.equal((await arrive(fields)).status, 400, `${mode} ${fields}`);
    }
    assert.equal(ehr.requestsTo('/token').length, 0);
    const [response, cookie] = [`response=${token()}`, browser.cookie()];
    const { status, headers } = await arrive(`${response}&code=another&state=${'y'.repeat(43)}`);
    assert.equal(status, 303);
    const id = String(new URL(String(headers.get('location'))).searchParams.get('smart_session'));
    assert.equal((await browser.session(id))?.patient, 'zoe');
    assert.deepEqual(ehr.requestsTo('/token').map(({ fields }) => fields.get('code')), [`${SECRET}-code`]);
    // A browser that has received no response repeats the request.
    assert.match(String((await arrive(response, { cookie })).headers.get('location')), new RegExp(`smart_session=${id}$`));
    assert.equal(ehr.requestsTo('/token').length, 1);
  }
});

test('on a server: a signed response to the sign-in of another browser is refused; fragment modes are invalid', async (t) => {
  const { ehr, smart, token } = await startSignInOnServer(t, 'jwt');
  const otherBrowser = createBrowser(smart);
  await otherBrowser.begin();
  assert.equal((await otherBrowser.visit(`callback?response=${token()}`)).status, 400);
  assert.equal(ehr.requestsTo('/token').length, 0);
  for (const responseMode of ['fragment', 'fragment.jwt']) {
    await assert.rejects(startApp(t, { responseMode }), { code: 'config_invalid' });
  }
});

for (const [part, mode, address, remaining] of [
  ['query', 'jwt', '?tab=1&response=TOKEN&x=2#top', '?tab=1&x=2#top'],
  ['fragment', 'fragment.jwt', '?tab=1#response=TOKEN', '?tab=1'],
]) {
  test(`in a page: a signed response is read from the ${part} of the URL, and removed from it`, async (t) => {
    const { ehr, page, client, token } = await startSignInInPage(t, mode);
    const callbackPage = await page(address.replace('TOKEN', token()));
    const smart = client(callbackPage);
    const ready = smart.ready();
    assert.equal(callbackPage.address(), `/back${remaining}`);
    // React's StrictMode calls effects twice.
    const [session, sameSession] = await Promise.all([ready, smart.ready()]);
    assert.deepEqual([session?.patient, sameSession], ['zoe', session]);
    assert.equal(ehr.requestsTo('/token').length, 1);
    // The page is reloaded.
    const reloadedClient = client(await page(address.replace('TOKEN', token())));
    assert.equal((await reloadedClient.ready())?.patient, 'zoe');
    assert.equal(ehr.requestsTo('/token').length, 1);
  });
}

test('in a page: a response with an unknown state is state_unknown; a client without `responseMode` leaves the response in the URL', async (t) => {
  const { ehr, page, client, token } = await startSignInInPage(t, 'jwt');
  const callbackPage = await page(`?response=${token({ state: 'x'.repeat(43) })}`);
  await assert.rejects(client(callbackPage).ready(), { code: 'state_unknown' });
  assert.equal(callbackPage.address(), '/back');
  const pageWithSlash = await page(`/?response=${token({ state: 'x'.repeat(43) })}`);
  await assert.rejects(client(pageWithSlash).ready(), { code: 'state_unknown' });
  assert.equal(pageWithSlash.address(), '/back/');
  const otherPage = await page(`?response=${token({ state: 'x'.repeat(43) })}`);
  assert.equal(await client(otherPage, { responseMode: undefined }).ready(), null);
  assert.match(otherPage.address(), /response=/);
  const encrypted = client(await page('?response=e30.AA.AA.AA.AA'));
  await assert.rejects(encrypted.ready(), (error) => error.code === 'callback_malformed' && /encrypted/.test(error.message));
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('in a page: keys that could not be read are requested again by the next ready()', async (t) => {
  const { ehr, page, client, token } = await startSignInInPage(t, 'jwt');
  ehr.answer('/jwks', { status: 503 }, { status: 503 }, { json: { keys: [keyFor().jwk] } });
  const smart = client(await page(`?response=${token()}`));
  await assert.rejects(smart.ready(), { code: 'http_status', purpose: 'jwks' });
  assert.equal((await smart.ready())?.patient, 'zoe');
});

/** A page whose sign-in in another window has reached the server. */
async function startSignInInWindow(test, target, responseMode = 'jwt') {
  const ehr = await startEhr(test);
  const app = showWindows(openTab(test));
  const clientAuth = { key: await cryptoKeyOf('ES384'), keyId: 'k' };
  const options = ehr.options({ storage: 'session', clientAuth, responseMode });
  const page = await app.open({}, { also: ['confidential'] });
  const client = page.createConfidentialClient(options);
  const attempt = client.authorize({ target });
  attempt.catch(() => {});
  while (target === 'frame' && !app.frames[0]?.parent) await wait(5);
  const targetWindow = target === 'popup' ? app.popups[0] : app.frames[0]?.contentWindow;
  const request = await targetWindow?.authorizationRequest;
  const { state, response_mode } = parametersOf(request);
  assert.equal(response_mode, responseMode);
  /** Opens the redirect URI with this query or fragment in that window, and returns the URL that the page passes on. */
  const openCallback = async (address, storage) => {
    const mainWindow = anotherWindow();
    const globals = target === 'popup' ? { opener: mainWindow } : { parent: mainWindow, name: 'smart-launch' };
    const tab = openTab(test, storage);
    const callbackPage = await tab.open(REDIRECT_URI + address, { globals: { close() {}, ...globals }, also: ['confidential'] });
    const client = callbackPage.createConfidentialClient(options);
    const ready = client.ready();
    assert.equal(client.ready(), ready, 'a second call, as by React’s StrictMode, returns the same promise');
    assert.doesNotMatch(callbackPage.address(), /response/);
    ready.catch(() => {});
    while (mainWindow.received.length === 0) await wait(5);
    tab.post({ source: mainWindow, origin: ORIGIN, data: RECEIVED });
    assert.equal(await Promise.race([ready, wait(20, 'open')]), 'open');
    app.tab.show();
    const [[data, origin]] = /** @type {[[string, string]]} */ (mainWindow.received);
    assert.equal(origin, ORIGIN);
    return data.slice(CALLBACK.length);
  };
  const handOver = (url) => app.handOver(targetWindow, url);
  const token = (changes) => responseOf(ehr, String(state), changes);
  const pendingSignIns = () =>
    Object.entries(app.tab.storage).filter(([key, record]) => key.includes('sign-in') && !JSON.parse(record).used);
  return { ehr, client, attempt, state, openCallback, handOver, token, pendingSignIns };
}

for (const [target, mode, address] of /** @type {const} */ ([
  ['popup', 'jwt', '?response=TOKEN'],
  ['popup', 'fragment.jwt', '#response=TOKEN'],
  ['frame', 'query.jwt', '?response=TOKEN'],
])) {
  test(`in a ${target}: the ${mode} response is passed on to the page that started the sign-in, and verified there`, async (t) => {
    const { ehr, client, attempt, openCallback, handOver, token, pendingSignIns } = await startSignInInWindow(t, target, mode);
    handOver(await openCallback(address.replace('TOKEN', token())));
    const session = await attempt;
    assert.deepEqual([session.patient, client.getState().session], ['zoe', session]);
    assert.equal(ehr.requestsTo('/jwks').length, 1);
    assert.deepEqual(ehr.requestsTo('/token').map(({ fields }) => fields.get('code')), [`${SECRET}-code`]);
    assert.deepEqual(pendingSignIns(), []);
  });
}

test('in a popup: only the `state` in the token counts, and the response to another sign-in is ignored', async (t) => {
  const { ehr, client, attempt, state, openCallback, handOver, token } = await startSignInInWindow(t, 'popup');
  handOver(await openCallback(`?state=${state}&response=${token({ state: 'x'.repeat(43) })}`));
  await wait(20);
  assert.equal(client.getState().activity, 'signing-in');
  assert.equal(ehr.requestsTo('/token').length, 0);
  handOver(await openCallback(`?state=${'x'.repeat(43)}&response=${token()}`));
  assert.equal((await attempt).patient, 'zoe');
});

for (const [description, code, change] of /** @type {const} */ ([
  ['of another client', 'callback_malformed', { aud: 'another-app' }],
  ['of another server', 'iss_mismatch', { iss: 'https://other.example' }],
  ['that has expired', 'callback_malformed', { exp: 1 }],
  ['that is an error', 'authorization_refused', { code: undefined, error: 'access_denied' }],
])) {
  test(`in a popup: a response ${description} is refused, and the sign-in is marked as used`, async (t) => {
    const { ehr, client, attempt, openCallback, handOver, token, pendingSignIns } = await startSignInInWindow(t, 'popup');
    handOver(await openCallback(`?response=${token(change)}`));
    await assert.rejects(attempt, { code });
    assert.deepEqual(pendingSignIns(), []);
    await assert.rejects(client.ready({ callback: inQuery(token()) }), { code: 'callback_replayed' });
    assert.equal(ehr.requestsTo('/token').length, 0);
  });
}

test('in a popup: a response without a signature is refused, and the sign-in is marked as used', async (t) => {
  const { ehr, attempt, state, handOver, pendingSignIns } = await startSignInInWindow(t, 'popup');
  handOver(`${REDIRECT_URI}?code=${SECRET}-code&state=${state}`);
  await assert.rejects(attempt, { code: 'callback_wrong_mode' });
  assert.deepEqual(pendingSignIns(), []);
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('in a popup: if the keys cannot be read, the sign-in is marked as used, because the window with the response is closed', async (t) => {
  const { ehr, client, attempt, openCallback, handOver, token, pendingSignIns } = await startSignInInWindow(t, 'popup');
  ehr.answer('/jwks', { status: 503 });
  handOver(await openCallback(`?response=${token()}`));
  await assert.rejects(attempt, { code: 'http_status', purpose: 'jwks' });
  assert.deepEqual(pendingSignIns(), []);
  await assert.rejects(client.ready({ callback: inQuery(token()) }), { code: 'callback_replayed' });
  assert.equal(ehr.requestsTo('/token').length, 0);
});

test('in an iframe the response is passed on, although the iframe shares the storage of the page around it', async (t) => {
  const { ehr, attempt, openCallback, handOver, token } = await startSignInInWindow(t, 'frame');
  handOver(await openCallback(`?response=${token()}`, /** @type {any} */ (sessionStorage)));
  assert.equal((await attempt).patient, 'zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('form_post.jwt with a popup or an iframe is config_invalid before a window is opened', async (t) => {
  const { page, client } = await startSignInInPage(t, 'form_post.jwt');
  const smart = client(await page(''));
  for (const target of /** @type {const} */ (['popup', 'frame'])) {
    await assert.rejects(smart.authorize({ target }), (error) => error.code === 'config_invalid' && /popup or an iframe/.test(error.message));
  }
});

test('createSmartClient refuses the response modes of signed responses', async (t) => {
  const ehr = await startEhr(t);
  const options = /** @type {import('smart-launch').SmartClientOptions} */ (ehr.options({ responseMode: 'jwt' }));
  await assert.rejects(createSmartClient(options).authorize({ navigate: false }), { code: 'config_invalid' });
});
