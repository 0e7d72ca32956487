// Pages whose sessions are on the server: `smart-launch/server-session` with `smart-launch/server`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { scopeCovers } from 'smart-launch';
import { english } from 'smart-launch/messages';
import { memoryStore } from 'smart-launch/server';
import { createServerSessionClient } from 'smart-launch/server-session';
import { isRevealing, SCOPE_OPENID } from './ehr.mjs';
import { packageDirectory } from './installed.mjs';
import { createBrowser, ORIGIN } from './server-app.mjs';
import { startPages } from './server-page.mjs';

/** @param {() => boolean} condition */
async function until(condition) {
  for (let count = 0; !condition(); count++) {
    assert.ok(count < 100_000, `never true: ${condition}`);
    await eventLoopTurn();
  }
}

/** @param {ReturnType<typeof createServerSessionClient>} smart */
function eventsOf(smart) {
  /** @type {string[]} */
  const events = [];
  smart.subscribe((event) => {
    if (event?.type === 'signedOut') events.push(`signedOut ${event.detail.reason}`);
    else if (event?.type === 'error') events.push(`error ${event.detail.code}`);
    else if (event) events.push(event.type);
  });
  return events;
}

/**
 * Signs in, then mocks the clock and opens the page. The clock is not mocked during the sign-in, because its requests need the
 * platform's timers.
 *
 * @param {import('node:test').TestContext} test
 * @param {Awaited<ReturnType<typeof startPages>>} pages
 */
async function enterWithMockedClock(test, pages) {
  const { id, location } = await pages.browser.signIn();
  test.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
  const openedPage = await pages.open(pages.tab(), location.href);
  await openedPage.smart.ready();
  return { ...openedPage, id };
}

const unreachable = () => {
  throw new TypeError('Failed to fetch');
};

function unavailable() {
  const error = { code: 'storage_unavailable', message: 'the session store does not work', userMessage: 'Please try again.', retryable: true };
  return Response.json({ error }, { status: 503, headers: { 'smart-error': 'storage_unavailable' } });
}

test('the entry `server-session` imports no WebAssembly', async () => {
  const code = await readFile(new URL('dist/server-session.js', packageDirectory), 'utf8');
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(imports)].sort(), ['./fhir-calls.js', './index.js', './sign-out.js', './texts.js']);
  assert.doesNotMatch(code, /WebAssembly\.|\.wasm/);
});

test('ready() returns the session of the sign-in, without a token, and removes its id from the URL', async (t) => {
  const pages = await startPages(t, { scope: SCOPE_OPENID }, { idToken: {} });
  const { id, location } = await pages.browser.signIn('login?returnTo=/chart%3Ftab%3D1%23top');
  const { page, smart } = await pages.open(pages.tab(), location.href);
  const events = eventsOf(smart);
  assert.equal(smart.getState().status, 'loading');
  const ready = smart.ready();
  assert.equal(page.address(), '/chart?tab=1#top', 'the id is removed before the first await');
  assert.equal(smart.ready(), ready);
  const session = await ready;
  assert.ok(session);
  assert.deepEqual([session.patient, session.id, session.idToken?.sub], ['zoe', id, 'amara']);
  assert.deepEqual([session.can('patient/Patient.rs'), session.can('user/Patient.rs')], [true, false]);
  assert.equal(smart.getState().session, session);
  assert.equal(Object.isFrozen(session), true);
  assert.equal(isRevealing(JSON.stringify([session, page.globals.history.state])), false);
  assert.equal(JSON.stringify(session).includes(id), false);
  assert.deepEqual(events, ['signedIn']);
  await assert.rejects(smart.getAccessToken(), { code: 'config_invalid', message: /no access token/ });
});

test('request and fetch go through the server', async (t) => {
  const pages = await startPages(t);
  const { id, smart } = await pages.enter();
  const { fhirBaseUrl } = pages.ehr;
  const patient = { resourceType: 'Patient', id: 'zoe' };
  pages.ehr.answer('/fhir/Patient/zoe', () => ({ json: patient }));
  pages.sent.length = 0;
  for (const url of ['Patient/zoe', `${fhirBaseUrl}/Patient/zoe`, new URL(`${ORIGIN}/auth/fhir/Patient/zoe`)]) {
    assert.deepEqual(await smart.request(url), patient);
  }
  assert.deepEqual(new Set(pages.sent.map(({ path }) => path)), new Set(['/auth/fhir/Patient/zoe']));
  const [{ headers, init }] = pages.sent;
  assert.equal(headers.get('smart-session'), id);
  assert.deepEqual([init.mode, init.credentials, init.cache, init.redirect], ['same-origin', 'same-origin', 'no-store', 'manual']);
  const response = await smart.fetch(new Request(`${fhirBaseUrl}/Patient/zoe`, { headers: { authorization: 'Bearer x' } }));
  assert.equal(response.status, 200);
  assert.equal(pages.sent.at(-1)?.headers.get('authorization'), null);
  pages.ehr.answer('/fhir/Observation', { status: 404, json: { resourceType: 'OperationOutcome' } });
  await assert.rejects(smart.request('Observation?a=b'), { code: 'http_status', status: 404, operationOutcome: { resourceType: 'OperationOutcome' } });
  const before = pages.sent.length;
  const outside = ['/Patient/zoe', '//evil.example/Patient', 'https://evil.example/', '../x', 'Patient/%2e%2e/%2e%2e/x', `${fhirBaseUrl}x/Patient`];
  for (const url of [...outside, `${ORIGIN}/auth/session`, `${ORIGIN}/auth/fhirx`, `Patient?smart_session=${id}`, 'http://[']) {
    await assert.rejects(smart.fetch(url), { code: 'origin_not_allowed' }, url);
  }
  assert.equal(pages.sent.length, before);
  await assert.rejects(smart.request('Patient/zoe', { method: 'DELETE' }), { code: 'config_invalid', message: /method/ });
  assert.equal(smart.getState().status, 'authenticated');
});

test('page links of a Bundle can be followed', async (t) => {
  const pages = await startPages(t);
  const { smart } = await pages.enter();
  const link = [{ relation: 'next', url: `${pages.ehr.fhirBaseUrl}?page=2` }];
  pages.ehr.answer('/fhir/Observation', { json: { resourceType: 'Bundle', link } });
  const bundle = await smart.request('Observation');
  pages.ehr.answer('/fhir', { json: { resourceType: 'Bundle' } });
  assert.deepEqual(await smart.request(bundle.link[0].url), { resourceType: 'Bundle' });
});

test('the body of `init` or of a Request is sent', async (t) => {
  const pages = await startPages(t, { proxy: { methods: ['GET', 'POST'] } });
  const { smart } = await pages.enter();
  const body = { resourceType: 'Observation' };
  pages.ehr.answer('/fhir/Observation', () => ({ status: 201, json: body }));
  assert.deepEqual(await smart.request('Observation', { method: 'POST', body }), body);
  const request = new Request(`${pages.ehr.fhirBaseUrl}/Observation`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal((await smart.fetch(request)).status, 201);
  assert.deepEqual(pages.ehr.requestsTo('/fhir/Observation').map(({ body: sent }) => JSON.parse(sent)), [body, body]);
});

test('a reload during `ready` keeps the session, and a duplicated tab has the session too', async (t) => {
  const pages = await startPages(t);
  const { id, location } = await pages.browser.signIn();
  const tab = pages.tab();
  const firstPage = await pages.open(tab, location.href);
  /** @type {(response: Response) => void} */
  let respond = () => {};
  pages.intercept(() => new Promise((resolve) => (respond = resolve)));
  void firstPage.smart.ready().catch(() => {});
  await until(() => pages.sent.length > 0);
  const state = firstPage.stateOfHistory();
  firstPage.smart.dispose();
  respond(new Response('', { status: 502 }));
  pages.intercept(undefined);
  const reloadedPage = await pages.open(tab, `${ORIGIN}/chart`, { state });
  const events = eventsOf(reloadedPage.smart);
  assert.equal((await reloadedPage.smart.ready())?.id, id);
  assert.deepEqual(events, [], 'a reload is not a sign-in');
  // A router has replaced the state, or this is another page of the app.
  assert.equal((await (await pages.open(tab, `${ORIGIN}/other`)).smart.ready())?.id, id);
  assert.equal((await (await pages.open(tab.duplicate(), `${ORIGIN}/chart`)).smart.ready())?.id, id);
  assert.equal(await (await pages.open(pages.tab(), `${ORIGIN}/chart`)).smart.ready(), null, 'a new tab has no session');
});

test('tabs and iframes with different patients have separate sessions', async (t) => {
  const pages = await startPages(t);
  pages.ehr.grant({ patient: 'zoe' }, { patient: 'noah' }, { patient: 'ada' }, { patient: 'bo' });
  const [first, second] = [await pages.enter(), await pages.enter()];
  assert.deepEqual([first.session?.patient, second.session?.patient], ['zoe', 'noah']);
  // Two iframes in one tab share its storage.
  const tab = pages.tab();
  const [left, right] = [await pages.enter(tab, 'login', { parent: {} }), await pages.enter(tab, 'login', { parent: {} })];
  assert.deepEqual([left.session?.patient, right.session?.patient], ['ada', 'bo']);
  assert.deepEqual(Object.keys(tab.storage), []);
  for (const [frame, patient] of [[left, 'ada'], [right, 'bo']]) {
    const newPage = await pages.open(tab, `${ORIGIN}/chart`, { state: frame.stateOfHistory(), globals: { parent: {} } });
    assert.equal((await newPage.smart.ready())?.patient, patient);
  }
  assert.equal(await (await pages.open(tab, `${ORIGIN}/chart`, { globals: { parent: {} } })).smart.ready(), null);
  assert.equal((await (await pages.open(first.tab, `${ORIGIN}/chart`)).smart.ready())?.patient, 'zoe');
});

test('id that is forged, malformed, repeated or of another browser: ready() returns null, even in a tab with a session', async (t) => {
  const pages = await startPages(t);
  const { id } = await createBrowser(pages.smart).signIn();
  const forged = 'A'.repeat(43);
  for (const query of [id, forged, 'x', '', '<script>', `${id}&smart_session=${forged}`]) {
    const { tab } = await pages.enter();
    const { page, smart } = await pages.open(tab, `${ORIGIN}/chart?a=b&smart_session=${query}`);
    const events = eventsOf(smart);
    assert.equal(await smart.ready(), null, query);
    assert.equal(page.address(), '/chart?a=b');
    assert.deepEqual(smart.getState(), { status: 'unauthenticated', session: null, error: null, activity: 'idle' });
    assert.deepEqual(events, []);
    assert.equal(await smart.ready(), null);
    await assert.rejects(smart.request('Patient/zoe'), { code: 'signed_out' });
  }
});

test('ready() returns null if `onError` of the server returns a 401 of the app itself', async (t) => {
  const pages = await startPages(t, { onError: () => Response.json({ own: true }, { status: 401 }) });
  const { smart } = await pages.open(pages.tab(), `${ORIGIN}/chart?smart_session=${'A'.repeat(43)}`);
  assert.equal(await smart.ready(), null);
});

test('authorize() navigates to `login` with the page to return to, or to `launch` with the parameters of the EHR', async (t) => {
  const pages = await startPages(t);
  const home = await pages.open(pages.tab(), `${ORIGIN}/chart?tab=1#top`);
  assert.equal(await home.smart.ready(), null);
  const events = eventsOf(home.smart);
  assert.equal(home.smart.authorize(), home.smart.authorize(), 'concurrent calls are one sign-in');
  const signInUrl = await home.page.left;
  assert.deepEqual(events, ['redirecting']);
  const { location } = await pages.browser.signIn(signInUrl);
  const returnedPage = await pages.open(home.tab, location.href);
  assert.equal((await returnedPage.smart.ready())?.patient, 'zoe');
  assert.equal(returnedPage.page.address(), '/chart?tab=1#top');

  const iss = encodeURIComponent(pages.ehr.fhirBaseUrl);
  const launchedPage = await pages.open(home.tab, `${ORIGIN}/app?iss=${iss}&launch=x%2By`);
  assert.equal(await launchedPage.smart.ready(), null, 'a launch has another context than the session of the tab');
  void launchedPage.smart.authorize();
  const url = new URL(await launchedPage.page.left);
  assert.deepEqual([url.pathname, ...url.searchParams.values()], ['/auth/launch', pages.ehr.fhirBaseUrl, 'x+y']);
  assert.ok(await pages.browser.signIn(url.href));

  const otherPage = await pages.open(home.tab, `${ORIGIN}/`);
  await assert.rejects(otherPage.smart.authorize({ scope: 'patient/*.rs' }), { code: 'config_invalid', message: /scope/ });
  void otherPage.smart.authorize({ returnTo: '/here', iss: pages.ehr.fhirBaseUrl });
  const { searchParams } = new URL(await otherPage.page.left);
  assert.deepEqual([searchParams.get('returnTo'), searchParams.get('iss')], ['/here', pages.ehr.fhirBaseUrl]);
});

test('user who returns from the sign-in by the back button: authorize() rejects with `sign_in_abandoned`', async (t) => {
  const pages = await startPages(t);
  const { smart, page, tab } = await pages.open(pages.tab(), `${ORIGIN}/`);
  await smart.ready();
  const attempt = smart.authorize();
  await page.left;
  await eventLoopTurn();
  tab.comeBack();
  await assert.rejects(attempt, { code: 'sign_in_abandoned' });
  assert.deepEqual([smart.getState().status, smart.getState().activity], ['unauthenticated', 'idle']);
});

test('server that cannot be reached or has no routes: calls reject with typed errors, and the session continues', async (t) => {
  const pages = await startPages(t);
  const { id, location } = await pages.browser.signIn();
  const { smart } = await pages.open(pages.tab(), location.href);
  const responseInit = { headers: { 'smart-session': id } };
  /** @type {[expected: { code: string }, respond: () => Response][]} */
  const cases = [
    [{ code: 'network', retryable: true }, unreachable],
    [{ code: 'http_status', status: 502, retryable: true }, () => new Response('Bad gateway', { status: 502 })],
    [{ code: 'http_status', status: 404 }, () => new Response('', { status: 404 })],
    [{ code: 'http_status', status: 401 }, () => new Response('', { status: 401 })],
    [{ code: 'config_invalid', message: /routes/ }, () => new Response('<!doctype html>')],
    [{ code: 'config_invalid', message: /routes/ }, () => new Response('{', responseInit)],
    [{ code: 'launch_context_invalid' }, () => new Response('{}', responseInit)],
    [{ code: 'redirected' }, () => new Response(null, { status: 302, headers: { location: '/sso' } })],
    [{ code: 'storage_unavailable', status: 503, retryable: true, fault: 'app' }, unavailable],
  ];
  for (const [expected, respond] of cases) {
    pages.intercept(respond);
    await assert.rejects(smart.ready(), expected);
    const { status, error } = smart.getState();
    assert.deepEqual([status, error?.code], ['error', expected.code]);
  }
  pages.intercept(undefined);
  assert.equal((await smart.ready())?.id, id);
  pages.intercept(unreachable);
  await assert.rejects(smart.request('Patient/zoe'), { code: 'network', purpose: 'fhir' });
  await assert.rejects(smart.refresh(), { code: 'network' });
  assert.equal(smart.getState().error, null);
  pages.intercept(unavailable);
  await assert.rejects(smart.request('Patient/zoe'), { code: 'storage_unavailable', retryable: true, userMessage: 'Please try again.' });
  assert.equal(smart.getState().status, 'authenticated');
});

test('an error code that the page does not know: calls reject with a SmartError that has this code, and texts', async (t) => {
  const pages = await startPages(t);
  const { smart } = await pages.enter();
  for (const code of ['of_a_later_version', 'constructor']) {
    pages.intercept(() => Response.json({ error: {} }, { status: 500, headers: { 'smart-error': code } }));
    await assert.rejects(smart.request('Patient/zoe'), { name: 'SmartError', code, status: 500, fault: 'app', userMessage: english.unavailable });
  }
});

test('response that belongs to another session is refused', async (t) => {
  const pages = await startPages(t);
  pages.ehr.grant({ patient: 'zoe' }, { patient: 'noah' });
  const [first, second] = [await pages.enter(), await pages.enter()];
  first.tab.show();
  // Responds like a cache that ignores headers.
  pages.intercept((path) => pages.browser.visit(`${ORIGIN}${path}`, { headers: { 'smart-session': second.id } }));
  pages.ehr.answer('/fhir/Patient', { json: { resourceType: 'Bundle' } });
  await assert.rejects(first.smart.request('Patient'), { code: 'launch_context_invalid' });
  await assert.rejects(first.smart.refresh(), { code: 'launch_context_invalid' });
  assert.equal(first.smart.getState().session?.patient, 'zoe');
});

test('logout ends the session in all tabs at once, and a pending request in another tab rejects', async (t) => {
  const pages = await startPages(t);
  pages.ehr.grant({ patient: 'zoe' }, { patient: 'noah' });
  const firstPage = await pages.enter();
  const otherPage = await pages.enter();
  const secondPage = await pages.open(firstPage.tab.duplicate(), `${ORIGIN}/chart`);
  assert.equal((await secondPage.smart.ready())?.id, firstPage.id);
  const events = eventsOf(secondPage.smart);
  pages.ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  let release = () => {};
  pages.intercept(async (path, respond) => {
    const response = await respond();
    if (path.includes('/fhir/')) await new Promise((resolve) => (release = () => resolve(undefined)));
    return response;
  });
  const request = secondPage.smart.request('Patient/zoe');
  await until(() => pages.ehr.requestsTo('/fhir/Patient/zoe').length > 0);
  firstPage.tab.show();
  const logout = firstPage.smart.logout();
  secondPage.tab.show();
  assert.equal(firstPage.smart.getState().status, 'unauthenticated', 'signed out before the response');
  assert.deepEqual(await logout, { revoked: true, logoutUrl: null, error: null });
  await until(() => events.length > 0);
  assert.deepEqual(events, ['signedOut logout']);
  release();
  await assert.rejects(request, { code: 'signed_out' });
  assert.equal(await secondPage.smart.ready(), null);
  assert.equal(otherPage.smart.getState().session?.patient, 'noah', 'the other session continues');
  assert.equal(await pages.browser.session(firstPage.id), null);
  assert.deepEqual(await firstPage.smart.logout(), { revoked: null, logoutUrl: null, error: null });
  assert.deepEqual(Object.values(secondPage.tab.storage), ['']);
});

test('logout while another tab reads the session: ready() in the other tab returns null', async (t) => {
  const pages = await startPages(t);
  const firstPage = await pages.enter();
  const secondPage = await pages.open(firstPage.tab.duplicate(), `${ORIGIN}/chart`);
  const events = eventsOf(secondPage.smart);
  let release = () => {};
  let isRead = false;
  pages.intercept(async (path, respond) => {
    const response = await respond();
    if (path === '/auth/session') await new Promise((resolve) => ((isRead = true), (release = () => resolve(undefined))));
    return response;
  });
  const ready = secondPage.smart.ready();
  await until(() => isRead);
  firstPage.tab.show();
  await firstPage.smart.logout();
  secondPage.tab.show();
  await until(() => secondPage.smart.getState().status === 'unauthenticated');
  release();
  assert.equal(await ready, null);
  assert.deepEqual([secondPage.smart.getState().status, events], ['unauthenticated', []]);
});

test('logout before `ready`: the session ends in the other tabs too', async (t) => {
  const pages = await startPages(t);
  const { smart, tab } = await pages.enter();
  const events = eventsOf(smart);
  const secondPage = await pages.open(tab.duplicate(), `${ORIGIN}/bye`);
  pages.intercept(unreachable);
  assert.equal((await secondPage.smart.logout()).error?.code, 'logout_remote_failed');
  await until(() => events.length > 0);
  assert.deepEqual(events, ['signedOut logout']);
});

test('logout before `ready` on the page that a sign-in leads to: the session of this sign-in ends', async (t) => {
  const pages = await startPages(t);
  const { id, location } = await pages.browser.signIn('login?returnTo=/chart');
  const { smart, page } = await pages.open(pages.tab(), location.href);
  assert.equal((await smart.logout()).revoked, true);
  assert.equal(page.address(), '/chart');
  assert.equal(await pages.browser.session(id), null);
});

test('logout while the server cannot be reached: the back button does not restore the session', async (t) => {
  const pages = await startPages(t);
  pages.ehr.grant({ patient: 'zoe' }, { patient: 'noah' });
  const firstPage = await pages.enter();
  const state = firstPage.stateOfHistory();
  const secondPage = await pages.open(firstPage.tab, `${ORIGIN}/other`);
  await secondPage.smart.ready();
  firstPage.smart.dispose();
  const events = eventsOf(secondPage.smart);
  const thirdPage = await pages.open(firstPage.tab, `${ORIGIN}/bye`);
  await thirdPage.smart.ready();
  pages.intercept(unreachable);
  assert.equal((await thirdPage.smart.logout()).error?.code, 'logout_remote_failed');
  pages.intercept(undefined);
  firstPage.tab.comeBack();
  await until(() => events.length > 0);
  assert.deepEqual(events, ['signedOut logout'], 'the page from the back/forward cache is signed out');
  for (const query of ['', '?iss=x&launch=y', `?smart_session=${'A'.repeat(43)}`, '?smart_session=']) {
    assert.equal(await (await pages.open(firstPage.tab, `${ORIGIN}/bye${query}`)).smart.ready(), null);
    assert.equal(await (await pages.open(firstPage.tab, `${ORIGIN}/chart`, { state })).smart.ready(), null, query);
  }
  assert.equal((await pages.enter(firstPage.tab)).session?.patient, 'noah', 'a later sign-in works');
  assert.equal(await (await pages.open(firstPage.tab, `${ORIGIN}/chart`, { state })).smart.ready(), null);
});

test('a forged id in a link does not end the session of older history entries of the tab', async (t) => {
  const pages = await startPages(t);
  const { tab, stateOfHistory } = await pages.enter();
  const state = stateOfHistory();
  const forgedPage = await pages.open(tab, `${ORIGIN}/chart?smart_session=${'A'.repeat(43)}`);
  assert.equal(await forgedPage.smart.ready(), null);
  assert.equal((await (await pages.open(tab, `${ORIGIN}/chart`, { state })).smart.ready())?.patient, 'zoe');
});

test('`ready` in an iframe can be called again after a failure, although a router has replaced `history.state`', async (t) => {
  const pages = await startPages(t);
  const { location } = await pages.browser.signIn();
  const { smart, page } = await pages.open(pages.tab(), location.href, { globals: { parent: {} } });
  pages.intercept(unreachable);
  await assert.rejects(smart.ready(), { code: 'network' });
  page.setState({ key: 'of a router' });
  pages.intercept(undefined);
  assert.equal((await smart.ready())?.patient, 'zoe');
});

test('a request whose error response arrives after a sign-out rejects with `signed_out`', async (t) => {
  const pages = await startPages(t);
  const { smart, id } = await pages.enter();
  /** @type {ReadableStreamDefaultController | undefined} */
  let body;
  const stream = new ReadableStream({ start: (controller) => void (body = controller) });
  pages.intercept((path, respond) =>
    path.includes('/fhir/') ? new Response(stream, { status: 422, headers: { 'smart-session': id } }) : respond(),
  );
  const request = smart.request('Patient/zoe');
  await until(() => stream.locked);
  await smart.logout();
  body?.enqueue(new TextEncoder().encode('{"resourceType":"OperationOutcome"}'));
  body?.close();
  await assert.rejects(request, { code: 'signed_out' });
});

test('FHIR base without a path: requests go through the server', async (t) => {
  const pages = await startPages(t);
  const { id } = await pages.browser.signIn();
  const headers = { 'smart-session': id };
  for (const serverUrl of ['https://fhir.example', 'https://fhir.example/', ORIGIN]) {
    pages.intercept((path) =>
      Response.json(path.startsWith('/auth/session') ? { id, serverUrl, scopes: [] } : { path }, { headers }),
    );
    const { smart } = await pages.open(pages.tab(), `${ORIGIN}/?smart_session=${id}`);
    await smart.ready();
    for (const url of ['Patient/1', `${new URL(serverUrl).origin}/Patient/1`, `${ORIGIN}/auth/fhir/Patient/1`]) {
      assert.deepEqual(await smart.request(url), { path: '/auth/fhir/Patient/1' }, url);
    }
    await assert.rejects(smart.request('https://fhir.example.evil.example/Patient/1'), { code: 'origin_not_allowed' });
  }
});

test('logout with `redirect` navigates to the server’s sign-out', async (t) => {
  const configuration = { end_session_endpoint: 'http://127.0.0.1/bye' };
  const pages = await startPages(t, { scope: SCOPE_OPENID }, { configuration, idToken: {} });
  const { smart, page } = await pages.enter();
  void smart.logout({ redirect: true });
  assert.match(await page.left, /^http:\/\/127\.0\.0\.1\/bye\?/);
  assert.equal(smart.getState().status, 'unauthenticated');
});

test('logout while the server cannot be reached: the page is signed out; the next logout() signs out at the server', async (t) => {
  const pages = await startPages(t);
  const { id, smart } = await pages.enter();
  pages.intercept(unreachable);
  const { error } = await smart.logout();
  assert.deepEqual([error?.code, smart.getState().status], ['logout_remote_failed', 'unauthenticated']);
  pages.intercept(undefined);
  assert.ok(await pages.browser.session(id));
  assert.equal((await smart.logout()).revoked, true);
  assert.equal(await pages.browser.session(id), null);
});

test('logout whose revocation fails at the SMART server: `revoked` is false, with an error', async (t) => {
  const pages = await startPages(t);
  const { id, smart } = await pages.enter();
  pages.ehr.answer('/revoke', { status: 500 }, { status: 500 });
  const { revoked, error } = await smart.logout();
  assert.deepEqual([revoked, error?.code, smart.getState().status], [false, 'logout_remote_failed', 'unauthenticated']);
  assert.equal(await pages.browser.session(id), null);
});

test('a session that has ended on the server ends in the page at its next request, with the reason', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const pages = await startPages(t);
  pages.ehr.grant({ expires_in: 100 });
  const { smart } = await pages.enter();
  const events = eventsOf(smart);
  t.mock.timers.tick(101_000);
  pages.ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  await assert.rejects(smart.request('Patient/zoe'), { code: 'refresh_rejected', status: 401 });
  assert.deepEqual(events, ['signedOut session_expired', 'error refresh_rejected']);
  assert.equal(smart.getState().error?.code, 'refresh_rejected');
  assert.equal(await smart.ready(), null);

  pages.ehr.grant({});
  const otherPage = await pages.enter();
  const otherEvents = eventsOf(otherPage.smart);
  await pages.browser.visit('logout', { method: 'POST', headers: { 'smart-session': otherPage.id } });
  await assert.rejects(otherPage.smart.refresh(), { code: 'signed_out' });
  assert.deepEqual(otherPage.smart.getState(), { status: 'unauthenticated', session: null, error: null, activity: 'idle' });
  assert.deepEqual(otherEvents, ['signedOut logout']);
});

test('ready(), called by a listener of a refresh or a sign-out, resolves to the session of the state', async (t) => {
  const pages = await startPages(t);
  const { smart } = await pages.enter();
  for (const change of /** @type {const} */ (['refresh', 'logout'])) {
    const previousSession = smart.getState().session;
    const sessions = new Promise((resolve) => {
      const unsubscribe = smart.subscribe(() => {
        const { session } = smart.getState();
        if (session === previousSession) return;
        unsubscribe();
        resolve(smart.ready().then((readySession) => [readySession, session]));
      });
    });
    await smart[change]();
    const [readySession, session] = await sessions;
    assert.equal(readySession, session, change);
  }
});

test('idle session: `expiring` is emitted before the end; use in any tab extends the session, and a timer does not', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000, absoluteSeconds: 50_000 } });
  const { id, smart, tab } = await enterWithMockedClock(t, pages);
  const events = eventsOf(smart);
  t.mock.timers.tick(900_000);
  assert.deepEqual(events, []);
  t.mock.timers.tick(41_000);
  assert.deepEqual(events, ['expiring']);
  const { session, expiring } = smart.getState();
  assert.deepEqual([expiring.reason, expiring.session], ['session', session]);
  assert.ok(expiring.expiresAt > Date.now() && expiring.expiresAt <= Date.now() + 60_000);
  await smart.refresh();
  assert.deepEqual(events, ['expiring', 'refreshed']);
  assert.equal(smart.getState().expiring, undefined);
  const secondPage = await pages.open(tab.duplicate(), `${ORIGIN}/chart`);
  await secondPage.smart.ready();
  t.mock.timers.tick(500_000);
  await secondPage.smart.refresh();
  const requestCount = pages.sent.length;
  // Messages of other tabs arrive in later turns of the event loop.
  for (let count = 0; count < 50; count++) await eventLoopTurn();
  t.mock.timers.tick(600_000);
  assert.equal(pages.sent.length, requestCount, 'the use in the other tab counts');
  assert.equal(smart.getState().status, 'authenticated');
  t.mock.timers.tick(400_000);
  await until(() => smart.getState().status === 'unauthenticated' && secondPage.smart.getState().status === 'unauthenticated');
  assert.deepEqual(events.slice(-2), ['signedOut session_expired', 'error session_expired']);
  assert.equal(await pages.browser.session(id), null);
});

test('idle while the device sleeps: the session ends as session_expired, at the next request or when the page becomes active', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000 } });
  for (const isShown of [false, true]) {
    const { smart, tab } = await enterWithMockedClock(t, pages);
    const events = eventsOf(smart);
    // No timer has run yet.
    t.mock.timers.setTime(Date.now() + 1_001_000);
    if (isShown) tab.comeBack();
    else await assert.rejects(smart.request('Patient/zoe'), { status: 401 });
    await until(() => events.length === 2);
    assert.deepEqual(events, ['signedOut session_expired', 'error session_expired']);
    t.mock.timers.reset();
  }
});

test('no use extends the session beyond `absoluteSeconds`', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000, absoluteSeconds: 1500 } });
  const { smart } = await enterWithMockedClock(t, pages);
  const events = eventsOf(smart);
  t.mock.timers.tick(900_000);
  await smart.refresh();
  t.mock.timers.tick(542_000);
  assert.deepEqual(events, ['refreshed', 'expiring']);
  await smart.refresh();
  t.mock.timers.tick(60_000);
  await until(() => smart.getState().status === 'unauthenticated');
  assert.deepEqual(events.slice(-2), ['signedOut session_expired', 'error session_expired']);
});

test('session without a refresh token: `expiring` is emitted before its access token expires, and use does not extend it', async (t) => {
  const tokens = { refresh_token: undefined, expires_in: 600 };
  const pages = await startPages(t, { sessions: { store: memoryStore() } }, { tokens });
  pages.ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient', id: 'zoe' } });
  const { id, smart } = await enterWithMockedClock(t, pages);
  const events = eventsOf(smart);
  assert.equal(smart.getState().session?.refreshable, false);
  t.mock.timers.tick(500_000);
  await smart.request('Patient/zoe');
  assert.deepEqual(events, []);
  t.mock.timers.tick(45_000);
  assert.deepEqual(events, ['expiring']);
  const { expiring } = smart.getState();
  assert.ok(Number(expiring?.expiresAt) <= Date.now() + 60_000);
  await smart.refresh();
  assert.equal(smart.getState().expiring, expiring, 'the session still ends soon');
  t.mock.timers.tick(57_000);
  await until(() => smart.getState().status === 'unauthenticated');
  assert.deepEqual(events, ['expiring', 'refreshed', 'signedOut session_expired', 'error session_expired']);
  assert.equal(await pages.browser.session(id), null);
});

test('session without a refresh token: the reason is session_expired, even if the page does not know when it ends', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const pages = await startPages(t, {}, { tokens: { refresh_token: undefined, expires_in: 600 } });
  pages.intercept(async (_, respond) => {
    const response = await respond();
    response.headers.delete('smart-session-ends');
    return response;
  });
  const { smart } = await pages.enter();
  const events = eventsOf(smart);
  t.mock.timers.tick(601_000);
  await assert.rejects(smart.request('Patient/zoe'), { code: 'session_expired', status: 401 });
  assert.deepEqual(events, ['signedOut session_expired', 'error session_expired']);
});

test('`expiring` is emitted in time after the device has slept, also if use does not extend the session', async (t) => {
  const pages = await startPages(t, {}, { tokens: { refresh_token: undefined, expires_in: 600 } });
  pages.ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient', id: 'zoe' } });
  const { smart } = await enterWithMockedClock(t, pages);
  const events = eventsOf(smart);
  // The clock goes on during the sleep, and timers do not.
  const { now } = Date;
  Date.now = () => now() + 480_000;
  t.after(() => (Date.now = now));
  await smart.request('Patient/zoe');
  t.mock.timers.tick(50_000);
  assert.deepEqual(events, []);
  t.mock.timers.tick(15_000);
  assert.deepEqual(events, ['expiring']);
});

test('refresh token that is rejected while the access token is valid: the session ends with the access token, in all tabs', async (t) => {
  const sessions = { store: memoryStore(), idleSeconds: 10_000 };
  const pages = await startPages(t, { sessions }, { tokens: { expires_in: 600 } });
  pages.ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient', id: 'zoe' } });
  const { smart, tab } = await enterWithMockedClock(t, pages);
  const secondPage = await pages.open(tab.duplicate(), `${ORIGIN}/chart`);
  await secondPage.smart.ready();
  const events = [eventsOf(smart), eventsOf(secondPage.smart)];
  t.mock.timers.tick(545_000);
  pages.ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  await smart.request('Patient/zoe');
  // Messages of other tabs arrive in later turns of the event loop.
  for (let round = 0; round < 50; round++) await eventLoopTurn();
  t.mock.timers.tick(45_000);
  assert.deepEqual(events, [['expiring'], ['expiring']]);
  t.mock.timers.tick(15_000);
  await until(() => events.every((list) => list.length === 3));
  assert.deepEqual(events.map((list) => list.slice(1)), Array(2).fill(['signedOut session_expired', 'error session_expired']));
});

test('session without a refresh token, whose token the FHIR server refuses: the reason is session_expired, in all tabs', async (t) => {
  const pages = await startPages(t, {}, { tokens: { refresh_token: undefined, expires_in: undefined } });
  const { smart, tab } = await pages.enter();
  const secondPage = await pages.open(tab.duplicate(), `${ORIGIN}/chart`);
  await secondPage.smart.ready();
  const events = [eventsOf(smart), eventsOf(secondPage.smart)];
  pages.ehr.answer('/fhir/Patient/zoe', { status: 401, json: {} });
  await assert.rejects(smart.request('Patient/zoe'), { status: 401 });
  await until(() => events.every((list) => list.length === 2));
  assert.deepEqual(events, Array(2).fill(['signedOut session_expired', 'error session_expired']));
});

for (const isAnswered of [false, true]) {
  const title = isAnswered ? 'answered before the 401' : 'answers after the 401';
  test(`401 of the FHIR server while a session request is pending, which the server ${title}: session_expired`, async (t) => {
    const pages = await startPages(t, {}, { tokens: { refresh_token: undefined, expires_in: undefined } });
    const { smart, tab } = await pages.enter();
    const events = eventsOf(smart);
    /** @type {(value?: unknown) => void} */
    let release = () => {};
    const released = new Promise((resolve) => (release = resolve));
    let isAsked = false;
    pages.intercept(async (path, respond) => {
      if (!path.includes('use=false') || isAsked) return respond();
      const response = isAnswered ? await respond() : undefined;
      isAsked = true;
      await released;
      return response ?? respond();
    });
    tab.comeBack();
    await until(() => isAsked);
    pages.ehr.answer('/fhir/Patient/zoe', { status: 401 });
    assert.equal((await smart.fetch('Patient/zoe')).status, 401);
    release();
    await until(() => events.length === 2);
    assert.deepEqual(events, ['signedOut session_expired', 'error session_expired']);
  });
}

test('response without a valid smart-session-ends at the end of the session: the page asks the server again', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000 } });
  const { id, smart } = await enterWithMockedClock(t, pages);
  const headers = { 'content-type': 'application/json', 'smart-session': id, 'smart-session-ends': '3, 3' };
  let questions = 0;
  pages.intercept((path, respond) => {
    if (!path.includes('use=false') || ++questions > 1) return respond();
    return new Response('{}', { headers });
  });
  t.mock.timers.tick(1_001_000);
  await until(() => questions === 1);
  for (let round = 0; round < 50; round++) await eventLoopTurn();
  t.mock.timers.tick(31_000);
  await until(() => smart.getState().status === 'unauthenticated');
});

test('dispose() or logout() by a listener of `expiring`: no timer is left', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000 } });
  for (const name of /** @type {const} */ (['dispose', 'logout'])) {
    const { smart } = await enterWithMockedClock(t, pages);
    const { setTimeout: startTimer } = globalThis;
    let count = 0;
    smart.on('expiring', () => {
      smart[name]();
      globalThis.setTimeout = /** @type {typeof setTimeout} */ ((/** @type {() => void} */ call, /** @type {number} */ delay) => {
        if (delay > 100_000) count += 1;
        return startTimer(call, delay);
      });
    });
    t.mock.timers.tick(945_000);
    globalThis.setTimeout = startTimer;
    assert.equal(count, 0, name);
    t.mock.timers.reset();
  }
});

test('late response to an earlier request does not make the session end earlier', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000 } });
  pages.ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient', id: 'zoe' } });
  const { smart } = await enterWithMockedClock(t, pages);
  const events = eventsOf(smart);
  /** @type {(value: undefined) => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = resolve));
  let isHeld = false;
  pages.intercept(async (_, respond) => {
    const response = await respond();
    if (!isHeld) {
      isHeld = true;
      await released;
    }
    return response;
  });
  const slowRequest = smart.fetch('Patient/zoe');
  await until(() => isHeld);
  t.mock.timers.tick(400_000);
  await smart.request('Patient/zoe');
  release(undefined);
  await slowRequest;
  t.mock.timers.tick(545_000);
  assert.deepEqual(events, []);
});

for (const value of ['', 'abc', '-1', '1e3', '1800, 1800']) {
  test(`header smart-session-ends with the value "${value}" is ignored`, async (t) => {
    const pages = await startPages(t);
    pages.intercept(async (_, respond) => {
      const response = await respond();
      response.headers.set('smart-session-ends', value);
      return response;
    });
    const { smart } = await enterWithMockedClock(t, pages);
    const requestCount = pages.sent.length;
    t.mock.timers.tick(100_000_000);
    for (let round = 0; round < 50; round++) await eventLoopTurn();
    assert.deepEqual([pages.sent.length, smart.getState().status], [requestCount, 'authenticated']);
  });
}

test('dispose() while the server is asked whether the session has ended: no timer is left', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000 } });
  const { smart } = await enterWithMockedClock(t, pages);
  /** @type {(reason: Error) => void} */
  let fail = () => {};
  pages.intercept(() => new Promise((_, reject) => (fail = reject)));
  const requestCount = pages.sent.length;
  t.mock.timers.tick(1_001_000);
  await until(() => pages.sent.length > requestCount);
  smart.dispose();
  fail(new TypeError('Failed to fetch'));
  for (let round = 0; round < 50; round++) await eventLoopTurn();
  const { length } = pages.sent;
  t.mock.timers.tick(1_000_000);
  for (let round = 0; round < 50; round++) await eventLoopTurn();
  assert.equal(pages.sent.length, length);
});

test('the server cannot be reached when the session ends: the page requests the session again later', async (t) => {
  const pages = await startPages(t, { sessions: { store: memoryStore(), idleSeconds: 1000 } });
  const { smart } = await enterWithMockedClock(t, pages);
  const before = pages.sent.length;
  pages.intercept(unreachable);
  t.mock.timers.tick(1_001_000);
  await until(() => pages.sent.length > before);
  for (let round = 0; round < 50; round++) await eventLoopTurn();
  assert.equal(smart.getState().status, 'authenticated');
  pages.intercept(undefined);
  t.mock.timers.tick(31_000);
  await until(() => smart.getState().status === 'unauthenticated');
});

test('page from the back/forward cache: its session ends if the tab has signed in again, or if it was signed out', async (t) => {
  const pages = await startPages(t);
  pages.ehr.grant({ patient: 'zoe' }, { patient: 'noah' }, { patient: 'ada' });
  const firstPage = await pages.enter();
  const events = eventsOf(firstPage.smart);
  firstPage.tab.comeBack();
  assert.equal(firstPage.smart.getState().session?.patient, 'zoe');
  const state = firstPage.stateOfHistory();
  const secondPage = await pages.enter(firstPage.tab);
  secondPage.smart.dispose();
  firstPage.tab.comeBack();
  assert.deepEqual([events, firstPage.smart.getState().session], [['signedOut replaced'], null]);
  assert.equal(await (await pages.open(firstPage.tab, `${ORIGIN}/chart`, { state })).smart.ready(), null, 'also after a reload');

  const thirdPage = await pages.enter();
  const thirdEvents = eventsOf(thirdPage.smart);
  await pages.browser.visit('logout', { method: 'POST', headers: { 'smart-session': thirdPage.id } });
  thirdPage.tab.comeBack();
  await until(() => thirdEvents.length > 0);
  assert.deepEqual(thirdEvents, ['signedOut logout']);
});

test('blocked storage, and a `history.state` that is a string: ready() returns the session, and keeps the state', async (t) => {
  const pages = await startPages(t);
  const { location } = await pages.browser.signIn();
  const tab = pages.tab();
  const { smart, page } = await pages.open(tab, location.href, { state: 'router' });
  tab.block();
  assert.equal((await smart.ready())?.patient, 'zoe');
  assert.equal(page.globals.history.state, 'router');
});

test('invalid options and aborted calls are refused', async (t) => {
  const pages = await startPages(t);
  await pages.open(pages.tab(), `${ORIGIN}/`);
  const urls = ['https://evil.example/auth', 'https://a:b@app.example/auth', undefined, '', 'auth', './auth', '/auth?x=1', 'http://['];
  for (const baseUrl of urls) {
    const smart = createServerSessionClient({ baseUrl });
    await assert.rejects(smart.ready(), { code: 'config_invalid', message: /baseUrl/ });
    assert.equal(smart.getState().status, 'error');
    smart.dispose();
    await assert.rejects(smart.ready(), { code: 'aborted' });
  }
  const { smart } = await pages.enter();
  const aborter = new AbortController();
  aborter.abort();
  await assert.rejects(smart.fetch('Patient', { signal: aborter.signal }), { code: 'aborted' });
  await assert.rejects(smart.refresh({ signal: aborter.signal }), { code: 'aborted' });
});

test('`can` of the session has the same results as `scopeCovers` of the WebAssembly module', async (t) => {
  const pages = await startPages(t);
  const kinds = ['*', 'Patient', 'Observation', 'observation', 'X1', ''];
  const suffixes = ['read', 'write', '*', 'r', 'rs', 'cruds', 'cud', 'sr', '', 'rr', 'toString', 's?a=b', 'rs?a=b&c=d', 'rs?c=d', 'rs?', 'r?a=b?c', 'r.s'];
  const prefixes = ['http://smarthealthit.org/fhir/scopes/', 'http://openid.net/specs/openid-connect-core-1_0#'];
  const scopes = [
    ...['patient', 'user', 'system', 'group', ''].flatMap((level) =>
      kinds.flatMap((kind) => suffixes.map((suffix) => `${level}/${kind}.${suffix}`)),
    ),
    ...['openid', 'launch/patient', 'patient', 'patient/Patient', ...prefixes],
    ...prefixes.flatMap((prefix) => [`${prefix}patient/Patient.rs`, `${prefix}openid`, `${prefix}http://x`]),
    ...[63, 64].map((count) => `patient/*.r?${'a&'.repeat(count)}b`),
  ];
  let seed = 7;
  const randomInteger = (limit) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % limit;
  const randomScopes = (limit) => Array.from({ length: randomInteger(limit) + 1 }, () => scopes[randomInteger(scopes.length)]);
  const { id } = await pages.browser.signIn();
  let coveredCount = 0;
  for (let round = 0; round < 500; round++) {
    const granted = round % 4 === 0 ? [...randomScopes(6), 'patient/*.rs', 'user/Patient.cud'] : randomScopes(8);
    const needed = round % 3 === 0 ? granted.slice(0, 2) : randomScopes(2);
    const data = { id, serverUrl: pages.ehr.fhirBaseUrl, scopes: granted };
    pages.intercept(() => Response.json(data, { headers: { 'smart-session': id } }));
    const { smart } = await pages.open(pages.tab(), `${ORIGIN}/?smart_session=${id}`);
    const session = await smart.ready();
    const expected = await scopeCovers(granted.join(' '), needed.join(' '));
    assert.equal(session?.can(...needed), expected, `${granted} covers ${needed}`);
    coveredCount += Number(expected);
    smart.dispose();
  }
  assert.ok(coveredCount > 50 && coveredCount < 450, `${coveredCount} of 500`);
});
