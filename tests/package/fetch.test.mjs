// fetch sends the token only to URLs under the FHIR base.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { startServer } from './scripted-server.mjs';
import { signIn } from './sign-in.mjs';

async function signedIn(test) {
  const ehr = await startEhr(test);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  ehr.answer('/fhir/Patient/zoe', { json: { resourceType: 'Patient' } });
  ehr.requests.length = 0;
  return { ehr, client, base: ehr.fhirBaseUrl };
}

for (const [description, createInput] of [
  ['relative URL', () => 'Patient/zoe'],
  ['path from the root', () => '/fhir/Patient/zoe'],
  ['absolute URL', (base) => `${base}/Patient/zoe`],
  ['URL object', (base) => new URL(`${base}/Patient/zoe`)],
  ['Request', (base) => new Request(`${base}/Patient/zoe`)],
  ['URL with dot segments that stays inside', (base) => `${base}/x/../Patient/zoe`],
]) {
  test(`${description} under the base gets the token`, async (t) => {
    const { ehr, client, base } = await signedIn(t);
    const response = await client.fetch(createInput(base));
    assert.ok(response instanceof Response);
    assert.deepEqual(await response.json(), { resourceType: 'Patient' });
    const [{ path, headers }] = ehr.requests;
    assert.equal(path, '/fhir/Patient/zoe');
    assert.equal(headers.authorization, 'Bearer canary-access-1');
    assert.equal(headers.cookie, undefined);
  });
}

test('query is sent unchanged', async (t) => {
  const { ehr, client, base } = await signedIn(t);
  for (const url of ['Observation?code=a%7Cb&_sort=-date', `${base}?_getpages=7`, '?_type=Patient'])
    await client.fetch(url);
  assert.deepEqual(
    ehr.requests.map((request) => request.url),
    ['/fhir/Observation?code=a%7Cb&_sort=-date', '/fhir?_getpages=7', '/fhir?_type=Patient'],
  );
});

test('method, headers and body are sent, except an Authorization header of the app', async (t) => {
  const { ehr, client } = await signedIn(t);
  await client.fetch('Patient', {
    method: 'post',
    headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal', authorization: 'Basic abc' },
    body: '{"a":1}',
  });
  const [{ method, headers, body }] = ehr.requests;
  assert.equal(method, 'POST');
  assert.equal(headers.prefer, 'return=minimal');
  assert.equal(headers.authorization, 'Bearer canary-access-1');
  assert.equal(body, '{"a":1}');
});

test('Request is sent with its method, headers and body; those in `init` override them', async (t) => {
  const { ehr, client, base } = await signedIn(t);
  const request = (init) =>
    new Request(`${base}/Patient`, {
      method: 'PUT',
      headers: { 'x-from': 'request' },
      body: 'of the request',
      ...init,
    });
  await client.fetch(request());
  await client.fetch(request(), { method: 'POST', headers: { 'x-from': 'init' }, body: 'of init' });
  assert.deepEqual(
    ehr.requests.map(({ method, headers, body }) => [method, headers['x-from'], body]),
    [
      ['PUT', 'request', 'of the request'],
      ['POST', 'init', 'of init'],
    ],
  );
});

const OUTSIDE = [
  'https://evil.example/fhir/Patient',
  '//evil.example/fhir',
  '///evil.example/fhir',
  '/\\evil.example/fhir',
  '\\\\evil.example\\fhir',
  'https:evil.example',
  'https:/evil.example/fhir',
  'javascript:alert(1)',
  'data:application/json,{}',
  'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7',
  'ftp://evil.example/fhir',
  '/other/Patient',
  '/fhirother/Patient',
  '../admin',
  'Patient/../../admin',
  'Patient/%2e%2e/%2E%2e/admin',
  '.%2e/admin',
  '..%2fadmin',
  'Patient%2f..%2f..%2fadmin',
  'Patient/..%5cadmin',
  '..\\admin',
  '\t//evil.example',
  'Patient\n/zoe',
  'http://user:secret@HOST/fhir/Patient',
  'http://HOST@evil.example/fhir',
  'http://HOST.evil.example/fhir',
  'https://HOST/fhir/Patient',
];

for (const outside of OUTSIDE) {
  test(`${JSON.stringify(outside)} is refused and nothing is sent`, async (t) => {
    const { ehr, client } = await signedIn(t);
    const fetchMock = t.mock.method(globalThis, 'fetch');
    const url = outside.replace('HOST', new URL(ehr.origin).host);
    await assert.rejects(client.fetch(url), { code: 'origin_not_allowed' });
    await assert.rejects(client.request(url), { code: 'origin_not_allowed' });
    assert.equal(fetchMock.mock.callCount(), 0);
    assert.equal(ehr.requests.length, 0);
  });
}

test('another server on this machine is another origin', async (t) => {
  const { client } = await signedIn(t);
  const otherServer = await startServer(t);
  await assert.rejects(client.fetch(`${otherServer.origin}/fhir/Patient`), { code: 'origin_not_allowed' });
  await assert.rejects(client.fetch(new Request(`${otherServer.origin}/fhir/Patient`)), { code: 'origin_not_allowed' });
  assert.equal(otherServer.requests.length, 0);
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`redirect ${status} is not followed, and the error depends on its target`, async (t) => {
    const { ehr, client, base } = await signedIn(t);
    const otherServer = await startServer(t);
    for (const [redirect, code] of [
      [`${base}/Patient/zoe`, 'redirected'],
      ['Patient/zoe', 'redirected'],
      [`${otherServer.origin}/fhir`, 'origin_not_allowed'],
      ['/other', 'origin_not_allowed'],
      ['http://[', 'origin_not_allowed'],
    ]) {
      ehr.answer('/fhir/old', { status, redirect });
      await assert.rejects(client.fetch('old'), { name: 'SmartError', code }, redirect);
    }
    assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 0);
    assert.equal(otherServer.requests.length, 0);
  });
}

test('redirect is not followed even if the app sets `redirect: follow`', async (t) => {
  const { ehr, client, base } = await signedIn(t);
  ehr.answer('/fhir/old', { redirect: `${base}/Patient/zoe` });
  for (const redirect of ['follow', 'error']) {
    await assert.rejects(client.fetch('old', { redirect }), { code: 'redirected' }, redirect);
  }
  await assert.rejects(client.fetch(new Request(`${base}/old`, { redirect: 'follow' })), { code: 'redirected' });
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 0);
});

test('redirect: manual returns the response to the app', async (t) => {
  const { ehr, client, base } = await signedIn(t);
  ehr.answer('/fhir/old', { redirect: `${base}/Patient/zoe` });
  assert.equal((await client.fetch('old', { redirect: 'manual' })).status, 302);
});

test('response with status 304 is returned, because it is not a redirect', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { status: 304 });
  assert.equal((await client.fetch('Patient/zoe')).status, 304);
});

test('if the connection fails, the error is network and retryable', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { json: {}, cut: true });
  await assert.rejects(client.request('Patient/zoe'), { code: 'network', retryable: true });
  t.mock.method(globalThis, 'fetch', () => Promise.reject(new TypeError('fetch failed')));
  await assert.rejects(client.fetch('Patient/zoe'), { code: 'network', retryable: true });
});

test('signal of the app ends the request: the error is aborted, or timeout with AbortSignal.timeout()', async (t) => {
  const { ehr, client, base } = await signedIn(t);
  ehr.answer('/fhir/slow', { silent: true });
  ehr.answer('/fhir/stalling', { stalls: true, headers: { 'content-type': 'application/fhir+json' } });
  for (const call of [
    (signal) => client.fetch('slow', { signal }),
    (signal) => client.fetch(new Request(`${base}/slow`, { signal })),
    (signal) => client.request('stalling', { signal }),
  ]) {
    const controllers = [new AbortController(), new AbortController()];
    setTimeout(() => controllers[0].abort(), 30);
    setTimeout(() => controllers[1].abort(new Error('the user left')), 30);
    await Promise.all([
      assert.rejects(call(controllers[0].signal), { code: 'aborted', retryable: false }),
      assert.rejects(call(controllers[1].signal), { code: 'aborted', retryable: false }),
      assert.rejects(call(AbortSignal.timeout(30)), { code: 'timeout', retryable: true }),
    ]);
  }
});

test('repeated request has the headers of the app, even if a replaced `fetch` has changed those of the first one', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Patient/zoe', { status: 401 }, { json: {} });
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  let count = 0;
  globalThis.fetch = (input, init) => {
    const promise = fetch(input, { ...init, headers: new Headers(init?.headers) });
    init?.headers?.append?.('accept', `text/${++count}`);
    init?.headers?.delete?.('if-match');
    return promise;
  };
  await client.fetch('Patient/zoe', { method: 'PUT', body: '{}', headers: { accept: 'application/fhir+json', 'if-match': 'W/"3"' } });
  const sent = ehr.requestsTo('/fhir/Patient/zoe').map(({ headers }) => [headers.accept, headers['if-match']]);
  assert.deepEqual(sent, Array(2).fill(['application/fhir+json', 'W/"3"']));
});

test('Request of a subclass: its data is sent to the URL that was checked', async (t) => {
  const { ehr, client } = await signedIn(t);
  const otherServer = await startEhr(t);
  ehr.answer('/fhir/Patient', { status: 201 });
  class OtherUrl extends Request {
    get url() {
      return `${ehr.fhirBaseUrl}/Patient`;
    }
  }
  const ownUrl = new Request(`${otherServer.origin}/fhir/Patient`, { method: 'POST', body: 'own' });
  Object.defineProperty(ownUrl, 'url', { value: `${ehr.fhirBaseUrl}/Patient` });
  for (const request of [new OtherUrl(`${otherServer.origin}/fhir/Patient`, { method: 'POST', body: 'subclass' }), ownUrl]) {
    assert.equal((await client.fetch(request)).status, 201);
  }
  assert.deepEqual(ehr.requestsTo('/fhir/Patient').map(({ method, body }) => [method, body]), [['POST', 'subclass'], ['POST', 'own']]);
  assert.equal(otherServer.requests.length, 0);
});
