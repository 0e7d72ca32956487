// The client for tests of apps: `smart-launch/testing`.

import './dom.mjs';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createElement as h, StrictMode } from 'react';
import { SmartError } from 'smart-launch';
import { RequireSmart, SmartProvider, useSmartRequest, useSmartSession } from 'smart-launch/react';
import { createFakeSmartClient } from 'smart-launch/testing';
import { watcher } from './components.mjs';
import { packageDirectory } from './installed.mjs';
import { render } from './rendered.mjs';

const ZOE = { resourceType: 'Patient', id: 'zoe', name: [{ text: 'Zoe Example' }] };
const PULSE = { resourceType: 'Observation', id: 'pulse' };

/** The client and the names of its events, in order. */
function createClient(options) {
  const smart = createFakeSmartClient(options);
  const events = [];
  smart.subscribe((event) => event && events.push(event.type));
  return { smart, events };
}

const hasCode = (expected) => (error) => SmartError.is(error) && error.code === expected && error.hint !== '';

test('without options a session of one patient is restored', async () => {
  const { smart, events } = createClient();
  assert.deepEqual(smart.getState(), { status: 'loading', session: null, error: null, activity: 'idle' });
  const results = [smart.ready(), smart.ready()];
  assert.equal(results[0], results[1]);
  assert.equal(smart.getState().activity, 'restoring');
  const session = await results[0];
  assert.deepEqual(smart.getState(), { status: 'authenticated', session, error: null, activity: 'idle' });
  assert.equal((await smart.request(`Patient/${session.patient}`)).id, '1');
  assert.equal(await smart.getAccessToken(), session.tokenResponse.access_token);
  assert.deepEqual(events, []);
});

test('a session has all members of a real session, is frozen, and has no token in its JSON', async () => {
  const session = await createFakeSmartClient({ session: { patient: 'zoe', encounter: undefined } }).ready();
  const source = await readFile(new URL('dist/session/smart-session.d.ts', packageDirectory), 'utf8');
  const [declaration] = source.split('export interface SmartTokenResponse');
  const members = [...declaration.matchAll(/^ {4}readonly (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(session).sort(), members.sort());
  assert.deepEqual([session.patient, session.encounter, session.tokenResponse.patient], ['zoe', null, 'zoe']);
  assert.ok(Object.isFrozen(session) && Object.isFrozen(session.scopes) && Object.isFrozen(session.tokenResponse));
  assert.doesNotMatch(JSON.stringify(session), /fake-access-token/);
  assert.deepEqual(structuredClone(session).scopes, session.scopes);
});

test('can() compares scopes', async () => {
  const { can } = await createFakeSmartClient({ session: { scopes: ['patient/Observation.rs', 'openid'] } }).ready();
  assert.ok(can('patient/Observation.read') && can('openid', 'patient/Observation.s'));
  assert.ok(!can('patient/Patient.r') && !can('patient/Observation.c'));
});

test('without a session the user signs in, and signs out', async () => {
  const { smart, events } = createClient({ session: null });
  assert.equal(await smart.ready(), null);
  assert.equal(smart.getState().status, 'unauthenticated');
  await assert.rejects(smart.request('Patient/1'), hasCode('signed_out'));
  const results = [smart.authorize(), smart.authorize()];
  assert.equal(smart.getState().activity, 'signing-in');
  assert.equal((await results[0]).patient, '1');
  await results[1];
  assert.deepEqual(events.splice(0), ['redirecting', 'signedIn']);
  assert.equal(await smart.ready(), smart.getState().session);
  assert.deepEqual(await smart.logout(), { revoked: true, logoutUrl: null, error: null });
  assert.deepEqual(smart.getState(), { status: 'unauthenticated', session: null, error: null, activity: 'idle' });
  assert.deepEqual(events, ['signedOut']);
  assert.equal(await smart.ready(), null);
});

test('authorize({ navigate: false }) signs in when ready() gets the callback; a popup signs in at once', async () => {
  const { smart, events } = createClient({ session: null });
  const { url } = await smart.authorize({ navigate: false });
  assert.ok(URL.canParse(url));
  assert.equal(smart.getState().session, null);
  assert.equal((await smart.ready({ callback: 'https://app.example/?code=x&state=y' })).patient, '1');
  smart.signIn({ patient: 'zoe' });
  assert.equal((await smart.authorize({ target: 'popup' })).patient, '1');
  assert.deepEqual(events, ['signedIn', 'signedIn', 'signedIn']);
});

test('a list of resources responds to reads and to searches by type', async () => {
  const { smart } = createClient({ session: { serverUrl: 'https://ehr.example/fhir/' }, resources: [ZOE, PULSE] });
  await smart.ready();
  assert.deepEqual(await smart.request('Patient/zoe'), ZOE);
  assert.deepEqual(await smart.request('https://ehr.example/fhir/Patient/zoe'), ZOE);
  assert.deepEqual(await smart.request('Observation?category=vital-signs'), {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 1,
    entry: [{ fullUrl: 'https://ehr.example/fhir/Observation/pulse', resource: PULSE, search: { mode: 'match' } }],
  });
  assert.deepEqual(await smart.request('Condition'), { resourceType: 'Bundle', type: 'searchset', total: 0 });
  const response = await smart.fetch('Patient/zoe');
  assert.equal(response.headers.get('content-type'), 'application/fhir+json');
  assert.equal(response.url, 'https://ehr.example/fhir/Patient/zoe');
});

test('with a list of resources other requests get a 404 with an OperationOutcome; URLs outside the FHIR base are refused', async () => {
  const { smart } = createClient({ resources: [ZOE] });
  await smart.ready();
  for (const [url, init] of [['Patient/1'], ['metadata'], ['Patient/zoe/_history/1'], ['Patient', { method: 'POST', body: ZOE }]]) {
    await assert.rejects(smart.request(url, init), (error) => {
      assert.deepEqual([error.code, error.status, error.purpose], ['http_status', 404, 'fhir']);
      assert.match(error.operationOutcome.issue[0].diagnostics, new RegExp(`${init?.method ?? 'GET'} ${url}$`));
      return SmartError.is(error);
    });
  }
  assert.equal((await smart.fetch('Patient/1')).status, 404);
  for (const url of ['https://other.example/Patient/1', '../Patient/1', 'https://fhir.example/r4x/Patient/1']) {
    await assert.rejects(smart.request(url), hasCode('origin_not_allowed'));
  }
  await assert.rejects(smart.fetch(null), hasCode('config_invalid'));
});

test('a function as `resources` gets the request, and returns a resource or a Response', async () => {
  const receivedRequests = [];
  const { smart } = createClient({
    async resources(request) {
      const { pathname } = new URL(request.url);
      receivedRequests.push([request.method, pathname, request.body && (await request.json()).id]);
      if (pathname.endsWith('/down')) return new Response('no', { status: 503, headers: { 'retry-after': '7' } });
      return pathname.endsWith('/zoe') ? ZOE : undefined;
    },
  });
  const requests = [];
  smart.on('request', ({ method, url, status }) => requests.push([method, url, status]));
  await smart.ready();
  assert.deepEqual(await smart.request('Patient/zoe?x=1', { method: 'PUT', body: ZOE }), ZOE);
  await smart.fetch(new Request('https://fhir.example/r4/Patient/zoe', { method: 'PUT', body: JSON.stringify(ZOE) }));
  await assert.rejects(smart.request('Patient/down'), ({ status, retryAfterSeconds, retryable, body }) => {
    assert.deepEqual([status, retryAfterSeconds, retryable, body], [503, 7, true, 'no']);
    return true;
  });
  await assert.rejects(smart.request('Patient/2'), hasCode('http_status'));
  const putRequest = ['PUT', '/r4/Patient/zoe', 'zoe'];
  assert.deepEqual(receivedRequests, [putRequest, putRequest, ['GET', '/r4/Patient/down', null], ['GET', '/r4/Patient/2', null]]);
  assert.deepEqual(requests[0], ['PUT', 'https://fhir.example/r4/Patient/zoe', 200]);
});

test('an aborted request rejects, and so does one that is pending during a sign-out', async () => {
  let respond = () => {};
  const resolvers = [];
  const { smart } = createClient({
    resources: () =>
      new Promise((resolve) => {
        respond = () => resolve(ZOE);
        resolvers.splice(0).forEach((notify) => notify());
      }),
  });
  await smart.ready();
  const abort = new AbortController();
  const abortedRequest = smart.request('Patient/1', { signal: abort.signal });
  abort.abort();
  await assert.rejects(abortedRequest, hasCode('aborted'));
  const requested = new Promise((notify) => resolvers.push(notify));
  const pendingRequest = smart.request('Patient/1');
  await requested;
  await smart.logout();
  respond();
  await assert.rejects(pendingRequest, hasCode('signed_out'));
});

test('expire() ends the session', async () => {
  const { smart, events } = createClient();
  await smart.ready();
  smart.expire();
  const { status, session, error } = smart.getState();
  assert.deepEqual([status, session], ['unauthenticated', null]);
  assert.ok(hasCode('session_expired')(error));
  assert.deepEqual(events, ['signedOut', 'error']);
  await assert.rejects(smart.getAccessToken(), hasCode('signed_out'));
});

test('refresh() renews the session', async () => {
  const { smart, events } = createClient({ session: { patient: 'zoe', expiresAt: 1, returnTo: '/chart' } });
  const firstSession = await smart.ready();
  const session = await smart.refresh();
  assert.notEqual(session, firstSession);
  assert.deepEqual([session.patient, session.returnTo, session.expiresAt > firstSession.expiresAt], ['zoe', null, true]);
  assert.equal(smart.getState().session, session);
  assert.deepEqual(events, ['refreshed']);
});

test('failNext() makes the next call fail, and no other', async () => {
  const { smart, events } = createClient();
  smart.failNext('network');
  await assert.rejects(smart.ready(), hasCode('network'));
  assert.equal(smart.getState().status, 'error');
  assert.deepEqual(events.splice(0), ['error']);
  assert.equal((await smart.ready()).patient, '1');
  const error = new SmartError({ code: 'http_status', message: 'down', status: 503 });
  smart.failNext(error);
  await assert.rejects(smart.request('Patient/1'), (thrown) => thrown === error);
  assert.equal((await smart.request('Patient/1')).id, '1');
  assert.deepEqual([smart.getState().status, smart.getState().error, events], ['authenticated', null, []]);
  smart.failNext('logout_remote_failed');
  const outcome = await smart.logout();
  assert.deepEqual([outcome.revoked, outcome.error.code, smart.getState().session], [null, 'logout_remote_failed', null]);
});

test('a sign-in that fails leaves the user signed out', async () => {
  const { smart } = createClient({ session: null });
  smart.failNext('authorization_refused');
  // This call is not awaited, and its rejection must not be reported as unhandled.
  smart.authorize();
  await assert.rejects(smart.authorize(), hasCode('authorization_refused'));
  const { status, error } = smart.getState();
  assert.deepEqual([status, error.code], ['unauthenticated', 'authorization_refused']);
});

test('signIn() during ready() is not undone', async () => {
  const { smart } = createClient({ session: null });
  const ready = smart.ready();
  const session = smart.signIn({ patient: 'zoe' });
  assert.equal(await ready, session);
  assert.equal(smart.getState().session, session);
});

test('userInfo(), introspect(), discover() and the other calls return results for the session', async () => {
  const idToken = { iss: 'https://fhir.example', sub: 'ada', aud: 'fake-client', exp: 2, iat: 1 };
  const { smart } = createClient({ session: { idToken } });
  await smart.ready();
  assert.equal((await smart.userInfo()).sub, 'ada');
  assert.equal((await smart.introspect()).active, true);
  assert.ok(URL.canParse((await smart.discover()).tokenEndpoint));
  assert.equal(await smart.frontChannelLogout(), false);
  await smart.completeLogout();
  smart.signIn({ idToken: null });
  await assert.rejects(smart.userInfo(), hasCode('userinfo_invalid'));
});

test('after dispose() calls reject, and listeners are not called', async () => {
  const { smart, events } = createClient();
  smart.dispose();
  await assert.rejects(smart.ready(), hasCode('aborted'));
  await assert.rejects(smart.request('Patient/1'), hasCode('aborted'));
  smart.signIn();
  assert.deepEqual(events, []);
});

test('the fake client has the methods of createSmartClient, and expire, failNext and signIn', async () => {
  const { createSmartClient } = await import('smart-launch');
  const realMethods = Object.keys(createSmartClient({}));
  assert.deepEqual(Object.keys(createFakeSmartClient()).sort(), [...realMethods, 'expire', 'failNext', 'signIn'].sort());
});

test('the entry imports the main entry, the FHIR calls and the texts, and no WebAssembly', async () => {
  const source = await readFile(new URL('dist/testing.js', packageDirectory), 'utf8');
  const imported = [...source.matchAll(/\b(?:from|import) ?\(?"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(imported)].sort(), ['./fhir-calls.js', './index.js', './texts.js']);
  assert.doesNotMatch(source, /\bfetch\(|Storage|indexedDB/);
});

test('a failed callback does not end the session', async () => {
  const { smart } = createClient({ session: null });
  await smart.ready();
  const session = smart.signIn();
  smart.failNext('state_unknown');
  await assert.rejects(smart.ready({ callback: 'https://app.example/?code=x&state=y' }), hasCode('state_unknown'));
  assert.equal(await smart.ready(), session);
  assert.equal(smart.getState().session, session);
});

test('components of React work with the fake client', async (t) => {
  const client = createFakeSmartClient({ session: { patient: 'zoe' }, resources: [ZOE] });
  function Name() {
    const { status, data, error } = useSmartRequest(`Patient/${useSmartSession().patient}`);
    return status === 'error' ? error.code : (data?.name[0].text ?? '…');
  }
  const { status } = watcher();
  const guarded = h(RequireSmart, { loading: ' wait', unauthenticated: ' sign in' }, ' ', h(Name));
  const view = render(t, h(StrictMode, null, h(SmartProvider, { client }, status, guarded)));
  await view.shows('authenticated zoe Zoe Example');
  client.expire();
  await view.shows('unauthenticated session_expired sign in');
  client.signIn({ patient: 'nobody' });
  await view.shows('authenticated nobody http_status');
});
