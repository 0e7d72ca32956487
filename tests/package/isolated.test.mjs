// The client whose session is in a worker.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { english } from 'smart-launch/messages';
import { isRevealing, SECRET } from './ehr.mjs';
import { openIsolated } from './isolated.mjs';
import { callbackOf, parametersOf, signIn } from './sign-in.mjs';

test('sign-in by redirect: the worker ends with the page, and the worker of the next page completes the sign-in', async (t) => {
  const { ehr, tab, client, workers, open, leave } = await openIsolated(t);
  assert.equal(await client.ready(), null);
  const url = await leave();
  const { state } = parametersOf({ method: 'GET', url });
  assert.deepEqual(Object.keys(tab.storage), [`smart-launch:sign-in:${state}`], 'stored before the page is left');
  const callbackClient = await open(callbackOf({ method: 'GET', url }));
  const session = await callbackClient.ready();
  assert.equal(session.patient, 'zoe');
  assert.equal(workers.started.length, 2);
  assert.deepEqual(workers.started[1].options, { type: 'module' });
  assert.equal(ehr.requestsTo('/token').length, 1);
  assert.ok(
    Object.keys(tab.storage).every((key) => key.startsWith('smart-launch:sign-in:')),
    'no session is stored',
  );
});

test('code is removed from the visible URL before anything is awaited', async (t) => {
  const app = await openIsolated(t);
  await app.openCallback();
  const ready = app.client.ready();
  assert.equal(app.page.address(), '/back');
  assert.equal(app.client.ready(), ready, 'concurrent calls are one sign-in');
  assert.equal((await ready).patient, 'zoe');
  assert.equal(await app.client.ready(), await ready);
});

test('`expiring` has its reason, the time, and the session of the page', async (t) => {
  const app = await openIsolated(t, { tokens: { expires_in: 1 } });
  await app.openCallback();
  const expiring = new Promise((resolve) => app.client.on('expiring', resolve));
  const session = await app.client.ready();
  const detail = await expiring;
  assert.deepEqual(detail, { reason: 'token', expiresAt: session.expiresAt, session });
  assert.equal(detail.session.can('openid'), true);
});

test('page gets no token from any call, even if a response repeats a token', async (t) => {
  const configuration = (origin) => ({
    userinfo_endpoint: `${origin}/userinfo`,
    introspection_endpoint: `${origin}/introspect`,
    end_session_endpoint: `${origin}/end`,
  });
  const app = await openIsolated(t);
  const { ehr, workers, tab } = app;
  ehr.configure(configuration(ehr.origin));
  ehr.answer('/.well-known/openid-configuration', { json: { ...ehr.document, ...configuration(ehr.origin) } });
  ehr.answer('/userinfo', { json: { sub: 'amara', repeated: `${SECRET}-access-1` } });
  ehr.answer('/introspect', () => ({
    json: { active: true, token: `${SECRET}-refresh-1`, nested: [`${SECRET}-access-1`] },
  }));
  ehr.answer('/fhir/Patient/zoe', {
    json: { id: 'zoe' },
    headers: { etag: `"${SECRET}-access-1"`, 'access-control-expose-headers': 'etag' },
  });
  ehr.grant(() => ({ copies: { deep: [`Bearer ${SECRET}-access-1`, `${SECRET}-refresh-1`] } }));
  const session = await app.signIn();
  const values = [session, app.client.getState()];
  for (const event of ['refreshed', 'signedOut', 'error', 'request'])
    app.client.on(event, (detail) => values.push(detail));
  values.push(await app.client.userInfo(), await app.client.introspect());
  const response = await app.client.fetch('Patient/zoe');
  values.push([...response.headers], await response.json());
  values.push(await app.client.refresh());
  ehr.answer('/token', {
    status: 400,
    json: { error: 'invalid_grant', error_description: `${SECRET}-refresh-2 of ${SECRET}-access-2` },
  });
  await assert.rejects(app.client.refresh(), (error) => values.push(error, error.oauth) > 0);
  values.push(await app.client.logout());
  assert.ok(workers.received.length > 20);
  for (const message of [...workers.received, ...values]) {
    const shown = inspect(message, { depth: Infinity, showHidden: true }) + JSON.stringify(message);
    assert.ok(!isRevealing(shown), shown);
  }
  assert.ok(!isRevealing(JSON.stringify({ ...tab.storage })));
  assert.equal(session.tokenResponse.access_token, undefined);
  assert.equal(session.tokenResponse.token_type, 'Bearer');
  assert.equal('getAccessToken' in app.client, false);
  assert.ok(ehr.requestsTo('/revoke').length > 0);
});

test('session is frozen data, and `can` is synchronous', async (t) => {
  const app = await openIsolated(t);
  const session = await app.signIn();
  assert.equal(session.can('patient/Observation.rs'), true);
  assert.equal(session.can('user/Observation.rs'), false);
  assert.ok(Object.isFrozen(session) && Object.isFrozen(session.tokenResponse));
  assert.equal(app.client.getState().session, session, 'the same object, until it changes');
  assert.match(session.fhirUser, /Practitioner\/amara$/);
  assert.equal(session.persisted, false);
});

test('events and state are the same as with a client in the page', async (t) => {
  const app = await openIsolated(t);
  await app.openCallback();
  const events = [];
  for (const event of ['signedIn', 'refreshed', 'signedOut', 'request']) {
    app.client.on(event, (detail) => events.push([event, detail]));
  }
  const states = [];
  app.client.subscribe((event) => event ?? states.push(app.client.getState()));
  const session = await app.client.ready();
  assert.equal(events.find(([event]) => event === 'signedIn')[1], session);
  assert.deepEqual(
    states.map(({ status, activity }) => `${status} ${activity}`),
    ['loading signing-in', 'authenticated signing-in', 'authenticated idle'],
  );
  const refreshedSession = await app.client.refresh();
  assert.notEqual(refreshedSession, session);
  assert.equal(events.find(([event]) => event === 'refreshed')[1], refreshedSession);
  assert.equal(await app.client.ready(), refreshedSession);
  await app.client.logout();
  assert.deepEqual(events.find(([event]) => event === 'signedOut')[1], { reason: 'logout' });
  assert.equal(app.client.getState().session, null);
  assert.equal(await app.client.ready(), null);
  assert.ok(events.some(([event, detail]) => event === 'request' && detail.purpose === 'token'));
});

test('fetch: the worker sends method, headers and body, with the token in place of the page’s Authorization header', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  app.ehr.answer('/fhir/Observation', {
    status: 201,
    headers: { 'content-type': 'text/plain', etag: 'W/"1"' },
    body: 'made',
  });
  const response = await app.client.fetch('Observation', {
    method: 'POST',
    headers: { authorization: 'Bearer forged', 'x-more': 'yes' },
    body: new URLSearchParams({ a: 'b' }),
  });
  const [request] = app.ehr.requestsTo('/fhir/Observation');
  assert.equal(request.method, 'POST');
  assert.equal(request.headers.authorization, `Bearer ${SECRET}-access-1`);
  assert.equal(request.headers['x-more'], 'yes');
  assert.match(request.headers['content-type'], /^application\/x-www-form-urlencoded/);
  assert.equal(request.body, 'a=b');
  assert.ok(response instanceof Response);
  assert.equal(response.status, 201);
  assert.equal(response.url, `${app.ehr.fhirBaseUrl}/Observation`);
  assert.equal(response.headers.get('etag'), 'W/"1"');
  assert.equal(await response.text(), 'made');
});

test('fetch: accepts a Request; bodies are unchanged in both directions; a response without a body has none', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  const bytes = Buffer.from([0, 255, 128, 10]);
  app.ehr.answer('/fhir/Binary', { body: bytes });
  const sentBytes = new Uint8Array(bytes);
  const response = await app.client.fetch(new Request(`${app.ehr.fhirBaseUrl}/Binary`, { method: 'PUT', body: sentBytes }));
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
  assert.deepEqual([...sentBytes], [...bytes], 'the page can still use its buffer');
  assert.equal(app.ehr.requestsTo('/fhir/Binary')[0].method, 'PUT');
  app.ehr.answer('/fhir/Patient/gone', { status: 204 });
  assert.equal((await app.client.fetch('Patient/gone', { method: 'DELETE' })).body, null);
});

test('fetch: after a 401 the worker repeats the request once with a new token', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  app.ehr.answer('/fhir/Patient/zoe', { status: 401 }, { json: { id: 'zoe' } });
  assert.deepEqual(await app.client.request('Patient/zoe'), { id: 'zoe' });
  assert.deepEqual(
    app.ehr.requestsTo('/fhir/Patient/zoe').map(({ headers }) => headers.authorization),
    [`Bearer ${SECRET}-access-1`, `Bearer ${SECRET}-access-2`],
  );
});

test('data of a session is not returned after the end of the session', async (t) => {
  const app = await openIsolated(t);
  for (const name of ['request', 'fetch']) {
    await app.signIn();
    const held = app.ehr.hold('/fhir/Patient/zoe', () => ({ json: { id: 'zoe' } }));
    const call = app.client[name]('Patient/zoe');
    call.catch(() => {});
    await held.arrived;
    await app.client.logout();
    held.release();
    await assert.rejects(call, { code: 'signed_out' });
  }
});

test('request: writes and reads FHIR JSON; a status outside 2xx is http_status with the body of the response', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  app.ehr.answer('/fhir/Patient', { status: 422, json: { resourceType: 'OperationOutcome' } });
  await assert.rejects(
    app.client.request('Patient', { method: 'POST', body: { resourceType: 'Patient' } }),
    (error) => {
      assert.ok(error instanceof app.page.SmartError);
      return error.code === 'http_status' && error.body.resourceType === 'OperationOutcome';
    },
  );
  assert.equal(app.ehr.requestsTo('/fhir/Patient')[0].headers['content-type'], 'application/fhir+json');
});

for (const [name, value] of Object.entries({
  redirect: 'follow',
  credentials: 'include',
  cache: 'no-store',
  mode: 'cors',
})) {
  test(`fetch: \`${name}\` must not be set by the page: config_invalid, and nothing is sent`, async (t) => {
    const app = await openIsolated(t);
    await app.signIn();
    const requestCount = app.ehr.requests.length;
    await assert.rejects(app.client.fetch('Patient/zoe', { [name]: value }), {
      code: 'config_invalid',
      message: new RegExp(name),
    });
    assert.equal(app.ehr.requests.length, requestCount);
  });
}

test('fetch of a URL outside the FHIR base: origin_not_allowed, and nothing is sent', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  const requestCount = app.ehr.requests.length;
  for (const url of [
    'https://evil.example/fhir/Patient',
    `${app.ehr.origin}/other`,
    '../other',
    `${app.ehr.fhirBaseUrl}.evil.example`,
  ]) {
    await assert.rejects(app.client.fetch(url), (error) => {
      assert.ok(error instanceof app.page.SmartError);
      assert.ok(error.hint.length > 10);
      return error.code === 'origin_not_allowed';
    });
  }
  assert.equal(app.ehr.requests.length, requestCount);
});

test('abort is passed to the worker, which ends the request', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  app.ehr.answer('/fhir/Patient/slow', { silent: true });
  const controller = new AbortController();
  const call = app.client.fetch('Patient/slow', { signal: controller.signal });
  while (app.ehr.requestsTo('/fhir/Patient/slow').length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const requestEvent = new Promise((resolve) => app.client.on('request', resolve));
  controller.abort();
  await assert.rejects(call, { code: 'aborted', retryable: false });
  assert.equal((await requestEvent).status, null);
  await assert.rejects(app.client.fetch('Patient/slow', { signal: AbortSignal.timeout(20) }), { code: 'timeout' });
  await assert.rejects(app.client.fetch('Patient/slow', { signal: AbortSignal.abort() }), { code: 'aborted' });
});

test('errors are passed to the page without their cause', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  app.ehr.answer('/token', { status: 429, headers: { 'retry-after': '7' }, json: {} });
  await assert.rejects(app.client.refresh(), (error) => {
    assert.ok(error instanceof app.page.SmartError);
    assert.equal(error.cause, undefined);
    assert.deepEqual([error.status, error.retryable, error.retryAfterSeconds], [429, true, 7]);
    return true;
  });
});

test('at a launch URL, ready() resolves to null, and authorize() uses the launch', async (t) => {
  const app = await openIsolated(t);
  const query = new URLSearchParams({ iss: app.ehr.fhirBaseUrl, launch: 'handle' });
  await app.open(`https://app.example/launch?${query}`);
  assert.equal(await app.client.ready(), null);
  const request = await app.client.authorize({ navigate: false, appState: { deep: [1] } });
  assert.equal(parametersOf(request).launch, 'handle');
  await app.open(`https://app.example/launch?${new URLSearchParams({ iss: 'https://evil.example', launch: 'x' })}`);
  await assert.rejects(app.client.authorize(), { code: 'issuer_not_allowed' });
});

test('redirect URI is by default the page without query and fragment', async (t) => {
  const app = await openIsolated(t, { options: { redirectUri: undefined } });
  await app.open('https://app.example/chart?x=1#y');
  const request = await app.client.authorize({ navigate: false });
  assert.equal(parametersOf(request).redirect_uri, 'https://app.example/chart');
});

for (const [description, breakStorage] of [
  ['blocked', (tab) => tab.block()],
  ['full', (tab) => tab.limit(100)],
]) {
  test(`storage ${description}: storage_unavailable, and the page does not navigate`, async (t) => {
    const { tab, page, client } = await openIsolated(t);
    breakStorage(tab);
    const events = [];
    client.on('error', (error) => events.push(error.code));
    await assert.rejects(client.authorize(), { code: 'storage_unavailable' });
    assert.equal(await Promise.race([page.left, new Promise((resolve) => setTimeout(resolve, 30, 'here'))]), 'here');
    assert.deepEqual(events, ['storage_unavailable']);
    assert.equal(client.getState().activity, 'idle');
  });
}

test('user who comes back by the back button: sign_in_abandoned, and another sign-in can be started', async (t) => {
  const { tab, page, client } = await openIsolated(t);
  const attempt = client.authorize();
  assert.equal(client.authorize(), attempt);
  await page.left;
  assert.equal(client.getState().activity, 'signing-in');
  tab.comeBack();
  await assert.rejects(attempt, { code: 'sign_in_abandoned' });
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal(client.getState().activity, 'idle');
  assert.notEqual(client.authorize(), attempt);
});

test('authorize() with `target: popup` is config_invalid', async (t) => {
  const { client, ehr } = await openIsolated(t);
  await assert.rejects(client.authorize({ target: 'popup' }), { code: 'config_invalid' });
  assert.equal(ehr.requests.length, 0);
});

test('invalid options: the first call rejects with config_invalid', async (t) => {
  const app = await openIsolated(t, { options: { clientId: '' } });
  await assert.rejects(app.client.ready(), { code: 'config_invalid' });
  assert.equal(app.client.getState().status, 'error');
  const circular = {};
  circular.circular = circular;
  await assert.rejects(app.page.createIsolatedSmartClient(circular).ready(), { code: 'config_invalid' });
});

test('logout: no record remains in storage, and the logout URL has no ID token', async (t) => {
  const app = await openIsolated(t);
  app.ehr.configure({ end_session_endpoint: `${app.ehr.origin}/end?x=1` });
  await app.signIn();
  const { revoked, logoutUrl, error } = await app.client.logout({
    postLogoutRedirectUri: new URL('https://app.example/bye'),
  });
  assert.deepEqual([revoked, error], [true, null]);
  const query = new URL(logoutUrl).searchParams;
  assert.deepEqual([...query.keys()], ['x', 'client_id', 'post_logout_redirect_uri']);
  assert.deepEqual(Object.keys(app.tab.storage), []);
  await assert.rejects(app.client.fetch('Patient/zoe'), { code: 'signed_out' });
});

test('logout whose revocation fails has the error in its result', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  app.ehr.answer('/revoke', { status: 503 });
  const { error } = await app.client.logout();
  assert.ok(error instanceof app.page.SmartError);
  assert.equal(error.code, 'logout_remote_failed');
});

test('worker opens no channel to other pages, unlike a client in a page', async (t) => {
  const channelNames = [];
  const { BroadcastChannel } = globalThis;
  t.mock.method(globalThis, 'BroadcastChannel', class extends BroadcastChannel {
    constructor(name) {
      super(name);
      channelNames.push(name);
    }
  });
  const app = await openIsolated(t);
  const refreshAndSignOut = async (client) => {
    await client.refresh();
    await client.logout();
  };
  await app.signIn();
  await refreshAndSignOut(app.client);
  assert.deepEqual(channelNames, []);
  assert.deepEqual(app.workers.received.filter(({ channel }) => channel), []);
  const client = app.page.createSmartClient(app.ehr.options());
  await signIn(client);
  await refreshAndSignOut(client);
  assert.ok(channelNames.length > 0);
});

test('discover() reads the metadata of a configured server, and rejects for another server', async (t) => {
  const app = await openIsolated(t);
  const metadata = await app.client.discover();
  assert.equal(metadata.tokenEndpoint, `${app.ehr.origin}/token`);
  assert.ok(Object.isFrozen(metadata));
  await assert.rejects(app.client.discover('https://evil.example/fhir'), { name: 'SmartError' });
});

test('ready({ callback }) accepts the same callbacks as a client in the page', async (t) => {
  const query = (url) => url.slice(url.indexOf('?'));
  for (const createCallback of [
    (url) => url,
    (url) => ` ${url}\n`,
    (url) => new URL(url),
    (url) => query(url),
    (url) => query(url).slice(1),
    (url) => `/back${query(url)}`,
    (url) => new URL(url).searchParams,
    (url) => new Request(url),
  ]) {
    const app = await openIsolated(t);
    const url = callbackOf(await app.client.authorize({ navigate: false }));
    assert.equal((await app.client.ready({ callback: createCallback(url) })).patient, 'zoe', String(createCallback));
  }
  for (const createCallback of [
    (url) => new URL(url).searchParams,
    (url) => ({ body: query(url).slice(1) }),
    (url) => ({ url: url.split('?')[0], body: new URL(url).searchParams }),
  ]) {
    const app = await openIsolated(t);
    const url = callbackOf(await app.client.authorize({ navigate: false, responseMode: 'form_post' }));
    assert.equal((await app.client.ready({ callback: createCallback(url) })).patient, 'zoe', String(createCallback));
  }
  const app = await openIsolated(t);
  for (const callback of ['', 'nonsense', {}, 7, null, new URLSearchParams(), { url: 'https://app.example/back' }]) {
    await assert.rejects(app.client.ready({ callback }), { code: 'callback_malformed', message: /pass the whole URL/ });
  }
  for (const callback of [{ url: '/back', body: 'code=a' }, new Response('code=a')]) {
    await assert.rejects(app.client.ready({ callback }), (error) => /^(callback_malformed|state_unknown)$/.test(error.code));
  }
});

test('options that cannot be sent to the worker are config_invalid', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  for (const call of [
    () => app.client.introspect({ token: 7n }),
    () => app.client.logout({ postLogoutRedirectUri: 7n }),
    () => app.page.createIsolatedSmartClient(true, null).discover(),
    () => app.page.createIsolatedSmartClient([], null).discover(),
  ]) {
    await assert.rejects(call(), { name: 'SmartError', code: 'config_invalid' }, String(call));
  }
});

test('ready(), called by a listener of a change of the state, resolves to the session of that state', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  for (const change of ['refresh', 'logout']) {
    const previousSession = app.client.getState().session;
    const sessions = new Promise((resolve) => {
      const unsubscribe = app.client.subscribe(() => {
        const { session } = app.client.getState();
        if (session === previousSession) return;
        unsubscribe();
        resolve(app.client.ready().then((readySession) => [readySession, session]));
      });
    });
    await app.client[change]();
    const [readySession, session] = await sessions;
    assert.equal(readySession, session, change);
  }
});

for (const file of ['engine.js', 'session-engine.js']) {
  test(`if the page cannot load ${file}, only can() throws: wasm_unavailable, which is the fault of the network`, async (t) => {
    const { ehr, client, page } = await openIsolated(t);
    const callback = callbackOf(await client.authorize({ navigate: false }));
    const token = { access_token: SECRET, token_type: 'bearer', scope: 'patient/*.rs', patient: 'zoe' };
    const held = ehr.hold('/token', () => ({ json: token }));
    const ready = client.ready({ callback });
    // The worker has loaded its engine by now, and the page loads one when there is a session.
    await held.arrived;
    rmSync(new URL(file, page.entry));
    held.release();
    const session = await ready;
    assert.equal(session.patient, 'zoe');
    const expected = { name: 'SmartError', code: 'wasm_unavailable', fault: 'network', retryable: true };
    assert.throws(() => session.can('patient/Patient.rs'), { ...expected, userMessage: english.wasm_unavailable });
    ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
    assert.deepEqual(await client.request('Patient/zoe'), { id: 'zoe' });
  });
}

test('dispose(): each call that is in progress rejects as a call after it does', async (t) => {
  const calls = {
    request: ['/fhir/Patient/zoe', (client) => client.request('Patient/zoe')],
    fetch: ['/fhir/Patient/zoe', (client) => client.fetch('Patient/zoe')],
    create: ['/fhir/Patient', (client) => client.create({ resourceType: 'Patient' })],
    pages: ['/fhir/Patient', (client) => client.pages('Patient').next()],
    user: ['/fhir/Practitioner/amara', (_, session) => session.user()],
    userInfo: ['/userinfo', (client) => client.userInfo()],
    introspect: ['/introspect', (client) => client.introspect()],
    refresh: ['/token', (client) => client.refresh()],
  };
  for (const isSent of [false, true]) {
    for (const [name, [path, call]] of Object.entries(calls)) {
      const { ehr, client } = await openIsolated(t);
      ehr.configure({ introspection_endpoint: `${ehr.origin}/introspect` });
      const document = { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` };
      ehr.answer('/.well-known/openid-configuration', { json: document });
      const session = await signIn(client);
      const held = ehr.hold(path, () => ({ json: {} }));
      const pendingCall = call(client, session);
      pendingCall.catch(() => {});
      if (isSent) await held.arrived;
      client.dispose();
      held.release();
      await assert.rejects(pendingCall, { code: 'aborted', message: 'this client was disposed of' }, `${name}, sent: ${isSent}`);
      await assert.rejects(call(client, session), { code: 'aborted', message: 'this client was disposed of' }, name);
    }
  }
});

test('dispose(): a call rejects at once, whatever it waits for', async (t) => {
  const disposedOf = { code: 'aborted', message: 'this client was disposed of' };
  const isReceived = async ({ workers }) => {
    await new Promise((resolve) => setImmediate(resolve));
    const { id } = workers.sent.at(-1);
    const [worker] = workers.started;
    await new Promise((resolve) => worker.addEventListener('message', ({ data }) => data.id === id && resolve()));
  };
  const calls = {
    'the end of a stream': ({ client }) =>
      client.fetch('Patient', { method: 'POST', body: new ReadableStream(), duplex: 'half' }),
    'a file of the library': ({ client, page }) => {
      rmSync(new URL('fhir-calls.js', page.entry), { force: true });
      return client.create({ resourceType: 'Patient' });
    },
    // The response has arrived, and is being processed.
    refresh: ({ client }) => client.refresh(),
    userInfo: ({ client }) => client.userInfo(),
    introspect: ({ client }) => client.introspect(),
  };
  for (const [name, call] of Object.entries(calls)) {
    const app = await openIsolated(t);
    const { ehr, client } = app;
    ehr.configure({ introspection_endpoint: `${ehr.origin}/introspect` });
    ehr.answer('/introspect', { json: { active: true } });
    const document = { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` };
    ehr.answer('/.well-known/openid-configuration', { json: document });
    ehr.answer('/userinfo', { json: { sub: 'amara' } });
    await signIn(client);
    const pendingCall = call(app);
    const late = new Promise((_, reject) => setTimeout(reject, 2_000, new Error('late')).unref());
    const settled = assert.rejects(Promise.race([pendingCall, late]), disposedOf, name);
    if (name in client) await isReceived(app);
    client.dispose();
    await settled;
  }
});
