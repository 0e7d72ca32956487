/** Results of searches: included resources, elements, order and pages. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWithUsers } from '../testing/app.mjs';

const { sandbox, app, patientTokens, clinicianTokens } = await startWithUsers('launch/patient patient/*.rs');
after(() => sandbox.close());

const bundleOf = async (query, tokens = patientTokens, init = {}) => {
  const response = await app.fhir(tokens, query, init);
  assert.equal(response.status, 200, query);
  return response.json();
};
const idsOf = ({ entry = [] }, mode = 'match') =>
  entry.filter(({ search }) => search.mode === mode).map(({ resource }) => `${resource.resourceType}/${resource.id}`);
const linkOf = ({ link }, relation) => link.find((candidate) => candidate.relation === relation)?.url;
const refusal = async (query, init, tokens = patientTokens) => {
  const response = await app.fhir(tokens, query, init);
  const { resourceType, issue } = await response.json();
  assert.equal(resourceType, 'OperationOutcome');
  assert.match(issue[0].diagnostics, /\.$/);
  return response.status;
};

test('search-type: _include adds the resources to which the matches refer', async () => {
  const query = 'Observation?_id=maria-alvarez-visit-1-weight';
  const bundle = await bundleOf(`${query}&_include=Observation:encounter&_include=Observation:patient`);
  assert.equal(bundle.total, 1);
  assert.deepEqual(idsOf(bundle), ['Observation/maria-alvarez-visit-1-weight']);
  assert.deepEqual(idsOf(bundle, 'include'), ['Encounter/maria-alvarez-visit-1', 'Patient/maria-alvarez']);
  assert.equal(idsOf(await bundleOf(`${query}&_include=*`), 'include').length, 3);
  const iterated = await bundleOf(`${query}&_include=Observation:encounter&_include:iterate=Encounter:participant`);
  assert.deepEqual(idsOf(iterated, 'include'), ['Encounter/maria-alvarez-visit-1', 'Practitioner/amara-okafor']);
});

test('search-type: _revinclude adds the resources that refer to matches', async () => {
  const query = 'Encounter?_id=maria-alvarez-visit-1&_revinclude=Observation:encounter';
  const included = idsOf(await bundleOf(query), 'include');
  assert.equal(included.length, 7);
  assert.ok(included.every((id) => id.startsWith('Observation/maria-alvarez-visit-1-')));
});

test('search-type: only resources that the token may read are included', async () => {
  const narrow = await app.signIn({ scope: 'launch/patient patient/Observation.rs patient/Encounter.s' });
  const query =
    'Observation?_id=maria-alvarez-visit-1-weight&_include=Observation:patient&_include=Observation:encounter';
  assert.deepEqual(idsOf(await bundleOf(query, narrow), 'include'), []);
  const body = JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Mix-up' },
    subject: { reference: 'Patient/maria-alvarez' },
    encounter: { reference: 'Encounter/walter-nowak-visit-1' },
  });
  const { id } = await (await app.fhir(clinicianTokens, 'Observation', { method: 'POST', body })).json();
  for (const include of ['Observation:encounter', '*']) {
    const bundle = await bundleOf(`Observation?_id=${id}&_include=${include}`);
    assert.ok(!JSON.stringify(idsOf(bundle, 'include')).includes('walter'), include);
  }
  const reverse = await bundleOf('Encounter?_revinclude=Observation:encounter&_count=200');
  assert.ok(!JSON.stringify(idsOf(reverse, 'include')).includes('walter'));
  const patients = await bundleOf('Practitioner?_revinclude=Patient:general-practitioner');
  assert.deepEqual(idsOf(patients, 'include'), ['Patient/maria-alvarez']);
});

test('search-type: _elements and _summary omit elements, and mark the resource as incomplete', async () => {
  const observationWith = async (query) => (await bundleOf(`Observation?code=8867-4&_count=1&${query}`)).entry[0].resource;
  const partial = await observationWith('_elements=valueQuantity,effectiveDateTime');
  const names = ['code', 'effectiveDateTime', 'id', 'meta', 'resourceType', 'status', 'subject', 'valueQuantity'];
  assert.deepEqual(Object.keys(partial).sort(), names);
  assert.equal(partial.meta.tag[0].code, 'SUBSETTED');
  assert.ok((await observationWith('_summary=true')).valueQuantity);
  assert.equal((await observationWith('_summary=text')).valueQuantity, undefined);
  assert.equal((await observationWith('_summary=false')).meta.tag, undefined);
  const count = await bundleOf('Observation?_summary=count');
  assert.ok(count.total > 50);
  assert.equal(count.entry, undefined);
});

test('read: _elements selects elements, and the status is 304 if the client has the current version', async () => {
  const path = 'Patient/maria-alvarez';
  assert.deepEqual(Object.keys(await bundleOf(`${path}?_elements=name`)), ['resourceType', 'id', 'meta', 'name']);
  const etag = (await app.fhir(patientTokens, path)).headers.get('etag');
  assert.equal((await app.fhir(patientTokens, path, { headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await app.fhir(patientTokens, path, { headers: { 'if-none-match': 'W/"0"' } })).status, 200);
});

test('search-type: _sort takes several parameters', async () => {
  const { entry } = await bundleOf('MedicationRequest?_sort=status,-authoredon', clinicianTokens);
  const keys = entry.map(({ resource }) => [resource.status, resource.authoredOn]);
  const sorted = keys.toSorted(([a, x], [b, y]) => a.localeCompare(b) || y.localeCompare(x));
  assert.deepEqual(keys, sorted);
});

test('search-type: _lastUpdated finds the resources that changed after a time', async () => {
  const { meta } = await (await app.fhir(patientTokens, 'Patient/maria-alvarez')).json();
  const change = JSON.stringify([{ op: 'replace', path: '/gender', value: 'other' }]);
  const headers = { 'content-type': 'application/json-patch+json' };
  await new Promise((resolve) => setTimeout(resolve, 2));
  await app.fhir(clinicianTokens, 'Patient/kenji-watanabe', { method: 'PATCH', body: change, headers });
  assert.deepEqual(idsOf(await bundleOf(`Patient?_lastUpdated=gt${meta.lastUpdated}`, clinicianTokens)), [
    'Patient/kenji-watanabe',
  ]);
  const newest = await bundleOf('Patient?_sort=-_lastUpdated&_count=1', clinicianTokens);
  assert.deepEqual(idsOf(newest), ['Patient/kenji-watanabe']);
});

test('search-type: dates are compared as times, with their zones', async () => {
  const { entry } = await bundleOf('Observation?code=8867-4&_count=1');
  const instant = new Date(entry[0].resource.effectiveDateTime);
  const east = `${new Date(instant.getTime() + 2 * 3600_000).toISOString().slice(0, 19)}+02:00`;
  assert.deepEqual(idsOf(await bundleOf(`Observation?code=8867-4&date=${encodeURIComponent(east)}`)), idsOf({ entry }));
});

test('search-type: the modifiers exact, contains, not, missing and a type are supported', async () => {
  const total = async (query) => (await bundleOf(query, clinicianTokens)).total;
  assert.equal(await total('Patient?family:exact=Alvarez'), 1);
  assert.equal(await total('Patient?family:exact=alvarez'), 0);
  assert.equal(await total('Patient?family:contains=LVAR'), 1);
  assert.equal(
    (await total('Condition?clinical-status:not=active')) + (await total('Condition?clinical-status=active')),
    await total('Condition'),
  );
  assert.equal((await total('Observation?encounter:missing=true')) > 0, true);
  assert.equal(await total('Condition?subject:Patient=maria-alvarez'), 3);
  assert.equal(await refusal('Patient?family:soundex=x'), 400);
  assert.equal(await refusal('Condition?subject:Patient=walter-nowak'), 403);
  assert.equal(await refusal('Condition?patient=maria-alvarez,walter-nowak'), 403);
});

test('search-type: POST _search is the same as GET', async () => {
  const body = new URLSearchParams({ code: '8867-4', _count: '3' });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const resultOfPost = await bundleOf('Observation/_search', patientTokens, { method: 'POST', body, headers });
  const resultOfGet = await bundleOf('Observation?code=8867-4&_count=3');
  assert.deepEqual(idsOf(resultOfPost), idsOf(resultOfGet));
  const second = await fetch(linkOf(resultOfPost, 'next'), {
    headers: { authorization: `Bearer ${patientTokens.access_token}` },
  });
  assert.equal((await second.json()).entry.length, 3);
});

test('search-type: unsupported parameters are ignored, or refused with handling=strict', async () => {
  assert.equal((await bundleOf('Patient?colour=blue')).total, 1);
  for (const query of [
    'Patient?colour=blue',
    'Patient?_include=Patient:colour',
    'Patient?_has:Observation:patient:code=1',
  ]) {
    assert.ok(!linkOf(await bundleOf(query), 'self').includes('?'), query);
    assert.equal(await refusal(query, { prefer: 'handling=strict' }), 400, query);
  }
  for (const query of [
    'Observation?date=yesterday',
    'Observation?_count=all',
    'Patient?_summary=yes',
    'Patient?birthdate=ge',
    'Patient?_sort=',
  ]) {
    assert.equal(await refusal(query), 400, query);
  }
  await bundleOf('Patient?_format=json&family=Alvarez', patientTokens, { prefer: 'handling=strict' });
  assert.equal(await refusal('Patient?_format=xml'), 406);
});

test('search-type: a link to a page is opaque, and is refused for a token of another patient or another search', async () => {
  const first = await bundleOf('Observation?patient=maria-alvarez&_count=40');
  const next = linkOf(first, 'next');
  assert.ok(next.startsWith(`${sandbox.fhirBaseUrl}/Observation?_page=`) && !next.includes('maria'));
  const token = new URL(next).searchParams.get('_page');
  const second = await bundleOf(`Observation?_page=${token}`);
  assert.equal(new Set([...idsOf(first), ...idsOf(second)]).size, 80);
  assert.deepEqual(
    idsOf(await bundleOf(linkOf(second, 'previous').slice(sandbox.fhirBaseUrl.length + 1))),
    idsOf(first),
  );
  const noah = await app.signIn({ scope: 'launch/patient patient/*.rs', patient: 'noah-adeyemi' });
  assert.equal(await refusal(`Observation?_page=${token}`, {}, noah), 403);
  for (const query of [
    `Encounter?_page=${token}`,
    `Observation?_page=${token.slice(0, -2)}AA`,
    'Observation?_page=x',
    'Observation?_page=',
  ]) {
    assert.equal(await refusal(query), 400, query);
  }
});

test('$everything: returns the patient, the records, and the practitioners that they name', async () => {
  const path = 'Patient/maria-alvarez/$everything';
  const bundle = await bundleOf(`${path}?_count=200`);
  const types = new Set(bundle.entry.map(({ resource }) => resource.resourceType));
  assert.ok(['Patient', 'Encounter', 'Observation'].every((type) => types.has(type)));
  let ids = idsOf(bundle);
  let url = linkOf(bundle, 'next');
  while (url) {
    const page = await bundleOf(url.slice(sandbox.fhirBaseUrl.length + 1));
    ids = [...ids, ...idsOf(page)];
    url = linkOf(page, 'next');
  }
  assert.equal(new Set(ids).size, bundle.total);
  assert.ok(ids.includes('Practitioner/amara-okafor') && ids.includes('DocumentReference/maria-alvarez-visit-summary'));
  assert.ok(!ids.some((id) => /noah|walter|kenji|Group/.test(id)));
  assert.deepEqual(idsOf(await bundleOf(`${path}?_type=Patient,Practitioner`)), [
    'Patient/maria-alvarez',
    'Practitioner/amara-okafor',
  ]);
  const narrow = await app.signIn({ scope: 'launch/patient patient/Patient.rs patient/Condition.rs' });
  assert.deepEqual(
    new Set((await bundleOf(path, narrow)).entry.map(({ resource }) => resource.resourceType)),
    new Set(['Patient', 'Condition']),
  );
  assert.equal(await refusal('Patient/walter-nowak/$everything'), 403);
  assert.equal(await refusal(`${path}?_since=yesterday`), 400);
  assert.equal(await refusal(`${path}?start=2026-01-01`, { prefer: 'handling=strict' }), 400);
});

test('CORS permits the methods and headers of all interactions', async () => {
  const preflight = await fetch(`${sandbox.fhirBaseUrl}/Observation/1`, {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'PATCH' },
  });
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  for (const [header, values] of [
    ['access-control-allow-methods', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']],
    [
      'access-control-allow-headers',
      ['Authorization', 'Content-Type', 'Prefer', 'If-Match', 'If-None-Match', 'If-None-Exist', 'X-Security-Context'],
    ],
    ['access-control-expose-headers', ['ETag', 'Location', 'Content-Location', 'Last-Modified', 'WWW-Authenticate']],
  ]) {
    const permitted = preflight.headers.get(header).split(', ');
    for (const value of values) assert.ok(permitted.includes(value), `${header}: ${value}`);
  }
});
