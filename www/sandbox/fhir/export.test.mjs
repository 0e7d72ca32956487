/** Bulk Data Access: permission to export, the content of the files, and the sequence of requests. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from '../sandbox.mjs';
import { registration, testApp } from '../testing/app.mjs';

const SECRETS = { nightly: 'one', other: 'two' };

/** @type {import('../sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  const backends = Object.entries(SECRETS).map(([clientId, secret]) => ({ clientId, secret, backend: true }));
  sandbox = await startSandbox({ apps: [registration('demo'), ...backends] });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

async function token(scope = 'system/*.rs', clientId = 'nightly') {
  const authorization = `Basic ${Buffer.from(`${clientId}:${SECRETS[clientId]}`).toString('base64')}`;
  const form = { grant_type: 'client_credentials', scope };
  return (await app.post(app.server.token_endpoint, form, { authorization })).json();
}

const kickOff = (tokens, path, prefer = 'respond-async') => app.fhir(tokens, path, { prefer });

/** @param {{ access_token: string }} tokens @param {string} url @param {string} [method] */
const fetchWith = ({ access_token }, url, method = 'GET') =>
  fetch(url, { method, headers: { authorization: `Bearer ${access_token}` } });

/** Requests an export, polls, and returns the manifest and the resources by type. */
async function exported(tokens, path) {
  const started = await kickOff(tokens, path);
  assert.equal(started.status, 202);
  const statusUrl = started.headers.get('content-location');
  const pending = await fetchWith(tokens, statusUrl);
  assert.deepEqual([pending.status, pending.headers.get('retry-after')], [202, '1']);
  assert.ok(pending.headers.get('x-progress'));
  const complete = await fetchWith(tokens, statusUrl);
  assert.equal(complete.status, 200);
  const manifest = await complete.json();
  const files = {};
  for (const { type, url, count } of manifest.output) {
    const file = await fetchWith(tokens, url);
    assert.equal(file.headers.get('content-type'), 'application/fhir+ndjson');
    files[type] = (await file.text()).trimEnd().split('\n').map(JSON.parse);
    assert.equal(files[type].length, count);
    assert.ok(files[type].every(({ resourceType }) => resourceType === type));
  }
  return { manifest, files, statusUrl };
}

describe('Bulk Data', () => {
  test('$export: an export of everything has all types except Binary, in files outside the FHIR base', async () => {
    const { manifest, files } = await exported(await token(), '$export');
    assert.deepEqual([manifest.requiresAccessToken, manifest.error], [true, []]);
    assert.equal(manifest.request, `${sandbox.fhirBaseUrl}/$export`);
    assert.equal(Object.keys(files).length, 9);
    assert.equal(files.Patient.length, 6);
    for (const { url } of manifest.output) {
      assert.ok(url.startsWith(sandbox.origin) && !url.startsWith(sandbox.fhirBaseUrl), url);
      assert.equal((await fetch(url)).status, 401);
    }
  });

  test('an export of patients has their records, and an export of a group those of its members', async () => {
    const patients = await exported(await token(), 'Patient/$export');
    assert.deepEqual(Object.keys(patients.files).filter((type) => ['Practitioner', 'Group'].includes(type)), []);
    const { files } = await exported(await token(), 'Group/patients-of-amara-okafor/$export?_type=Patient,Condition');
    assert.deepEqual(Object.keys(files).sort(), ['Condition', 'Patient']);
    const members = files.Patient.map(({ id }) => id);
    assert.ok(members.length > 0 && members.length < 6);
    assert.ok(files.Condition.every(({ subject }) => members.includes(subject.reference.slice('Patient/'.length))));
    assert.equal((await kickOff(await token(), 'Group/nobody/$export')).status, 404);
  });

  test('an export has only resources that the scopes permit; a type that they do not permit is refused', async () => {
    const tokens = await token('system/Patient.rs system/Observation.rs?category=laboratory');
    const { files } = await exported(tokens, '$export');
    assert.deepEqual(Object.keys(files), ['Patient', 'Observation']);
    assert.ok(files.Observation.every(({ category }) => category[0].coding[0].code === 'laboratory'));
    for (const path of ['$export?_type=Patient,Condition', 'Group/patients-of-amara-okafor/$export']) {
      assert.equal((await kickOff(tokens, path)).status, 403, path);
    }
  });

  test('a user cannot start an export, and users and other clients can neither read nor cancel one', async () => {
    assert.equal((await kickOff(await app.signIn({ scope: 'user/*.rs' }), '$export')).status, 403);
    const { manifest, statusUrl } = await exported(await token(), '$export?_type=Patient');
    for (const tokens of [await token('system/*.rs', 'other'), await app.signIn({ scope: 'user/*.rs' })]) {
      for (const url of [statusUrl, manifest.output[0].url]) assert.equal((await fetchWith(tokens, url)).status, 404);
      assert.equal((await fetchWith(tokens, statusUrl, 'DELETE')).status, 404);
    }
  });

  test('an export with _since has only the resources that changed since the earlier export', async () => {
    const tokens = await token('system/*.cruds');
    const { manifest } = await exported(tokens, '$export?_type=Observation');
    const body = JSON.stringify({
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      subject: { reference: 'Patient/noah-adeyemi' },
      valueQuantity: { value: 71, unit: 'beats/min' },
    });
    const { id } = await (await app.fhir(tokens, 'Observation', { method: 'POST', body })).json();
    const { files } = await exported(tokens, `$export?_since=${encodeURIComponent(manifest.transactionTime)}`);
    const idsByType = Object.entries(files).map(([type, resources]) => [type, resources.map((resource) => resource.id)]);
    assert.deepEqual(idsByType, [['Observation', [id]]]);
  });

  test('a cancelled export and its files are not found', async () => {
    const tokens = await token();
    const { manifest, statusUrl } = await exported(tokens, '$export?_type=Patient');
    assert.equal((await fetchWith(tokens, statusUrl, 'DELETE')).status, 202);
    for (const url of [statusUrl, manifest.output[0].url]) assert.equal((await fetchWith(tokens, url)).status, 404);
    assert.equal((await fetchWith(tokens, statusUrl, 'DELETE')).status, 404);
  });

  test('unsupported parameters and paths are refused with an OperationOutcome', async () => {
    const tokens = await token();
    for (const [path, prefer, status] of [
      ['$export', '', 400],
      ['$export?_typeFilter=Patient', 'respond-async', 400],
      ['$export?_typeFilter=Patient', 'respond-async, handling=lenient', 202],
      ['$export?_outputFormat=text/csv', 'respond-async', 400],
      ['$export?_outputFormat=ndjson', 'respond-async', 202],
      ['$export?_since=2026', 'respond-async', 400],
      ['$export?_type=Patient,Device', 'respond-async', 400],
      ['Observation/$export', 'respond-async', 404],
      ['Patient/noah-adeyemi/$export', 'respond-async', 404],
    ]) {
      const response = await kickOff(tokens, path, prefer);
      assert.equal(response.status, status, `${path} ${prefer}`);
      if (status !== 202) assert.equal((await response.json()).resourceType, 'OperationOutcome');
    }
    assert.equal((await app.fhir(tokens, '$export', { method: 'POST', body: '{}' })).status, 405);
  });

  test('the export operations are in the CapabilityStatement', async () => {
    const { rest } = await (await fetch(`${sandbox.fhirBaseUrl}/metadata`)).json();
    const operations = [rest[0], ...rest[0].resource].flatMap(({ type, operation = [] }) =>
      operation.map(({ name, definition }) => [type, name, definition.split('/').at(-1)]),
    );
    assert.deepEqual(operations, [
      [undefined, 'export', 'export'],
      ['Patient', 'everything', 'Patient-everything'],
      ['Patient', 'export', 'patient-export'],
      ['Group', 'export', 'group-export'],
    ]);
  });
});
