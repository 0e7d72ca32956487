// request: the FHIR API in JSON.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

async function openSignedIn(test) {
  const ehr = await startEhr(test);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  return { ehr, client, lastRequest: () => ehr.requests.at(-1) };
}

const fhir = { 'content-type': 'application/fhir+json;charset=utf-8' };

test('response is parsed as JSON, and requested as FHIR JSON', async (t) => {
  const { ehr, client, lastRequest } = await openSignedIn(t);
  ehr.answer('/fhir/Patient/zoe', { headers: fhir, body: '{"resourceType":"Patient","name":[{"family":"Nguyễn"}]}' });
  assert.deepEqual(await client.request('Patient/zoe'), { resourceType: 'Patient', name: [{ family: 'Nguyễn' }] });
  assert.equal(lastRequest().headers.accept, 'application/fhir+json');
  assert.equal(lastRequest().method, 'GET');
});

test('response without a body is null', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  for (const status of [200, 201, 204]) {
    ehr.answer('/fhir/Patient', { status });
    assert.equal(await client.request('Patient', { method: 'DELETE' }), null, status);
  }
});

test('object and array are sent as FHIR JSON', async (t) => {
  const { ehr, client, lastRequest } = await openSignedIn(t);
  ehr.answer('/fhir/Patient', { json: { resourceType: 'Patient' } });
  class Patient {
    resourceType = 'Patient';
  }
  for (const [body, expected] of [
    [{ resourceType: 'Patient' }, '{"resourceType":"Patient"}'],
    [[{ op: 'remove', path: '/active' }], '[{"op":"remove","path":"/active"}]'],
    [new Patient(), '{"resourceType":"Patient"}'],
    [Object.assign(Object.create(null), { resourceType: 'Patient' }), '{"resourceType":"Patient"}'],
  ]) {
    await client.request('Patient', { method: 'POST', body });
    assert.equal(lastRequest().headers['content-type'], 'application/fhir+json');
    assert.equal(lastRequest().body, expected);
  }
});

test('form, text, blob and bytes are sent as fetch sends them', async (t) => {
  const { ehr, client, lastRequest } = await openSignedIn(t);
  ehr.answer('/fhir/Patient/_search', { json: {} });
  for (const [body, type, text] of [
    [new URLSearchParams({ name: 'a b' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'name=a+b'],
    ['text', 'text/plain;charset=UTF-8', 'text'],
    [new Blob(['blob'], { type: 'image/png' }), 'image/png', 'blob'],
    [new TextEncoder().encode('bytes'), undefined, 'bytes'],
    [new TextEncoder().encode('buffer').buffer, undefined, 'buffer'],
  ]) {
    await client.request('Patient/_search', { method: 'POST', body });
    assert.equal(lastRequest().headers['content-type'], type);
    assert.equal(lastRequest().body, text);
  }
});

test('headers of the app override the defaults', async (t) => {
  const { ehr, client, lastRequest } = await openSignedIn(t);
  ehr.answer('/fhir/Patient', { json: {} });
  const headers = new Headers({ accept: 'application/json', 'content-type': 'application/json-patch+json' });
  await client.request('Patient', { method: 'PATCH', headers, body: [] });
  assert.equal(lastRequest().headers.accept, 'application/json');
  assert.equal(lastRequest().headers['content-type'], 'application/json-patch+json');
});

test('status outside 2xx is http_status with the body: an OperationOutcome, or the text', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] };
  ehr.answer('/fhir/Patient/none', { status: 404, headers: fhir, body: JSON.stringify(outcome) });
  await assert.rejects(client.request('Patient/none'), (error) => {
    assert.equal(error.name, 'SmartError');
    assert.equal(error.code, 'http_status');
    assert.equal(error.status, 404);
    assert.equal(error.retryable, false);
    assert.deepEqual(error.body, outcome);
    return true;
  });
  ehr.answer('/fhir/Patient/none', { status: 502, body: '<h1>Bad gateway</h1>' });
  await assert.rejects(client.request('Patient/none'), { status: 502, retryable: true, body: '<h1>Bad gateway</h1>' });
  ehr.answer('/fhir/Patient/none', { status: 429 });
  await assert.rejects(client.request('Patient/none'), { status: 429, retryable: true });
});

test('response that is not JSON is json_invalid', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  ehr.answer('/fhir/Patient/zoe', { body: '<html>' });
  await assert.rejects(client.request('Patient/zoe'), { code: 'json_invalid', status: 200 });
});

test('errors of a request do not change the state of the client', async (t) => {
  const { ehr, client } = await openSignedIn(t);
  const state = client.getState();
  ehr.answer('/fhir/Patient/zoe', { status: 500 });
  await assert.rejects(client.request('Patient/zoe'));
  await assert.rejects(client.request('https://evil.example'));
  assert.equal(client.getState(), state);
});
