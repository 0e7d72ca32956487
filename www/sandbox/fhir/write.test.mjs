/** Writes: versions, preconditions, preferences and permissions. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWithUsers } from '../testing/app.mjs';

const { sandbox, app, patientTokens, clinicianTokens } = await startWithUsers();
/** Tokens with read access only. */
const readOnlyTokens = await app.signIn({ scope: 'launch/patient patient/*.rs' });
after(() => sandbox.close());

const heartRate = (patient = 'maria-alvarez', value = 71) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: `Patient/${patient}` },
  valueQuantity: { value, unit: 'beats/min' },
});

const send = (tokens, method, path, body, headers = {}) =>
  app.fhir(tokens, path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
const create = (tokens, body, headers) => send(tokens, 'POST', body.resourceType, body, headers);
const created = async (tokens, body) => (await create(tokens, body)).json();
const patch = (tokens, path, operations, headers = {}) =>
  send(tokens, 'PATCH', path, operations, { 'content-type': 'application/json-patch+json', ...headers });
const diagnosticsOf = async (response) => (await response.json()).issue[0].diagnostics;

test('create: gives the resource an id, a version and a URL', async () => {
  const response = await create(patientTokens, { ...heartRate(), id: 'mine' });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('etag'), 'W/"1"');
  const { id, meta } = await response.json();
  assert.notEqual(id, 'mine');
  assert.equal(meta.versionId, '1');
  assert.equal(response.headers.get('location'), `${sandbox.fhirBaseUrl}/Observation/${id}/_history/1`);
  assert.equal((await (await app.fhir(patientTokens, `Observation/${id}`)).json()).valueQuantity.value, 71);
});

test('create: Prefer chooses the content of the response', async () => {
  const minimal = await create(patientTokens, heartRate(), { prefer: 'return=minimal' });
  assert.deepEqual([minimal.status, await minimal.text()], [201, '']);
  assert.ok(minimal.headers.get('location'));
  const outcome = await (await create(patientTokens, heartRate(), { prefer: 'return=OperationOutcome' })).json();
  assert.deepEqual([outcome.resourceType, outcome.issue[0].severity], ['OperationOutcome', 'information']);
  const representation = await (await create(patientTokens, heartRate(), { prefer: 'return=representation' })).json();
  assert.equal(representation.resourceType, 'Observation');
});

test('create: If-None-Exist finds the resource that exists', async () => {
  const identifier = [{ system: 'http://app.example', value: 'once' }];
  const headers = { 'if-none-exist': 'identifier=http://app.example|once' };
  const first = await create(patientTokens, { ...heartRate(), identifier }, headers);
  const second = await create(patientTokens, { ...heartRate(), identifier }, headers);
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.equal(first.headers.get('location'), second.headers.get('location'));
  await create(patientTokens, { ...heartRate(), identifier });
  assert.equal((await create(patientTokens, { ...heartRate(), identifier }, headers)).status, 412);
  assert.equal((await create(patientTokens, heartRate(), { 'if-none-exist': 'colour=blue' })).status, 400);
  assert.equal((await create(patientTokens, heartRate(), { 'if-none-exist': '_sort=date' })).status, 400);
});

test('create: refuses a body that is not a valid resource of the type', async () => {
  const post = (body, headers = {}) => app.fhir(clinicianTokens, 'Observation', { method: 'POST', body, headers });
  const withChanges = (changes) => JSON.stringify({ ...heartRate(), ...changes });
  for (const [body, status] of [
    ['{', 400],
    ['null', 400],
    ['[]', 400],
    ['['.repeat(5000) + ']'.repeat(5000), 400],
    [withChanges({ resourceType: 'Patient' }), 400],
    [withChanges({ subject: undefined }), 422],
    [withChanges({ subject: { reference: 'Patient/nobody' } }), 422],
    [withChanges({ subject: { reference: 'Practitioner/amara-okafor' } }), 422],
    [withChanges({ subject: { reference: '#contained' } }), 422],
    [withChanges({ encounter: { reference: 'Encounter/nothing' } }), 422],
    [withChanges({ encounter: { reference: 'urn:uuid:7b3a2f54-4b0e-4d0c-9d5e-0f1c6b2f9a10' } }), 422],
    [withChanges({ category: 'vital-signs' }), 422],
    [withChanges({ effectiveDateTime: 'yesterday' }), 422],
    [withChanges({ component: [{ valueQuantity: 3 }] }), 422],
    [withChanges({ meta: { tag: [{ code: 'SUBSETTED' }] } }), 422],
  ]) {
    const response = await post(body);
    assert.equal(response.status, status, body.slice(0, 80));
    assert.match(await diagnosticsOf(response), /\.$/);
  }
  assert.equal((await post(withChanges({ note: [{ text: 'x'.repeat(9_000_000) }] }))).status, 413);
  assert.equal((await post('status=final', { 'content-type': 'text/plain' })).status, 415);
  assert.equal((await post(withChanges({}), { accept: 'application/fhir+xml' })).status, 406);
});

test('update: adds a version, unless If-Match names a version that is not the current one', async () => {
  const observation = await created(patientTokens, heartRate());
  const path = `Observation/${observation.id}`;
  const amended = { ...observation, status: 'amended' };
  const response = await send(patientTokens, 'PUT', path, amended, { 'if-match': 'W/"1"' });
  assert.deepEqual([response.status, response.headers.get('etag')], [200, 'W/"2"']);
  const conflict = await send(patientTokens, 'PUT', path, observation, { 'if-match': 'W/"1"' });
  assert.equal(conflict.status, 412);
  assert.match(await diagnosticsOf(conflict), /has version 2/);
  assert.equal((await (await app.fhir(patientTokens, path)).json()).status, 'amended');
  assert.equal((await send(patientTokens, 'PUT', path, observation, { 'if-match': 'version 1' })).status, 400);
  assert.equal((await send(patientTokens, 'PUT', path, { ...observation, id: 'other' })).status, 400);
});

test('update: creates a resource with an id that the client chooses', async () => {
  const body = { ...heartRate(), id: 'device-17.reading-1' };
  const path = `Observation/${body.id}`;
  assert.equal((await send(patientTokens, 'PUT', path, body, { 'if-match': 'W/"1"' })).status, 412);
  assert.equal((await send(patientTokens, 'PUT', path, body)).status, 201);
  assert.equal((await send(patientTokens, 'PUT', path, body, { 'if-none-match': '*' })).status, 412);
  assert.equal((await send(patientTokens, 'PUT', 'Observation/a%2Fb', { ...body, id: 'a/b' })).status, 400);
});

/** A patch whose result doubles with each operation. */
const DOUBLING = [
  { op: 'add', path: '/a', value: ['x'.repeat(100_000)] },
  ...Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
];

test('patch: applies all operations or none', async () => {
  const { id } = await created(patientTokens, heartRate());
  const path = `Observation/${id}`;
  const changed = await patch(patientTokens, path, [
    { op: 'test', path: '/status', value: 'final' },
    { op: 'replace', path: '/valueQuantity/value', value: 72 },
    { op: 'add', path: '/note', value: [{ text: 'at rest' }] },
  ]);
  assert.deepEqual([changed.status, changed.headers.get('etag')], [200, 'W/"2"']);
  for (const [operations, status] of [
    [
      [
        { op: 'replace', path: '/valueQuantity/value', value: 1 },
        { op: 'test', path: '/status', value: 'wrong' },
      ],
      422,
    ],
    [[{ op: 'remove', path: '/nothing' }], 422],
    [[{ op: 'remove', path: '/status' }], 422],
    [[{ op: 'replace', path: '/id', value: 'other' }], 422],
    [[{ op: 'replace', path: '/resourceType', value: 'Patient' }], 422],
    [[{ op: 'add', path: '/__proto__/polluted', value: true }], 400],
    [[{ op: 'replace', path: '', value: {} }], 400],
    [[{ op: 'colour', path: '/status' }], 400],
    [{ op: 'remove', path: '/note' }, 400],
    [DOUBLING, 413],
  ]) {
    assert.equal((await patch(patientTokens, path, operations)).status, status, JSON.stringify(operations));
  }
  assert.equal({}.polluted, undefined);
  const { valueQuantity, meta } = await (await app.fhir(patientTokens, path)).json();
  assert.deepEqual([valueQuantity.value, meta.versionId], [72, '2']);
  assert.equal((await patch(patientTokens, path, [], { 'if-match': 'W/"1"' })).status, 412);
  const merge = await send(patientTokens, 'PATCH', path, {}, { 'content-type': 'application/merge-patch+json' });
  assert.deepEqual([merge.status, merge.headers.get('accept-patch')], [415, 'application/json-patch+json']);
});

test('delete: the resource is gone, and its history stays', async () => {
  const { id } = await created(patientTokens, heartRate());
  const path = `Observation/${id}`;
  assert.equal((await send(patientTokens, 'DELETE', path, undefined, { 'if-match': 'W/"7"' })).status, 412);
  assert.equal((await send(patientTokens, 'DELETE', path)).status, 204);
  assert.equal((await app.fhir(patientTokens, path)).status, 410);
  assert.equal((await patch(patientTokens, path, [])).status, 410);
  assert.equal((await app.fhir(patientTokens, `${path}/_history/1`)).status, 200);
  assert.equal((await app.fhir(patientTokens, `${path}/_history/2`)).status, 410);
  assert.equal((await (await app.fhir(patientTokens, `Observation?_id=${id}`)).json()).total, 0);
  const secondDelete = await send(patientTokens, 'DELETE', path, undefined, { prefer: 'return=OperationOutcome' });
  assert.deepEqual([secondDelete.status, (await secondDelete.json()).resourceType], [200, 'OperationOutcome']);
  assert.equal((await send(patientTokens, 'PUT', path, { ...heartRate(), id })).status, 201);
  assert.equal((await send(patientTokens, 'DELETE', 'Observation/nothing')).status, 404);
});

test('delete: refused while another resource refers to it', async () => {
  const path = 'Encounter/maria-alvarez-visit-1';
  const refused = await send(patientTokens, 'DELETE', path);
  assert.equal(refused.status, 409);
  assert.equal((await app.fhir(patientTokens, path)).status, 200);
});

test('vread: returns each version', async () => {
  const observation = await created(patientTokens, heartRate());
  const path = `Observation/${observation.id}`;
  await patch(patientTokens, path, [{ op: 'replace', path: '/status', value: 'amended' }]);
  const statuses = [];
  for (const version of [1, 2])
    statuses.push((await (await app.fhir(patientTokens, `${path}/_history/${version}`)).json()).status);
  assert.deepEqual(statuses, ['final', 'amended']);
  assert.equal((await app.fhir(patientTokens, `${path}/_history/3`)).status, 404);
});

test('history-instance: lists the versions, newest first', async () => {
  const { id } = await created(patientTokens, heartRate());
  const path = `Observation/${id}`;
  await patch(patientTokens, path, [{ op: 'replace', path: '/status', value: 'amended' }]);
  await send(patientTokens, 'DELETE', path);
  const { type, total, entry } = await (await app.fhir(patientTokens, `${path}/_history`)).json();
  assert.deepEqual([type, total], ['history', 3]);
  assert.deepEqual(
    entry.map(({ request }) => request.method),
    ['DELETE', 'PATCH', 'POST'],
  );
  assert.deepEqual(
    entry.map(({ resource }) => resource?.status),
    [undefined, 'amended', 'final'],
  );
});

test('history-instance: each entry has the status of the response to its request', async () => {
  const body = { ...heartRate(), id: 'written-often' };
  const path = `Observation/${body.id}`;
  const requests = [
    () => send(patientTokens, 'PUT', path, body),
    () => send(patientTokens, 'PUT', path, body),
    () => patch(patientTokens, path, []),
    () => send(patientTokens, 'DELETE', path),
    () => send(patientTokens, 'PUT', path, body),
  ];
  const statuses = [];
  for (const request of requests) statuses.push(String((await request()).status));
  assert.deepEqual(statuses, ['201', '200', '200', '204', '201']);
  const statusesOf = async (path) =>
    (await (await app.fhir(patientTokens, `${path}/_history`)).json()).entry.map(({ response }) => response.status);
  assert.deepEqual(await statusesOf(path), statuses.toReversed());
  const { id } = await created(patientTokens, heartRate());
  assert.deepEqual(await statusesOf(`Observation/${id}`), ['201']);
});

test('apps can write resource types of which the sandbox has no data', async () => {
  const subject = { reference: 'Patient/maria-alvarez' };
  const procedure = {
    resourceType: 'Procedure',
    status: 'completed',
    subject,
    category: { coding: [{ code: 'x' }] },
    performedDateTime: '2026-05',
  };
  const answers = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    subject,
    author: subject,
    identifier: { value: '7' },
    authored: '2026-05-17T09:00:00Z',
  };
  const goal = {
    resourceType: 'Goal',
    lifecycleStatus: 'active',
    description: { text: 'Walk' },
    subject,
    statusReason: 'started',
  };
  const vaccine = {
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: { text: 'Flu' },
    patient: subject,
    performer: [{ actor: subject }],
  };
  for (const [body, query] of [
    [procedure, 'date=2026-05&category=x'],
    [answers, 'authored=ge2026-05&identifier=7'],
    [goal, 'lifecycle-status=active'],
    [vaccine, 'status=completed'],
  ]) {
    const { id, resourceType } = await created(patientTokens, body);
    const { entry } = await (await app.fhir(patientTokens, `${resourceType}?${query}&patient=maria-alvarez`)).json();
    assert.deepEqual(
      entry.map(({ resource }) => resource.id),
      [id],
    );
    const patient = body.patient ? 'patient' : 'subject';
    assert.equal(
      (await create(patientTokens, { ...body, [patient]: { reference: 'Patient/walter-nowak' } })).status,
      403,
      resourceType,
    );
  }
});

test('a token for one patient neither reads nor writes another patient’s records', async () => {
  const otherRecord = await created(clinicianTokens, heartRate('walter-nowak'));
  const ownRecord = await created(patientTokens, heartRate());
  const path = `Observation/${otherRecord.id}`;
  const moved = { ...ownRecord, subject: { reference: 'Patient/walter-nowak' } };
  const change = [{ op: 'replace', path: '/subject/reference', value: 'Patient/walter-nowak' }];
  for (const [name, response] of [
    ['create', create(patientTokens, heartRate('walter-nowak'))],
    ['create for nobody', create(patientTokens, heartRate('nobody'))],
    ['create by URL', create(patientTokens, heartRate(`../fhir/Patient/walter-nowak`))],
    ['update', send(patientTokens, 'PUT', path, { ...heartRate(), id: otherRecord.id })],
    ['update to another patient', send(patientTokens, 'PUT', `Observation/${ownRecord.id}`, moved)],
    ['patch', patch(patientTokens, path, [{ op: 'replace', path: '/status', value: 'amended' }])],
    ['patch to another patient', patch(patientTokens, `Observation/${ownRecord.id}`, change)],
    ['delete', send(patientTokens, 'DELETE', path)],
    ['history', app.fhir(patientTokens, `${path}/_history`)],
    ['vread', app.fhir(patientTokens, `${path}/_history/1`)],
    [
      'another patient',
      send(patientTokens, 'PUT', 'Patient/walter-nowak', { resourceType: 'Patient', id: 'walter-nowak' }),
    ],
    ['a new patient', create(patientTokens, { resourceType: 'Patient' })],
    [
      'a practitioner',
      send(patientTokens, 'PUT', 'Practitioner/amara-okafor', { resourceType: 'Practitioner', id: 'amara-okafor' }),
    ],
    ['a group', create(patientTokens, { resourceType: 'Group', type: 'person', actual: true })],
    [
      'a reference to another record',
      create(patientTokens, { ...heartRate(), encounter: { reference: 'Encounter/walter-nowak-visit-1' } }),
    ],
  ]) {
    assert.equal((await response).status, name === 'create by URL' ? 422 : 403, name);
  }
  assert.equal((await (await app.fhir(clinicianTokens, path)).json()).meta.versionId, '1');
});

test('after a resource was moved to another patient, a token of the first patient reads none of its versions', async () => {
  const { id } = await created(patientTokens, heartRate());
  const path = `Observation/${id}`;
  await patch(clinicianTokens, path, [{ op: 'replace', path: '/subject/reference', value: 'Patient/noah-adeyemi' }]);
  for (const end of ['', '/_history', '/_history/1'])
    assert.equal((await app.fhir(patientTokens, `${path}${end}`)).status, 403);
  const noahTokens = await app.signIn({ scope: 'launch/patient patient/*.rs', patient: 'noah-adeyemi' });
  const { entry } = await (await app.fhir(noahTokens, `${path}/_history`)).json();
  assert.deepEqual(
    entry.map(({ resource }) => resource.meta.versionId),
    ['2'],
  );
});

test('the URL of a resource of this server is stored as a relative reference', async () => {
  const body = { ...heartRate(), subject: { reference: `${sandbox.fhirBaseUrl}/Patient/maria-alvarez` } };
  assert.equal((await created(patientTokens, body)).subject.reference, 'Patient/maria-alvarez');
});

test('each type of write needs its own scope', async () => {
  const observation = await created(patientTokens, heartRate());
  const path = `Observation/${observation.id}`;
  const attempts = {
    c: (tokens) => create(tokens, heartRate()),
    u: (tokens) => send(tokens, 'PUT', path, observation),
    p: (tokens) => patch(tokens, path, []),
    d: (tokens) => send(tokens, 'DELETE', path),
  };
  for (const attempt of Object.values(attempts)) {
    const refused = await attempt(readOnlyTokens);
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /error="insufficient_scope"/);
  }
  for (const [scope, permitted] of [
    ['patient/Observation.c', 'c'],
    ['patient/Observation.u', 'up'],
    ['patient/Observation.write', 'cupd'],
    ['patient/Observation.cud?status=final', 'cupd'],
    ['patient/Observation.cud?status=amended', ''],
    ['patient/Observation.cud?colour=blue', ''],
    ['patient/Condition.cud', ''],
  ]) {
    const tokens = await app.signIn({ scope: `launch/patient ${scope}` });
    for (const [letter, attempt] of Object.entries(attempts)) {
      const { status } = await attempt(tokens);
      assert.equal(status === 403, !permitted.includes(letter), `${scope} ${letter} ${status}`);
    }
  }
});

test('the pages of the EHR show resources that apps have written', async () => {
  const emptyPatient = await created(clinicianTokens, { resourceType: 'Patient' });
  const subject = { reference: `Patient/${emptyPatient.id}` };
  await created(clinicianTokens, { resourceType: 'Condition', subject });
  await created(clinicianTokens, { resourceType: 'AllergyIntolerance', patient: subject });
  await created(clinicianTokens, { resourceType: 'MedicationRequest', subject, status: 'active', intent: 'order' });
  await created(clinicianTokens, { ...heartRate(emptyPatient.id), category: [{ coding: [{ code: 'vital-signs' }] }] });
  const empty = await fetch(`${sandbox.ehrUrl}/${emptyPatient.id}`);
  assert.equal(empty.status, 200);
  assert.ok((await empty.text()).includes('71'));
  const tokens = await app.signIn({ launch: (await app.launchFromEhr({ patient: emptyPatient.id })).launch });
  assert.deepEqual([tokens.patient, tokens.encounter], [emptyPatient.id, undefined]);
  await created(clinicianTokens, { resourceType: 'Encounter', subject, status: 'planned', class: { code: 'AMB' } });
  assert.equal((await fetch(`${sandbox.ehrUrl}/${emptyPatient.id}`)).status, 200);
});

test('the header of a chart warns of each allergy, and not of entries that state that there is none', async () => {
  const { id } = await created(clinicianTokens, { resourceType: 'Patient' });
  const snomed = (code, display) => ({ coding: [{ system: 'http://snomed.info/sct', code, display }] });
  const status = (code) => ({ verificationStatus: { coding: [{ code }] } });
  for (const entry of [
    { code: { text: 'Penicillin' } },
    { code: snomed('111088007', 'Latex'), criticality: 'low' },
    {},
    { code: snomed('409137002', 'No known drug allergy') },
    { code: { text: 'Peanut' }, ...status('refuted') },
    { code: { text: 'Aspirin' }, criticality: 'high', ...status('entered-in-error') },
  ]) {
    const response = await create(clinicianTokens, {
      resourceType: 'AllergyIntolerance',
      patient: { reference: `Patient/${id}` },
      ...entry,
    });
    assert.equal(response.status, 201);
  }
  const tagsOf = async (patient) => {
    const page = await (await fetch(`${sandbox.ehrUrl}/${patient}`)).text();
    const [header] = /<header class="chart-header">[^]*?<\/header>/.exec(page);
    return [...header.matchAll(/<li class="tag( alert)?">([^<]*)</g)].map(([, alert, text]) => `${text}${alert ? '!' : ''}`);
  };
  assert.deepEqual((await tagsOf(id)).toSorted(), [
    'Allergy: Latex!',
    'Allergy: Penicillin!',
    'Allergy: Unknown!',
    'No known drug allergy',
  ]);
  assert.deepEqual(await tagsOf('hannah-berg'), ['No known allergies']);
  assert.deepEqual(await tagsOf('walter-nowak'), ['Allergy: Aspirin!']);
});
