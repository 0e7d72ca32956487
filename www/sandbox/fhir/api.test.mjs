/** Tests the FHIR API over HTTP: search, paging, and the permissions that follow from scopes and launch context. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from '../sandbox.mjs';
import { claimsOf, registration, testApp } from '../testing/app.mjs';

/** @type {import('../sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  sandbox = await startSandbox({ apps: [registration('demo')] });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

describe('FHIR API', () => {
  test('pages through a search by absolute links', async () => {
    const tokens = await app.signIn();
    let url = `${sandbox.fhirBaseUrl}/Observation?patient=maria-alvarez&category=vital-signs&_sort=-date&_count=40`;
    const resources = [];
    let pages = 0;
    while (url) {
      const bundle = await (await fetch(url, { headers: { authorization: `Bearer ${tokens.access_token}` } })).json();
      assert.equal(bundle.type, 'searchset');
      resources.push(...bundle.entry.map(({ resource }) => resource));
      url = bundle.link.find(({ relation }) => relation === 'next')?.url;
      if (url) assert.ok(url.startsWith(`${sandbox.fhirBaseUrl}/Observation?`));
      if (!url) assert.equal(resources.length, bundle.total);
      pages += 1;
    }
    assert.equal(pages, Math.ceil(resources.length / 40));
    assert.equal(new Set(resources.map(({ id }) => id)).size, resources.length);
    const times = resources.map(({ effectiveDateTime }) => effectiveDateTime);
    assert.deepEqual(times, times.toSorted().reverse());
  });

  test('finds by code, system and code, status and date', async () => {
    const tokens = await app.signIn();
    const total = async (query) => (await (await app.fhir(tokens, query)).json()).total;
    const readings = await total('Observation?code=8867-4');
    assert.ok(readings > 10);
    assert.equal(await total('Observation?code=http://loinc.org|8867-4'), readings);
    assert.equal(await total('Observation?code=http://snomed.info/sct|8867-4'), 0);
    assert.equal(await total('Observation?code=8867-4,85354-9'), 2 * readings);
    assert.equal(await total('Condition?clinical-status=active'), 3);
    assert.equal(await total('MedicationRequest?status=active'), 3);
    assert.equal(await total('Patient?_id=maria-alvarez'), 1);
    const today = new Date().toISOString().slice(0, 10);
    assert.equal(
      (await total(`Observation?code=8867-4&date=ge${today}`)) +
        (await total(`Observation?code=8867-4&date=lt${today}`)),
      readings,
    );
    assert.equal(await total('Observation?_count=0'), await total('Observation'));
  });

  test('has blood pressure as a panel of two components', async () => {
    const tokens = await app.signIn();
    const bundle = await (await app.fhir(tokens, 'Observation?code=85354-9&_sort=-date&_count=1')).json();
    const { component, encounter } = bundle.entry[0].resource;
    assert.deepEqual(
      component.map(({ code }) => code.coding[0].code),
      ['8480-6', '8462-4'],
    );
    assert.equal(encounter.reference, 'Encounter/maria-alvarez-visit-today');
  });

  test('limits a patient scope to its patient', async () => {
    const tokens = await app.signIn({ scope: 'launch/patient patient/*.rs' });
    assert.equal((await app.fhir(tokens, 'Patient/maria-alvarez')).status, 200);
    assert.equal((await app.fhir(tokens, 'Patient/walter-nowak')).status, 403);
    assert.equal((await app.fhir(tokens, 'Condition/walter-nowak-heartFailure')).status, 403);
    assert.equal((await app.fhir(tokens, 'Condition?patient=walter-nowak')).status, 403);
    const { entry } = await (await app.fhir(tokens, 'Condition')).json();
    assert.ok(entry.every(({ resource }) => resource.subject.reference === 'Patient/maria-alvarez'));
  });

  test('opens all records to a practitioner with user scopes, and only their own record to a patient', async () => {
    const scope = 'user/Patient.rs';
    const allPatients = await (await app.fhir(await app.signIn({ scope }), 'Patient')).json();
    assert.equal(allPatients.total, 6);
    const ownRecord = await (await app.fhir(await app.signIn({ scope, user: 'zoe-nguyen-mueller' }), 'Patient')).json();
    assert.deepEqual(
      ownRecord.entry.map(({ resource }) => resource.id),
      ['zoe-nguyen-mueller'],
    );
  });

  test('enforces the query of a scope', async () => {
    const tokens = await app.signIn({ scope: 'launch/patient patient/Observation.rs?category=laboratory' });
    const { entry } = await (await app.fhir(tokens, 'Observation')).json();
    assert.ok(entry.length > 0);
    assert.ok(entry.every(({ resource }) => resource.category[0].coding[0].code === 'laboratory'));
    assert.equal((await app.fhir(tokens, 'Observation/maria-alvarez-visit-1-weight')).status, 403);
  });

  test('requires the permission for each interaction', async () => {
    const readOnlyTokens = await app.signIn({ scope: 'launch/patient patient/Observation.r' });
    assert.equal((await app.fhir(readOnlyTokens, 'Observation/maria-alvarez-visit-1-weight')).status, 200);
    const refused = await app.fhir(readOnlyTokens, 'Observation');
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /error="insufficient_scope"/);
  });

  test('names the scope that is required when it refuses a request for its scope', async () => {
    const patient = await app.signIn({ scope: 'launch/patient patient/Observation.rs?category=laboratory patient/*.c' });
    const clinician = await app.signIn({ scope: 'user/Observation.rs?category=laboratory' });
    const self = await app.signIn({ scope: 'launch/patient patient/Patient.rs', user: 'zoe-nguyen-mueller' });
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'Heart rate' },
      subject: { reference: 'Patient/walter-nowak' },
    };
    const encounter = { reference: 'Encounter/walter-nowak-visit-1' };
    const ownObservation = { ...observation, subject: { reference: 'Patient/maria-alvarez' }, encounter };
    const create = (body) => ({ method: 'POST', body: JSON.stringify(body) });
    for (const [tokens, path, scope, init] of [
      [patient, 'Condition', 'patient/Condition.s'],
      [clinician, 'Condition', 'user/Condition.s'],
      [patient, 'Observation/maria-alvarez-visit-1-weight', 'patient/Observation.r'],
      [patient, 'Observation/maria-alvarez-visit-1-weight/_history', 'patient/Observation.r'],
      [clinician, 'Observation/maria-alvarez-visit-1-weight', 'user/Observation.r'],
      [patient, 'Observation/walter-nowak-visit-1-weight', 'user/Observation.r'],
      [patient, 'Observation?patient=walter-nowak', 'user/Observation.s'],
      [patient, 'Observation', 'user/Observation.c', create(observation)],
      [patient, 'Observation', 'user/Observation.c', create(ownObservation)],
      // No scope opens the record of another patient to a patient.
      [self, 'Patient/walter-nowak', undefined],
      [self, 'Patient?_id=walter-nowak', undefined],
    ]) {
      const response = await app.fhir(tokens, path, init);
      assert.equal(response.status, 403, path);
      const challenge = response.headers.get('www-authenticate');
      assert.match(challenge, /error="insufficient_scope"/);
      assert.equal(/ scope="([^"]*)"/.exec(challenge)?.[1], scope, path);
    }
  });

  test('lets fhirUser read the user’s own resource', async () => {
    const tokens = await app.signIn({ scope: 'openid fhirUser launch/patient patient/Patient.rs' });
    const { fhirUser } = claimsOf(tokens.id_token);
    const response = await fetch(fhirUser, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    assert.equal((await response.json()).name[0].family, 'Okafor');
    assert.equal((await app.fhir(tokens, 'Practitioner/samuel-reyes')).status, 403);
  });

  test('responds to unknown paths and to `_sort` by an unknown parameter with an OperationOutcome', async () => {
    const tokens = await app.signIn();
    for (const [path, status] of [
      ['Patient/nobody', 404],
      ['Device', 404],
      ['Observation/maria-alvarez-visit-1-weight/$lastn', 404],
      ['Observation?_sort=colour', 400],
    ]) {
      const response = await app.fhir(tokens, path);
      assert.equal(response.status, status);
      assert.match(response.headers.get('content-type'), /application\/fhir\+json/);
      assert.equal((await response.json()).resourceType, 'OperationOutcome');
    }
  });

  test('has a CapabilityStatement', async () => {
    const statement = await (await fetch(`${sandbox.fhirBaseUrl}/metadata`)).json();
    assert.equal(statement.fhirVersion, '4.0.1');
    assert.equal(statement.rest[0].resource.length, 19);
  });
});
