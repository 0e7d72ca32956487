// Messages to the worker that the library does not send.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECRET } from './ehr.mjs';
import { FORGED } from './forged.mjs';
import { openIsolated } from './isolated.mjs';

for (const [description, forge] of Object.entries(FORGED)) {
  test(`${description}: internal, nothing is sent, and the session continues`, async (t) => {
    const app = await openIsolated(t);
    await app.signIn();
    const requestCount = app.ehr.requests.length;
    const { result, error } = await app.workers.forge(forge(app.ehr));
    assert.equal(result, undefined);
    assert.equal(error.code, 'internal');
    assert.ok(error.message.length > 10);
    assert.equal(app.ehr.requests.length, requestCount);
    await app.client.fetch('Patient/zoe');
    assert.equal(app.ehr.requests.at(-1).headers.authorization, `Bearer ${SECRET}-access-1`);
  });
}

test('no call is accepted before the worker has its settings', async (t) => {
  const app = await openIsolated(t);
  const worker = new Worker(new URL('dist/worker.js', new URL('..', import.meta.resolve('smart-launch'))));
  for (const call of ['ready', 'fetch', 'refresh', 'ping']) {
    const inputs = { ready: { url: 'https://app.example/' }, fetch: { url: 'Patient', headers: [] } };
    const { error } = await app.workers.forge({ id: 1, call, input: inputs[call] ?? {} });
    assert.equal(error.code, 'internal', call);
  }
  assert.equal(app.ehr.requests.length, 0);
  worker.terminate();
});

test('well-formed call with a URL outside the FHIR base is refused by the client in the worker', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  const requestCount = app.ehr.requests.length;
  for (const url of [
    'https://evil.example/',
    '//evil.example/',
    `${app.ehr.origin}/`,
    'javascript:alert(1)',
    'data:,x',
  ]) {
    const { error } = await app.workers.forge({ id: 1_000, call: 'fetch', input: { url, headers: [] } });
    assert.equal(error.code, 'origin_not_allowed', url);
  }
  assert.equal(app.ehr.requests.length, requestCount);
});
