// Backend clients, which have no user (SMART App Launch 2.2, "Backend Services").

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmartError } from 'smart-launch';
import { createBackendClient } from 'smart-launch/confidential';
import { createAssertionCheck, jwkOf, pemOf, read } from './authenticating.mjs';
import { startServer } from './scripted-server.mjs';

/** Starts a server for backend clients. `options` are the options of a client that is registered there. */
async function startBackend(t, { expires_in = 300, configuration = {} } = {}) {
  const server = await startServer(t);
  const { origin } = server;
  let issued = 0;
  const document = {
    token_endpoint: `${origin}/token`,
    grant_types_supported: ['client_credentials'],
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
    code_challenge_methods_supported: ['S256'],
    ...configuration,
  };
  server.answer('/fhir/.well-known/smart-configuration', { json: document });
  const token = () => ({
    json: { access_token: `canary-${++issued}`, token_type: 'bearer', expires_in, scope: 'system/*.rs', refresh_token: 'canary-never' },
  });
  server.answer('/token', token);
  const patient = ({ headers }) =>
    headers.authorization === `Bearer canary-${issued}` ? { json: { id: 'zoe' } } : { status: 401 };
  server.answer('/fhir/Patient/zoe', patient);
  const options = {
    fhirBaseUrl: `${origin}/fhir`,
    clientId: 'nightly',
    scope: 'system/*.rs',
    clientAuth: { key: pemOf('ES384'), keyId: 'k' },
    allowInsecureLoopback: true,
  };
  return { ...server, token, options, issued: () => issued };
}

/** Replaces the client's clock with a clock that the test moves. */
function mockClock(t) {
  const [originalNow, start] = [Date.now, Date.now()];
  const clock = { seconds: 0 };
  Date.now = () => start + clock.seconds * 1_000;
  const monotonic = t.mock.method(performance, 'now', () => clock.seconds * 1_000);
  t.after(() => {
    Date.now = originalNow;
    monotonic.mock.restore();
  });
  return clock;
}

test('first call requests a token with client_credentials and an assertion; later calls use this token', async (t) => {
  const server = await startBackend(t);
  const backend = createBackendClient(server.options);
  assert.deepEqual(await backend.request('Patient/zoe'), { id: 'zoe' });
  const [{ body, headers, fields }] = server.requestsTo('/token');
  assert.match(body, /^grant_type=client_credentials&scope=system%2F\*\.rs&client_assertion_type=urn%3Aietf/);
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
  createAssertionCheck({ clientId: 'nightly', audience: `${server.origin}/token` })(fields);
  assert.equal((await backend.fetch('Patient/zoe')).status, 200);
  assert.equal(await backend.getAccessToken(), 'canary-1');
  assert.equal(server.issued(), 1);
});

test('a thousand calls with an expired token make one token request, and none fails', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t);
  const backend = createBackendClient(server.options);
  await backend.request('Patient/zoe');
  clock.seconds = 301;
  const calls = Array.from({ length: 1_000 }, () => backend.getAccessToken());
  assert.deepEqual([...new Set(await Promise.all(calls))], ['canary-2']);
  assert.equal(server.requestsTo('/token').length, 2);
});

test('token is renewed when a quarter of its lifetime is left, with a new assertion', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t, { expires_in: 60 });
  const backend = createBackendClient(server.options);
  for (const [seconds, token] of [[0, 'canary-1'], [44, 'canary-1'], [46, 'canary-2'], [90, 'canary-2'], [92, 'canary-3']]) {
    clock.seconds = seconds;
    assert.equal(await backend.getAccessToken(), token, `${seconds} s`);
  }
  const ids = server.requestsTo('/token').map(({ fields }) => read(fields.get('client_assertion')).claims.jti);
  assert.equal(new Set(ids).size, 3);
  assert.ok(server.requestsTo('/token').every(({ fields }) => fields.get('grant_type') === 'client_credentials'));
});

test('token that expires within minValiditySeconds is renewed, unless minValiditySeconds exceeds its whole lifetime', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t, { expires_in: 60 });
  const backend = createBackendClient(server.options);
  assert.equal(await backend.getAccessToken(), 'canary-1');
  assert.equal(await backend.getAccessToken({ minValiditySeconds: 50 }), 'canary-1');
  assert.equal(await backend.getAccessToken({ minValiditySeconds: 90 }), 'canary-1');
  clock.seconds = 20;
  assert.equal(await backend.getAccessToken({ minValiditySeconds: 30 }), 'canary-1');
  assert.equal(await backend.getAccessToken({ minValiditySeconds: 50 }), 'canary-2');
  for (const minValiditySeconds of [-1, Number.NaN]) {
    await assert.rejects(backend.getAccessToken({ minValiditySeconds }), { code: 'config_invalid' });
  }
});

test('if the renewal fails, the token is used until it expires', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t, { expires_in: 60 });
  const backend = createBackendClient(server.options);
  const errors = [];
  backend.on('error', ({ code }) => errors.push(code));
  await backend.getAccessToken();
  server.answer('/token', { status: 503 });
  clock.seconds = 46;
  assert.equal(await backend.getAccessToken(), 'canary-1');
  assert.equal(await backend.getAccessToken(), 'canary-1');
  assert.deepEqual([errors, server.requestsTo('/token').length], [['http_status'], 2], 'the second call sends no request');
  clock.seconds = 61;
  await assert.rejects(backend.getAccessToken(), { code: 'http_status', status: 503, retryable: true });
});

test('expired token is never returned, for any minValiditySeconds and any Retry-After', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t, { expires_in: 60 });
  const backend = createBackendClient(server.options);
  await backend.getAccessToken();
  server.answer('/token', { status: 503, headers: { 'retry-after': '200' } });
  clock.seconds = 50;
  await assert.rejects(backend.getAccessToken({ minValiditySeconds: 90 }), { code: 'http_status' });
  clock.seconds = 61;
  await assert.rejects(backend.getAccessToken({ minValiditySeconds: 90 }), { code: 'http_status' });
});

test('token without a stated lifetime is used until it is refused, if renewals fail, which are ten seconds apart', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t, { expires_in: null });
  const backend = createBackendClient(server.options);
  await backend.getAccessToken();
  server.answer('/token', { status: 503 });
  for (const [seconds, requestCount] of [[224, 1], [226, 2], [235, 2], [237, 3], [100_000, 4], [100_009, 4]]) {
    clock.seconds = seconds;
    assert.equal(await backend.getAccessToken(), 'canary-1', `${seconds} s`);
    assert.equal(server.requestsTo('/token').length, requestCount, `${seconds} s`);
  }
  await assert.rejects(backend.getAccessToken({ minValiditySeconds: 1 }), { code: 'http_status', status: 503 });
  server.answer('/fhir/Patient/zoe', { status: 401 });
  await assert.rejects(backend.request('Patient/zoe'), { code: 'http_status', status: 503 });
  await assert.rejects(backend.getAccessToken(), { code: 'http_status', status: 503 });
  server.answer('/token', server.token);
  assert.equal(await backend.getAccessToken(), 'canary-2');
});

/** How a token without a stated lifetime comes to be refused. The functions return when the FHIR server has refused it. */
const REFUSALS = {
  'before Retry-After is over': async ({ server, backend, clock, refused }) => {
    server.answer('/token', { status: 503, headers: { 'retry-after': '3600' } });
    clock.seconds = 226;
    assert.equal(await backend.getAccessToken(), 'canary-1');
    await refused(backend.request('Patient/zoe'));
  },
  'while it is being renewed': async ({ server, backend, clock, refused }) => {
    const resource = server.hold('/fhir/Patient/zoe', () => ({ status: 401 }));
    const call = refused(backend.request('Patient/zoe'));
    await resource.arrived;
    clock.seconds = 226;
    const renewal = server.hold('/token', () => ({ status: 503 }));
    const otherCall = refused(backend.getAccessToken());
    await renewal.arrived;
    const isRefused = new Promise((resolve) => backend.on('request', resolve));
    resource.release();
    await isRefused;
    await new Promise((resolve) => setImmediate(resolve));
    renewal.release();
    await Promise.all([call, otherCall]);
  },
  'after it has replaced a refused one': async ({ server, backend, clock, refused }) => {
    assert.equal((await backend.fetch('Patient/zoe')).status, 401);
    assert.equal(server.issued(), 2);
    server.answer('/token', { status: 503 });
    clock.seconds = 226;
    assert.equal(await backend.getAccessToken(), 'canary-2');
    await refused(backend.request('Patient/zoe'));
  },
};

for (const [when, refuse] of Object.entries(REFUSALS)) {
  test(`token without a stated lifetime that is refused ${when} is not used any more`, async (t) => {
    const clock = mockClock(t);
    const server = await startBackend(t, { expires_in: null });
    server.answer('/fhir/Patient/zoe', { status: 401 });
    const backend = createBackendClient(server.options);
    await backend.getAccessToken();
    const refused = (call) => assert.rejects(call, { code: 'http_status', status: 503 });
    await refuse({ server, backend, clock, refused });
    await refused(backend.getAccessToken());
  });
}

test('no token request is sent before Retry-After is over', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t);
  server.answer('/token', { status: 429, headers: { 'retry-after': '30' } }, server.token);
  const backend = createBackendClient(server.options);
  const tooManyRequests = { code: 'http_status', status: 429, retryAfterSeconds: 30 };
  await assert.rejects(backend.getAccessToken(), tooManyRequests);
  clock.seconds = 29;
  await assert.rejects(backend.getAccessToken(), tooManyRequests);
  assert.equal(server.requestsTo('/token').length, 1);
  clock.seconds = 31;
  assert.equal(await backend.getAccessToken(), 'canary-1');
});

test('401 of the FHIR server: each request is repeated once, with one new token for all', async (t) => {
  const server = await startBackend(t);
  const backend = createBackendClient(server.options);
  await backend.request('Patient/zoe');
  await fetch(`${server.origin}/token`, { method: 'POST', body: 'x=y' });
  const calls = Array.from({ length: 20 }, () => backend.request('Patient/zoe'));
  assert.equal((await Promise.all(calls)).length, 20);
  assert.equal(server.issued(), 3);
});

test('resource that refuses every token causes one token request until the token is due for renewal', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t);
  const backend = createBackendClient(server.options);
  await backend.request('Patient/zoe');
  server.answer('/fhir/Patient/zoe', { status: 401 });
  for (let call = 0; call < 50; call++) assert.equal((await backend.fetch('Patient/zoe')).status, 401);
  assert.equal(server.issued(), 2);
  clock.seconds = 230;
  assert.equal(await backend.getAccessToken(), 'canary-3');
  assert.equal((await backend.fetch('Patient/zoe')).status, 401);
  assert.equal(server.issued(), 4);
});

test('token goes to URLs under the FHIR base only', async (t) => {
  const server = await startBackend(t);
  const backend = createBackendClient(server.options);
  for (const url of ['https://files.example/1.ndjson', `${server.origin}/other`, '../token']) {
    await assert.rejects(backend.fetch(url), { code: 'origin_not_allowed' });
  }
  assert.equal(server.requests.length, 0);
});

test('if the server refuses the client: config_invalid after one token request, and the event `error`', async (t) => {
  const server = await startBackend(t);
  const refusal = { error: 'invalid_client', error_description: 'client authentication failed' };
  server.answer('/token', { status: 401, json: refusal }, server.token);
  const backend = createBackendClient(server.options);
  const events = [];
  backend.on('error', (error) => events.push(error));
  await assert.rejects(backend.request('Patient/zoe'), (error) => {
    assert.ok(error instanceof SmartError);
    assert.deepEqual([error.code, error.fault, error.oauth.description, error.retryable], ['config_invalid', 'app', refusal.error_description, false]);
    assert.deepEqual(events, [error]);
    return true;
  });
  assert.equal(server.requestsTo('/token').length, 1);
  assert.deepEqual(await backend.request('Patient/zoe'), { id: 'zoe' }, 'the next call sends a new request');
});

test('error for a clock that is five minutes slow states the difference', async (t) => {
  const server = await startBackend(t);
  // `Date.now()` stands still at a whole second, because the `Date` header has no fractions, and ahead of the real time, so that
  // the library's monotonic clock is not later.
  t.mock.timers.enable({ apis: ['Date'], now: (Math.ceil(Date.now() / 1000) + 1) * 1000 });
  const date = new Date(Date.now() + 300_000).toUTCString();
  server.answer('/token', { status: 401, json: { error: 'invalid_client' }, headers: { date } });
  await assert.rejects(createBackendClient(server.options).getAccessToken(), { code: 'clock_skew', message: /300 seconds behind/ });
});

test('refused scopes: token_refused with the server’s error', async (t) => {
  const server = await startBackend(t);
  server.answer('/token', { status: 400, json: { error: 'invalid_scope' } });
  await assert.rejects(createBackendClient(server.options).getAccessToken(), (error) => {
    assert.deepEqual([error.code, error.oauth.error], ['token_refused', 'invalid_scope']);
    return true;
  });
});

test('invalid options are refused before a token is requested', async (t) => {
  const server = await startBackend(t);
  for (const changes of [
    { clientAuth: undefined },
    { scope: 'patient/*.rs' },
    { scope: 'system/*.rs\tpatient/*.rs' },
    { scope: '' },
    { redirectUri: 'https://app.example' },
    { fhirBaseUrl: 'ftp://ehr.example' },
    { clientAuth: { key: jwkOf('ES384', { d: undefined }) } },
  ]) {
    const error = await createBackendClient({ ...server.options, ...changes }).getAccessToken().catch((error) => error);
    assert.ok(['config_invalid', 'endpoint_scheme'].includes(error.code), `${Object.keys(changes)} ${error}`);
  }
  assert.equal(server.requestsTo('/token').length, 0);
  const apiClient = createBackendClient({ ...server.options, scope: 'api', allowOtherScopes: true });
  assert.equal(await apiClient.getAccessToken(), 'canary-1');
});

test('events for requests and tokens contain no secrets', async (t) => {
  const server = await startBackend(t);
  const backend = createBackendClient(server.options);
  const requests = [];
  const unsubscribe = backend.on('request', (event) => requests.push(event));
  const renewed = new Promise((resolve) => backend.on('renewed', resolve));
  await backend.request('Patient/zoe?_count=1').catch(() => {});
  assert.deepEqual(requests.map(({ purpose, status }) => [purpose, status]), [['discovery', 200], ['token', 200], ['fhir', 200]]);
  const { scopes, expiresAt, tokenResponse } = await renewed;
  assert.deepEqual([scopes, Math.round((expiresAt - Date.now()) / 10_000), tokenResponse.expires_in], [['system/*.rs'], 30, 300]);
  assert.doesNotMatch(JSON.stringify([requests, await renewed]), /canary/);
  unsubscribe();
  await backend.discover();
  assert.equal(requests.length, 3);
});

test('discover returns the metadata, which has no authorization endpoint', async (t) => {
  const server = await startBackend(t);
  const { tokenEndpoint, capabilities } = await createBackendClient(server.options).discover();
  assert.equal(tokenEndpoint, `${server.origin}/token`);
  assert.ok(capabilities.includes('client-confidential-asymmetric'));
});

test('no call fails when keys are rotated under load while the server accepts both keys', async (t) => {
  const clock = mockClock(t);
  const server = await startBackend(t, { expires_in: 60 });
  const keys = [jwkOf('ES384', { kid: 'old' }), jwkOf('RS384', { kid: 'new' })];
  const acceptedKeyIds = new Set(['old', 'new']);
  server.answer('/token', ({ fields }) =>
    acceptedKeyIds.has(read(fields.get('client_assertion')).header.kid)
      ? server.token()
      : { status: 401, json: { error: 'invalid_client' } },
  );
  server.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
  let current = 0;
  const backend = createBackendClient({ ...server.options, clientAuth: () => ({ key: keys[current] }) });
  for (let round = 0; round < 6; round++) {
    if (round === 3) current = 1;
    if (round === 4) acceptedKeyIds.delete('old');
    clock.seconds = round * 61;
    const resources = await Promise.all(Array.from({ length: 100 }, () => backend.request('Patient/zoe')));
    assert.equal(resources.length, 100);
  }
  const kids = server.requestsTo('/token').map(({ fields }) => read(fields.get('client_assertion')).header.kid);
  assert.deepEqual(kids, ['old', 'old', 'old', 'new', 'new', 'new']);
});

test('aborted call rejects at once, and the token request continues for the other calls', async (t) => {
  const server = await startBackend(t);
  const held = server.hold('/token', server.token);
  const backend = createBackendClient(server.options);
  const controller = new AbortController();
  const aborted = backend.getAccessToken({ signal: controller.signal });
  const otherCall = backend.getAccessToken();
  await held.arrived;
  controller.abort();
  await assert.rejects(aborted, { code: 'aborted' });
  held.release();
  assert.equal(await otherCall, 'canary-1');
});
