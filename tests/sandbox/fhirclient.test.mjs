// The npm package fhirclient against the sandbox: pages, flat lists and references.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { startSandbox } from 'smart-launch-sandbox';

const { SMART_LAUNCH_FHIRCLIENT: directory } = process.env;
if (!directory) throw new Error('run these tests by `cargo xtask test sandbox`');
const require = createRequire(`${directory}/`);
const { default: Client } = require('fhirclient/lib/Client.js');
const { default: Adapter } = require('fhirclient/lib/adapters/NodeAdapter.js');

const SECRET = 'a-secret-of-the-app';
let sandbox, client;

before(async () => {
  sandbox = await startSandbox({ apps: [{ clientId: 'nightly', backend: true, secret: SECRET }] });
  const response = await fetch(`${sandbox.origin}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`nightly:${SECRET}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/*.cruds' }),
  });
  const tokenResponse = await response.json();
  client = new Client(new Adapter({ request: {}, response: {} }), { serverUrl: sandbox.fhirBaseUrl, tokenResponse });
});

after(() => sandbox.close());

test('request returns all pages as one flat list', async () => {
  const query = 'Observation?patient=maria-alvarez&category=vital-signs&_count=40';
  const { total } = await client.request(query);
  assert.equal((await client.request(query, { pageLimit: 0, flat: true })).length, total);
  assert.equal((await client.request(query, { pageLimit: 2, flat: true })).length, 80);
});

test('request resolves references, in the resource and beside it', async () => {
  const path = 'Observation/maria-alvarez-visit-1-weight';
  const resolved = await client.request(path, { resolveReferences: ['subject', 'encounter'] });
  assert.deepEqual([resolved.subject.resourceType, resolved.encounter.resourceType], ['Patient', 'Encounter']);
  const { references } = await client.request(path, { resolveReferences: ['encounter'], graph: false });
  assert.deepEqual(Object.keys(references), ['Encounter/maria-alvarez-visit-1']);
});

test('create, update, patch and delete change a resource', async () => {
  const body = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Heart rate' },
    subject: { reference: 'Patient/maria-alvarez' },
  };
  const created = await client.create(body);
  assert.equal((await client.update({ ...created, status: 'amended' })).meta.versionId, '2');
  const patched = await client.patch(`Observation/${created.id}`, [{ op: 'replace', path: '/status', value: 'final' }]);
  assert.equal(patched.status, 'final');
  await client.delete(`Observation/${created.id}`);
  await assert.rejects(client.request(`Observation/${created.id}`), /410|deleted/);
});
