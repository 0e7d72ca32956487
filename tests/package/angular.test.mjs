// The binding for Angular.

import { document } from './dom.mjs';
import '@angular/compiler';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { createSmartClient as createDpopClient } from 'smart-launch/dpop';
import { createFakeSmartClient } from 'smart-launch/testing';
import { openHistory } from './browser-history.mjs';
import { useIndexedDb } from './indexed-db.mjs';
import { packageDirectory } from './installed.mjs';
import { leavingClient } from './leaving-client.mjs';
import { startProofServer } from './proof-server.mjs';
import { testReads } from './read-rules.mjs';
import { until } from './rendered.mjs';
import { signIn } from './sign-in.mjs';

for (const name of ['Node', 'Element', 'HTMLElement', 'Event', 'KeyboardEvent']) globalThis[name] = window[name];
const { createEnvironmentInjector, EnvironmentInjector, runInInjectionContext, signal } = await import('@angular/core');
const { APP_BASE_HREF, BrowserPlatformLocation, PlatformLocation } = await import('@angular/common');
const { HttpClient, provideHttpClient, withFetch, withInterceptors } = await import('@angular/common/http');
const { HttpTestingController, provideHttpClientTesting } = await import('@angular/common/http/testing');
const { provideRouter, Router, withHashLocation, withRouterConfig } = await import('@angular/router');
const { TestBed } = await import('@angular/core/testing');
const { BrowserTestingModule, platformBrowserTesting } = await import('@angular/platform-browser/testing');
const { injectSmart, injectSmartRequest, provideSmart, smartGuard, smartInterceptor } = await import('smart-launch/angular');

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting());
afterEach(() => TestBed.resetTestingModule());

/** Runs `work` in an injector with a client. `destroy` destroys the injector, as at the end of a component or a route. */
function inject(test, client, work) {
  const injector = createEnvironmentInjector([provideSmart(client)], TestBed.inject(EnvironmentInjector));
  let isOver = false;
  const destroy = () => {
    if (!isOver) injector.destroy();
    isOver = true;
  };
  test.after(destroy);
  return { destroy, injected: runInInjectionContext(injector, work) };
}

testReads('Angular', (t, client, url, read) => {
  const address = signal(url);
  const { destroy, injected } = inject(t, client, () => injectSmartRequest(address, read));
  const { status, data, error, reload } = injected;
  const now = () => ({ status: status(), data: data(), error: error() });
  return { now, reload, unmount: destroy, setUrl: (next) => address.set(next) };
});

test('dist/angular.js imports only Angular, RxJS and the main entry, and has no decorators', async () => {
  const code = await readFile(new URL('dist/angular.js', packageDirectory), 'utf8');
  const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(imports)].sort(), ['./index.js', '@angular/common', '@angular/core', '@angular/router', 'rxjs']);
  assert.doesNotMatch(code, /ɵ|decorate/);
});

test('signals follow the state of the client until the injector is destroyed', async (t) => {
  const client = createFakeSmartClient({ session: { patient: 'zoe' } });
  const { injected: smart, destroy } = inject(t, client, () => injectSmart());
  assert.deepEqual([smart.status(), smart.isLoading(), smart.session()], ['loading', true, null]);
  await until(() => smart.isAuthenticated());
  assert.equal(smart.session().patient, 'zoe');
  assert.equal(smart.client, client);
  for (const [name, call] of Object.entries(client)) assert.equal(smart[name], call, name);
  await smart.logout();
  assert.equal(smart.status(), 'unauthenticated');
  destroy();
  client.signIn();
  assert.equal(smart.status(), 'unauthenticated');
});

test('a token refresh changes the activity, not the status', async (t) => {
  const client = createFakeSmartClient();
  await client.ready();
  const { injected: smart } = inject(t, client, () => injectSmart());
  const states = [];
  client.subscribe(() => states.push(`${smart.status()} ${smart.activity()}`));
  await client.refresh();
  assert.deepEqual([...new Set(states)], ['authenticated refreshing', 'authenticated idle']);
});

test('injectSmart: without `provideSmart` it throws config_invalid', () => {
  assert.throws(() => TestBed.runInInjectionContext(() => injectSmart()), { name: 'SmartError', code: 'config_invalid' });
});

test('server rendering: the status is `loading`, and no request is sent', async (t) => {
  const client = createFakeSmartClient();
  TestBed.inject(EnvironmentInjector);
  const originalDocument = globalThis.document;
  delete globalThis.document;
  const { injected } = inject(t, client, () => [injectSmart(), injectSmartRequest(() => 'Patient/1')]);
  Object.defineProperty(globalThis, 'document', { configurable: true, value: originalDocument });
  const [smart, read] = injected;
  assert.deepEqual([smart.status(), read.status(), client.getState().activity], ['loading', 'idle', 'idle']);
});

/** Opens an app with guarded routes at this URL. */
function openApp(test, url, client, { base = '/base/', features = [] } = {}) {
  const page = openHistory(test, url);
  const children = ['', 'chart', 'back'].map((path) => ({ path, children: [] }));
  const routes = [{ path: '', canActivateChild: [smartGuard], children }];
  TestBed.configureTestingModule({
    providers: [
      provideSmart(client),
      provideRouter(routes, withRouterConfig({ resolveNavigationPromiseOnError: true }), ...features),
      { provide: APP_BASE_HREF, useValue: base },
      { provide: PlatformLocation, useClass: BrowserPlatformLocation },
    ],
  });
  const router = TestBed.inject(Router);
  const errors = [];
  router.events.subscribe((event) => event.error && errors.push(event.error));
  test.mock.method(console, 'error', () => {});
  router.initialNavigation();
  return { ...page, router, errors };
}

test('guard: without a session it signs in, and `returnTo` is the URL of the route with base, query and fragment', async (t) => {
  const { client, authorizeCalls } = leavingClient();
  const { router } = openApp(t, 'https://app.example/base/chart?id=1#top', client);
  await until(() => authorizeCalls.length === 1);
  assert.deepEqual(authorizeCalls, [{ returnTo: 'https://app.example/base/chart?id=1#top' }]);
  await wait(20);
  assert.equal(router.navigated, false);
});

test('guard: shows the route if the user is signed in', async (t) => {
  const { client, authorizeCalls } = leavingClient({ session: {} });
  const { router } = openApp(t, 'https://app.example/base/chart', client);
  await until(() => router.navigated);
  assert.equal(router.url, '/chart');
  await router.navigateByUrl('/');
  assert.deepEqual([router.url, authorizeCalls], ['/', []]);
});

for (const [mode, callback, requested, options] of [
  ['a base', '/base/back?code=x&state=y', '/base/chart?id=1#top', {}],
  ['no base', '/back?code=x&state=y', '/chart?id=1#top', { base: '/' }],
  ['a hash', '/app/?code=x&state=y#/', '/app/#/chart?id=1', { base: '', features: [withHashLocation()] }],
]) {
  test(`guard: after a sign-in it redirects to the requested route, once, with ${mode}`, async (t) => {
    const { client } = leavingClient({ session: { returnTo: requested } });
    // `ready()` of a real client removes the authorization response from the URL.
    const ready = () => {
      if (location.search.includes('code')) history.replaceState(history.state, '', location.href.replace(/[?]code=x&state=y/, ''));
      return client.ready();
    };
    const { router, address } = openApp(t, `https://app.example${callback}`, { ...client, ready }, options);
    await until(() => router.navigated);
    assert.equal(address(), requested);
    await router.navigateByUrl('/back');
    assert.equal(router.url, '/back');
  });
}

test('guard: after a failed sign-in the navigation fails, and no other sign-in is started', async (t) => {
  for (const hasFailed of [false, true]) {
    const { client, fake, authorizeCalls } = leavingClient();
    fake.failNext('authorization_refused');
    if (hasFailed) await client.ready().catch(() => {});
    const { errors } = openApp(t, 'https://app.example/base/chart', client);
    await until(() => errors.length === 1);
    assert.equal(errors[0].code, 'authorization_refused');
    assert.deepEqual(authorizeCalls, []);
    TestBed.resetTestingModule();
  }
});

test('guard: after a sign-out the next navigation signs in', async (t) => {
  const { client, authorizeCalls } = leavingClient({ session: {} });
  const { router } = openApp(t, 'https://app.example/base/', client);
  await until(() => router.navigated);
  await client.logout();
  router.navigateByUrl('/chart');
  await until(() => authorizeCalls.length === 1);
  assert.deepEqual(authorizeCalls, [{ returnTo: 'https://app.example/base/chart' }]);
  assert.equal(router.url, '/');
});

/** Sets up `HttpClient` with the interceptor. The test answers the requests that `HttpClient` sends. */
async function openHttp(client, isReady = true) {
  TestBed.configureTestingModule({
    providers: [provideSmart(client), provideHttpClient(withInterceptors([smartInterceptor])), provideHttpClientTesting()],
  });
  const [http, testing] = [TestBed.inject(HttpClient), TestBed.inject(HttpTestingController)];
  if (isReady) await client.ready();
  /** Makes a request. `requests` has the requests that were sent; `outcomes` has the response or the error. */
  const send = async (url, options) => {
    const outcomes = [];
    const next = (value) => outcomes.push(value);
    const error = (error) => outcomes.push(error);
    const subscription = http.get(url, options).subscribe({ next, error });
    await wait(5);
    return { outcomes, subscription, requests: testing.match(() => true) };
  };
  return { send, testing };
}

test('interceptor: the token is sent to URLs under the FHIR base, and to no others', async (t) => {
  openHistory(t, 'https://fhir.example/app/');
  const { send } = await openHttp(createFakeSmartClient());
  for (const url of ['Patient/1', 'Patient?name=%22x%22', '', '?_summary=true', 'Patient/1%20']) {
    const { requests } = await send(`https://fhir.example/r4${url && !url.startsWith('?') ? '/' : ''}${url}`);
    assert.equal(requests[0].request.headers.get('authorization'), 'Bearer fake-access-token', url);
  }
  const { requests } = await send('/r4/Patient/1', { params: { _summary: 'true' } });
  assert.equal(requests[0].request.headers.get('authorization'), 'Bearer fake-access-token');
  for (const url of [
    'https://other.example/r4/Patient/1',
    'http://fhir.example/r4/Patient/1',
    'https://fhir.example:444/r4/Patient/1',
    'https://fhir.example.evil.example/r4/Patient/1',
    'https://user:secret@fhir.example/r4/Patient/1',
    'https://fhir.example/r4b/Patient/1',
    'https://fhir.example/r4/../admin',
    'https://fhir.example/r4/%2e%2e/admin',
    'https://fhir.example/r4/..%2fadmin',
    'https://fhir.example/r4/..%5Cadmin',
    'https://fhir.example/r4/..;/admin',
    'https://fhir.example/r4/..\\admin',
    'https://fhir.example/r4/"x"',
    'https://fhir.example/r4/a b',
    'https://fhir.example/r4/ä',
    'assets/texts.json',
    'https://',
  ]) {
    const { requests } = await send(url);
    assert.equal(requests[0].request.headers.has('authorization'), false, url);
  }
});

test('interceptor: without a session requests are sent unchanged', async () => {
  const { send } = await openHttp(createFakeSmartClient({ session: null }));
  const { requests } = await send('https://fhir.example/r4/Patient/1');
  assert.equal(requests[0].request.headers.has('authorization'), false);
});

test('interceptor: a response that arrives after a sign-out or another sign-in is replaced by the error signed_out', async () => {
  const ends = [(client) => client.signIn({ patient: 'amal' }), (client) => client.logout()];
  const responses = [{}, { status: 422, statusText: 'Unprocessable' }];
  for (const [end, response] of ends.flatMap((end) => responses.map((response) => [end, response]))) {
    const client = createFakeSmartClient({ session: { patient: 'zoe' } });
    const { send } = await openHttp(client);
    const { requests, outcomes } = await send('https://fhir.example/r4/Patient/zoe');
    await end(client);
    requests[0].flush({ id: 'zoe' }, response);
    assert.deepEqual(outcomes.map(({ code }) => code), ['signed_out']);
    TestBed.resetTestingModule();
  }
});

test('interceptor: the token of the next session is not sent to the server of the previous session', async () => {
  const fake = createFakeSmartClient();
  const client = {
    ...fake,
    getAccessToken: async () => {
      fake.signIn({ serverUrl: 'https://other.example/r4' });
      return 'token-of-the-other';
    },
  };
  const { send } = await openHttp(client);
  const { requests, outcomes } = await send('https://fhir.example/r4/Patient/1');
  assert.deepEqual([requests.length, outcomes[0].code], [0, 'signed_out']);
});

test('interceptor: if the refresh is refused, the request is not sent, and fails with the error of the refresh', async () => {
  const fake = createFakeSmartClient();
  const client = { ...fake, getAccessToken: async () => Promise.reject(Object.assign(new Error('no'), { code: 'refresh_rejected' })) };
  const { send } = await openHttp(client);
  const { requests, outcomes } = await send('https://fhir.example/r4/Patient/1');
  assert.deepEqual([requests.length, outcomes[0].code], [0, 'refresh_rejected']);
});

test('interceptor: unsubscribing cancels the request', async () => {
  const { send } = await openHttp(createFakeSmartClient());
  const { requests, subscription } = await send('https://fhir.example/r4/Patient/1');
  subscription.unsubscribe();
  assert.equal(requests[0].cancelled, true);
});

test('interceptor: without `getAccessToken` FHIR requests fail with config_invalid, and other requests are sent', async () => {
  const { getAccessToken, ...client } = createFakeSmartClient();
  const { send } = await openHttp(client);
  const { requests, outcomes } = await send('https://fhir.example/r4/Patient/1');
  assert.deepEqual([requests.length, outcomes[0].code], [0, 'config_invalid']);
  assert.match(outcomes[0].hint, /`request`/);
  assert.equal((await send('assets/texts.json')).requests.length, 1);
});

/** A client whose tokens are bound to a key, and the proofs that it has created. */
function boundClient() {
  const fake = createFakeSmartClient();
  const proofs = [];
  const getState = () => {
    const state = fake.getState();
    const session = state.session && { ...state.session, tokenResponse: { token_type: 'DPoP' } };
    return { ...state, session };
  };
  const createProof = async ({ url, ...options }) => {
    proofs.push({ url: String(url), ...options });
    return `proof-${proofs.length}`;
  };
  return { client: { ...fake, getState, createProof }, proofs };
}

test('interceptor: each request with a bound token has its own proof', async () => {
  const { client, proofs } = boundClient();
  const { send } = await openHttp(client);
  for (const number of [1, 2]) {
    const { requests } = await send('https://fhir.example/r4/Patient', { params: { name: 'x' } });
    const { headers } = requests[0].request;
    assert.deepEqual([headers.get('authorization'), headers.get('dpop')], ['DPoP fake-access-token', `proof-${number}`]);
  }
  const url = 'https://fhir.example/r4/Patient?name=x';
  assert.deepEqual(proofs[0], { accessToken: 'fake-access-token', method: 'GET', nonce: undefined, url });
});

test('interceptor: a request is repeated once with the nonce that the server requires', async () => {
  const { client, proofs } = boundClient();
  const { send, testing } = await openHttp(client);
  const { requests, outcomes } = await send('https://fhir.example/r4/Patient/1');
  const refused = { status: 401, statusText: 'Unauthorized', headers: { 'DPoP-Nonce': 'n-1' } };
  requests[0].flush('', refused);
  await wait(5);
  const [second] = testing.match(() => true);
  assert.deepEqual([second.request.headers.get('dpop'), proofs[1].nonce], ['proof-2', 'n-1']);
  second.flush('', { ...refused, headers: { 'DPoP-Nonce': 'n-2' } });
  await wait(5);
  assert.equal(testing.match(() => true).length, 0);
  assert.equal(outcomes[0].status, 401);
});

test('interceptor: a server accepts the proofs of smart-launch/dpop, also with nonces', async (t) => {
  useIndexedDb(t);
  const server = await startProofServer(t);
  server.state.resourceNonce = 'of-the-api';
  openHistory(t, 'https://app.example/back');
  const client = createDpopClient({ ...server.options(), dpop: true });
  t.after(() => client.dispose());
  await signIn(client);
  const http = provideHttpClient(withFetch(), withInterceptors([smartInterceptor]));
  TestBed.configureTestingModule({ providers: [provideSmart(client), http] });
  const url = `${server.fhirBaseUrl}/Patient/zoe`;
  const received = await firstValueFrom(TestBed.inject(HttpClient).post(url, { a: 1 }, { params: { _pretty: 'true' } }));
  assert.deepEqual([received.method, received.body], ['POST', '{"a":1}']);
  assert.equal(server.requestsTo('/fhir/Patient/zoe').length, 2);
});
