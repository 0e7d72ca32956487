/** Batches and transactions. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWithUsers } from '../testing/app.mjs';

const { sandbox, app, patientTokens, clinicianTokens } = await startWithUsers();
after(() => sandbox.close());

const send = (tokens, type, entry, init = {}) =>
  app.fhir(tokens, '', { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type, entry }), ...init });
const statuses = ({ entry }) => entry.map(({ response }) => Number.parseInt(response.status, 10));
const total = async (type) => (await (await app.fhir(clinicianTokens, `${type}?_summary=count`)).json()).total;

const heartRate = (changes = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: 'Patient/maria-alvarez' },
  ...changes,
});
const post = (resource, elements = {}) => ({ resource, request: { method: 'POST', url: resource.resourceType }, ...elements });
const VISIT = 'urn:uuid:7b3a2f54-4b0e-4d0c-9d5e-0f1c6b2f9a10';
const visit = {
  resourceType: 'Encounter',
  status: 'finished',
  class: { code: 'AMB' },
  subject: { reference: 'Patient/maria-alvarez' },
};

test('batch: each entry succeeds or fails on its own', async () => {
  const patch = Buffer.from(JSON.stringify([{ op: 'replace', path: '/status', value: 'amended' }])).toString('base64');
  const contentType = 'application/json-patch+json';
  const weight = 'Observation/maria-alvarez-visit-1-weight';
  const response = await send(patientTokens, 'batch', [
    { request: { method: 'GET', url: 'Patient/maria-alvarez' } },
    { request: { method: 'GET', url: 'Observation?code=8867-4&_count=2' } },
    { request: { method: 'GET', url: `${sandbox.fhirBaseUrl}/Patient/walter-nowak` } },
    post(heartRate()),
    post(heartRate({ subject: { reference: 'Patient/walter-nowak' } })),
    { resource: heartRate({ id: 'batch-1' }), request: { method: 'PUT', url: 'Observation/batch-1' } },
    {
      resource: { resourceType: 'Binary', contentType, data: patch },
      request: { method: 'PATCH', url: weight, ifMatch: 'W/"1"' },
    },
    {
      resource: { resourceType: 'Binary', contentType, data: patch },
      request: { method: 'PATCH', url: weight, ifMatch: 'W/"1"' },
    },
    { request: { method: 'DELETE', url: 'Observation/batch-1' } },
    { request: { method: 'GET', url: 'Observation/batch-1' } },
    { request: { method: 'GET', url: 'https://other.example/fhir/Patient/1' } },
    { request: { method: 'TRACE', url: 'Patient' } },
    { resource: { resourceType: 'Bundle', type: 'batch' }, request: { method: 'POST', url: '' } },
    null,
  ]);
  assert.equal(response.status, 200);
  const bundle = await response.json();
  assert.equal(bundle.type, 'batch-response');
  assert.deepEqual(statuses(bundle), [200, 200, 403, 201, 403, 201, 200, 412, 204, 410, 400, 400, 404, 400]);
  assert.equal(bundle.entry[1].resource.entry.length, 2);
  assert.ok(bundle.entry[3].response.location.startsWith(`${sandbox.fhirBaseUrl}/Observation/`));
  assert.equal(bundle.entry[2].response.outcome.resourceType, 'OperationOutcome');
});

test('transaction: entries refer to each other, in any order', async () => {
  const bundle = await (
    await send(patientTokens, 'transaction', [
      post(heartRate({ encounter: { reference: VISIT } })),
      post(visit, { fullUrl: VISIT }),
      { request: { method: 'GET', url: `Observation?_summary=count` } },
    ])
  ).json();
  assert.equal(bundle.type, 'transaction-response');
  assert.deepEqual(statuses(bundle), [201, 201, 200]);
  const [observation, encounter] = bundle.entry.map(({ resource }) => resource);
  assert.equal(observation.encounter.reference, `Encounter/${encounter.id}`);
  const put = { resource: { ...visit, id: 'relative' }, request: { method: 'PUT', url: 'Encounter/relative' } };
  const relative = await (await send(patientTokens, 'transaction', [{ fullUrl: 'Encounter/relative', ...put }])).json();
  assert.deepEqual(statuses(relative), [201], 'a fullUrl may be the path of its entry');
  const minimal = await (await send(patientTokens, 'transaction', [post(visit)], { prefer: 'return=minimal' })).json();
  assert.equal(minimal.entry[0].resource, undefined);
});

test('transaction: if one entry fails, nothing is changed', async () => {
  const before = [await total('Observation'), await total('Encounter')];
  for (const [failing, status] of [
    [post(heartRate({ status: undefined })), 422],
    [post(heartRate({ encounter: { reference: 'Encounter/nothing' } })), 422],
    [post(heartRate({ encounter: { reference: VISIT.replace('7', '8') } })), 422],
    [post(heartRate({ subject: { reference: 'Patient/walter-nowak' } })), 403],
    [post(heartRate({ encounter: { reference: 'Encounter/walter-nowak-visit-1' } })), 403],
    [{ request: { method: 'DELETE', url: 'Encounter/maria-alvarez-visit-2' } }, 409],
    [{ request: { method: 'GET', url: 'Observation/nothing' } }, 404],
    [{ resource: heartRate({ id: 'x' }), request: { method: 'PUT', url: 'Observation/x', ifMatch: 'W/"3"' } }, 412],
    [{ request: { method: 'COPY', url: 'Observation' } }, 400],
  ]) {
    const entry = [
      { resource: { ...visit, id: 'before' }, request: { method: 'PUT', url: 'Encounter/before' } },
      post(visit, { fullUrl: VISIT }),
      post(heartRate({ encounter: { reference: VISIT } })),
      failing,
    ];
    const response = await send(patientTokens, 'transaction', entry);
    assert.equal(response.status, status, JSON.stringify(failing));
    const { issue } = await response.json();
    assert.match(issue[0].diagnostics, /^Entry 4: .*\.$/);
  }
  assert.deepEqual([await total('Observation'), await total('Encounter')], before);
  assert.equal((await app.fhir(patientTokens, 'Encounter/before')).status, 404);
});

test('transaction: conditional creates and references find existing resources', async () => {
  const identifier = [{ system: 'http://app.example', value: 'visit-1' }];
  const conditional = { method: 'POST', url: 'Encounter', ifNoneExist: 'identifier=http://app.example|visit-1' };
  const entry = [
    { fullUrl: VISIT, resource: { ...visit, identifier }, request: conditional },
    post(heartRate({ encounter: { reference: VISIT } })),
  ];
  const [first, second] = [await send(patientTokens, 'transaction', entry), await send(patientTokens, 'transaction', entry)];
  const [firstBundle, secondBundle] = [await first.json(), await second.json()];
  assert.deepEqual(
    [statuses(firstBundle), statuses(secondBundle)],
    [
      [201, 201],
      [200, 201],
    ],
  );
  assert.equal(firstBundle.entry[1].resource.encounter.reference, secondBundle.entry[1].resource.encounter.reference);
  const reference = 'Encounter?identifier=http://app.example|visit-1';
  const resolved = await (await send(patientTokens, 'transaction', [post(heartRate({ encounter: { reference } }))])).json();
  assert.equal(resolved.entry[0].resource.encounter.reference, firstBundle.entry[1].resource.encounter.reference);
  const nothing = { reference: 'Encounter?identifier=nothing' };
  assert.equal((await send(patientTokens, 'transaction', [post(heartRate({ encounter: nothing }))])).status, 412);
});

test('transaction: a conditional create finds no resource that the transaction deletes', async () => {
  const identifier = [{ system: 'http://app.example', value: 'replaced' }];
  const conditional = { method: 'POST', url: 'Encounter', ifNoneExist: 'identifier=http://app.example|replaced' };
  const old = await (await send(patientTokens, 'transaction', [post({ ...visit, identifier })])).json();
  const response = await send(patientTokens, 'transaction', [
    post(heartRate({ encounter: { reference: VISIT } })),
    { fullUrl: VISIT, resource: { ...visit, identifier }, request: conditional },
    { request: { method: 'DELETE', url: `Encounter/${old.entry[0].resource.id}` } },
  ]);
  const bundle = await response.json();
  assert.deepEqual(statuses(bundle), [201, 201, 204]);
  const [observation, encounter] = bundle.entry.map(({ resource }) => resource);
  assert.notEqual(encounter.id, old.entry[0].resource.id);
  assert.equal(observation.encounter.reference, `Encounter/${encounter.id}`);
});

test('transaction: two creates with the same criteria create one resource, to which all references lead', async () => {
  const identifier = [{ system: 'http://app.example', value: 'shared' }];
  const request = { method: 'POST', url: 'Encounter', ifNoneExist: 'identifier=http://app.example|shared' };
  const second = VISIT.replace('7', '8');
  const response = await send(patientTokens, 'transaction', [
    { fullUrl: VISIT, resource: { ...visit, identifier }, request },
    { fullUrl: second, resource: { ...visit, identifier }, request },
    ...[VISIT, second].map((reference) => post(heartRate({ encounter: { reference } }))),
  ]);
  const bundle = await response.json();
  assert.deepEqual(statuses(bundle), [201, 200, 201, 201]);
  const { id } = bundle.entry[0].resource;
  assert.deepEqual(
    bundle.entry.slice(2).map(({ resource }) => resource.encounter.reference),
    [`Encounter/${id}`, `Encounter/${id}`],
  );
});

test('transaction: deletes a resource together with those that refer to it', async () => {
  const created = await (
    await send(patientTokens, 'transaction', [
      post(visit, { fullUrl: VISIT }),
      post(heartRate({ encounter: { reference: VISIT } })),
    ])
  ).json();
  const paths = created.entry.map(({ resource }) => `${resource.resourceType}/${resource.id}`);
  const deleted = await send(
    patientTokens,
    'transaction',
    paths.map((url) => ({ request: { method: 'DELETE', url } })),
  );
  assert.deepEqual(statuses(await deleted.json()), [204, 204]);
});

test('transaction: creates a document with its file', async () => {
  const file = 'urn:uuid:0d9b8c1e-9a51-4a4e-8f6d-2f3f0a4b5c6d';
  const document = {
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: 'Patient/maria-alvarez' },
    content: [{ attachment: { contentType: 'text/plain', url: file } }],
  };
  const entry = [
    post(document),
    post({ resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' }, { fullUrl: file }),
  ];
  const created = (await (await send(patientTokens, 'transaction', entry)).json()).entry;
  const { url } = created[0].resource.content[0].attachment;
  assert.equal(url, `Binary/${created[1].resource.id}`);
  assert.equal(await (await app.fhir(patientTokens, url)).text(), 'x');
});

test('transaction: two entries for one resource are refused', async () => {
  const put = { resource: heartRate({ id: 'twice' }), request: { method: 'PUT', url: 'Observation/twice' } };
  assert.equal((await send(patientTokens, 'transaction', [put, put])).status, 400);
  const sameUrl = [post(visit, { fullUrl: VISIT }), post(visit, { fullUrl: VISIT })];
  assert.equal((await send(patientTokens, 'transaction', sameUrl)).status, 400);
});

test('only batch and transaction bundles can be posted to the base', async () => {
  for (const type of ['collection', undefined]) assert.equal((await send(patientTokens, type, [])).status, 400);
  assert.equal((await send(patientTokens, 'batch', 'everything')).status, 400);
  assert.equal((await app.fhir(patientTokens, '')).status, 405);
  assert.deepEqual(await (await send(patientTokens, 'batch', [])).json(), {
    resourceType: 'Bundle',
    type: 'batch-response',
  });
});
