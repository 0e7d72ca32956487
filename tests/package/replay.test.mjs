// A 401 from the FHIR API: one refresh, and the request is repeated once if that is safe.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

/** A client whose first access token the FHIR API refuses. */
async function openSignedIn(test, tokens = {}) {
  const ehr = await startEhr(test, { tokens });
  const client = createSmartClient(ehr.options());
  await signIn(client);
  ehr.answer('/fhir/Patient', ({ headers }) =>
    headers.authorization === 'Bearer canary-access-1' ? { status: 401 } : { json: { resourceType: 'Bundle' } },
  );
  return { ehr, client, attempts: () => ehr.requestsTo('/fhir/Patient') };
}

const refreshCount = (ehr) => ehr.requestsTo('/token').length - 1;

for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
  test(`${method} is sent again with a new token`, async (t) => {
    const { ehr, client, attempts } = await openSignedIn(t);
    const body = method === 'PUT' ? '{"a":1}' : undefined;
    assert.equal((await client.fetch('Patient', { method, body })).status, 200);
    assert.equal(refreshCount(ehr), 1);
    assert.deepEqual(
      attempts().map(({ headers }) => headers.authorization),
      ['Bearer canary-access-1', 'Bearer canary-access-2'],
    );
    assert.deepEqual(
      attempts().map((attempt) => attempt.body),
      [body ?? '', body ?? ''],
    );
  });
}

for (const method of ['POST', 'PATCH']) {
  test(`${method} without replay: true is not sent again, but the token is refreshed`, async (t) => {
    const { ehr, client, attempts } = await openSignedIn(t);
    assert.equal((await client.fetch('Patient', { method, body: 'a=b' })).status, 401);
    assert.equal(attempts().length, 1);
    assert.equal(refreshCount(ehr), 1);
    assert.equal(await client.getAccessToken(), 'canary-access-2');
  });

  test(`${method} with replay: true is sent again with its body`, async (t) => {
    const { ehr, client, attempts } = await openSignedIn(t);
    assert.equal((await client.fetch('Patient', { method, body: 'a=b', replay: true })).status, 200);
    assert.deepEqual(
      attempts().map(({ body }) => body),
      ['a=b', 'a=b'],
    );
    assert.equal(refreshCount(ehr), 1);
  });
}

test('Request with a body is sent again with the same body', async (t) => {
  const { ehr, client, attempts } = await openSignedIn(t);
  const request = new Request(`${ehr.fhirBaseUrl}/Patient`, { method: 'PUT', body: '{"a":1}' });
  assert.equal((await client.fetch(request)).status, 200);
  assert.deepEqual(
    attempts().map(({ body }) => body),
    ['{"a":1}', '{"a":1}'],
  );
});

test('stream is never sent again', async (t) => {
  const { client, attempts } = await openSignedIn(t);
  const body = new Blob(['{"a":1}']).stream();
  const response = await client.fetch('Patient', { method: 'PUT', body, duplex: 'half', replay: true });
  assert.equal(response.status, 401);
  assert.equal(attempts().length, 1);
});

test('concurrent requests with a 401 make one refresh', async (t) => {
  const { ehr, client, attempts } = await openSignedIn(t);
  const responses = await Promise.all(Array.from({ length: 10 }, () => client.fetch('Patient')));
  assert.ok(responses.every(({ status }) => status === 200));
  assert.equal(attempts().length, 20);
  assert.equal(refreshCount(ehr), 1);
});

test('repeated 401: one refresh, then the 401 is returned', async (t) => {
  const { ehr, client, attempts } = await openSignedIn(t);
  ehr.answer('/fhir/Patient', { status: 401 });
  assert.equal((await client.fetch('Patient')).status, 401);
  assert.equal(attempts().length, 2);
  assert.equal(refreshCount(ehr), 1);
  await assert.rejects(client.request('Patient'), { code: 'http_status', status: 401, retryable: false });
  assert.equal(client.getState().status, 'authenticated');
});

test('401 without a refresh token: the 401 is returned', async (t) => {
  const { ehr, client, attempts } = await openSignedIn(t, { refresh_token: undefined });
  assert.equal((await client.fetch('Patient')).status, 401);
  assert.equal(attempts().length, 1);
  assert.equal(refreshCount(ehr), 0);
});

test('401 and the refresh token is refused: the 401 is returned', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' } });
  assert.equal((await client.fetch('Patient')).status, 401);
  assert.equal(client.getState().error.code, 'refresh_rejected');
});

test('401 and the token endpoint is down: the error of the token endpoint is thrown, because a later call may work', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.answer('/token', { status: 503, headers: { 'retry-after': '7' } });
  await assert.rejects(client.fetch('Patient'), {
    code: 'http_status',
    status: 503,
    retryable: true,
    retryAfterSeconds: 7,
  });
});

test('403 is no reason to refresh', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.answer('/fhir/Patient', { status: 403 });
  assert.equal((await client.fetch('Patient')).status, 403);
  assert.equal(refreshCount(ehr), 0);
});

test('redirect of the repeated request is refused', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.answer('/fhir/Patient', { status: 401 }, { redirect: '/fhir/elsewhere' });
  await assert.rejects(client.fetch('Patient'), { code: 'redirected' });
  assert.equal(ehr.requestsTo('/fhir/elsewhere').length, 0);
});
