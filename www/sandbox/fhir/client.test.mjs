/** A third-party FHIR client, fhir-kit-client, against the API. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'fhir-kit-client';
import { startSandbox } from '../sandbox.mjs';
import { registration, testApp } from '../testing/app.mjs';

/** @type {import('../sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Client} */
let client;

before(async () => {
  sandbox = await startSandbox({ apps: [registration('demo')] });
  const app = await testApp(sandbox);
  const { access_token: token } = await app.signIn({ scope: 'launch/patient patient/*.cruds' });
  client = new Client({ baseUrl: sandbox.fhirBaseUrl, bearerToken: token });
});

after(() => sandbox.close());

const resourceType = 'Observation';
const body = {
  resourceType,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: 'Patient/maria-alvarez' },
};
const failsWith = (status) => (error) => {
  assert.equal(error.response.status, status);
  assert.equal(error.response.data.resourceType, 'OperationOutcome');
  return true;
};

test('fhir-kit-client creates, reads, updates, patches and deletes', async () => {
  const { id } = await client.create({ resourceType, body });
  const first = await client.read({ resourceType, id });
  const updated = await client.update({ resourceType, id, body: { ...first, status: 'amended' } });
  assert.equal(updated.meta.versionId, '2');
  const jsonPatch = [{ op: 'replace', path: '/status', value: 'corrected' }];
  assert.equal((await client.patch({ resourceType, id, jsonPatch })).status, 'corrected');
  assert.equal((await client.vread({ resourceType, id, version: '1' })).status, 'final');
  assert.equal((await client.history({ resourceType, id })).total, 3);
  const outdatedVersion = { headers: { 'If-Match': 'W/"1"' } };
  await assert.rejects(client.update({ resourceType, id, body: first, options: outdatedVersion }), failsWith(412));
  await client.delete({ resourceType, id });
  await assert.rejects(client.read({ resourceType, id }), failsWith(410));
});

test('fhir-kit-client searches, pages, and resolves references', async () => {
  let page = await client.search({ resourceType, searchParams: { category: 'vital-signs', _count: 50 } });
  const { total } = page;
  const ids = new Set();
  let pages = 0;
  for (; page; page = await client.nextPage({ bundle: page })) {
    for (const { resource } of page.entry) ids.add(resource.id);
    pages += 1;
  }
  assert.deepEqual([ids.size, pages], [total, Math.ceil(total / 50)]);
  const [observation] = (
    await client.search({ resourceType, searchParams: { code: '8867-4' }, options: { postSearch: true } })
  ).entry;
  const visit = await client.resolve({
    reference: observation.resource.encounter.reference,
    context: observation.resource,
  });
  assert.equal(visit.resourceType, 'Encounter');
  const everything = await client.operation({
    name: 'everything',
    resourceType: 'Patient',
    id: 'maria-alvarez',
    method: 'get',
  });
  assert.ok(everything.total > total);
});

test('fhir-kit-client sends batches and transactions, and reads the CapabilityStatement and SMART’s metadata', async () => {
  const entry = [
    { resource: body, request: { method: 'POST', url: resourceType } },
    { request: { method: 'GET', url: 'Patient/nobody' } },
  ];
  const { entry: responses } = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry } });
  assert.deepEqual(
    responses.map(({ response }) => response.status.slice(0, 3)),
    ['201', '404'],
  );
  await assert.rejects(
    client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry } }),
    failsWith(404),
  );
  const { rest } = await client.capabilityStatement();
  assert.ok(rest[0].resource.some(({ type }) => type === 'DocumentReference'));
  assert.ok((await client.smartAuthMetadata()).authorizeUrl);
});
