/** Documents: a description, and the file in its own media type or as JSON. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { startWithUsers } from '../testing/app.mjs';

const { sandbox, app, patientTokens, clinicianTokens } = await startWithUsers();
after(() => sandbox.close());

const asJson = { headers: { accept: 'application/fhir+json' } };

test('Binary: the file of a sample document is a PDF', async () => {
  const { entry } = await (await app.fhir(patientTokens, 'DocumentReference?type=34108-1')).json();
  assert.equal(entry.length, 1);
  const { url, size, hash, contentType } = entry[0].resource.content[0].attachment;
  const response = await app.fhir(patientTokens, url);
  assert.equal(response.headers.get('content-type'), contentType);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(bytes.length, size);
  assert.equal(createHash('sha1').update(bytes).digest('base64'), hash);
  const text = bytes.toString('latin1');
  assert.match(text, /^%PDF-1\.4\n/);
  assert.match(text, /Maria Elena Alvarez/);
  // The table at the end has the position of each object.
  const start = Number(/startxref\n(\d+)/.exec(text)[1]);
  const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n/gm)].map(([, offset]) => Number(offset));
  assert.deepEqual(
    offsets.map((offset) => text.slice(offset, offset + 7)),
    [1, 2, 3, 4, 5].map((number) => `${number} 0 obj`),
  );
  const json = await (await app.fhir(patientTokens, url, asJson)).json();
  assert.equal(json.data, bytes.toString('base64'));
  assert.equal((await app.fhir(patientTokens, url.replace('maria-alvarez', 'walter-nowak'))).status, 403);
});

test('Binary: is created and replaced in its own media type', async () => {
  const send = (path, method, body, type) =>
    app.fhir(patientTokens, path, { method, body, headers: { 'content-type': type } });
  const bytes = Buffer.from([0, 255, 128, 10]);
  const created = await send('Binary', 'POST', bytes, 'image/png');
  assert.equal(created.status, 201);
  const { id, securityContext, contentType } = await created.json();
  assert.deepEqual([securityContext.reference, contentType], ['Patient/maria-alvarez', 'image/png']);
  assert.deepEqual(Buffer.from(await (await app.fhir(patientTokens, `Binary/${id}`)).arrayBuffer()), bytes);
  assert.equal((await send(`Binary/${id}`, 'PUT', 'a,b', 'text/csv')).status, 200);
  assert.equal(await (await app.fhir(patientTokens, `Binary/${id}`)).text(), 'a,b');
  assert.equal((await send(`Binary/${id}`, 'PUT', '{"a":1}', 'application/json')).status, 200);
  assert.deepEqual(
    await (await app.fhir(patientTokens, `Binary/${id}`, { headers: { accept: 'application/json' } })).json(),
    { a: 1 },
  );
});

test('Binary: belongs to the patient of its security context', async () => {
  const json = (changes) =>
    JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data: 'eA==', ...changes });
  const create = (tokens, body, headers = {}) => app.fhir(tokens, 'Binary', { method: 'POST', body, headers });
  const walter = { reference: 'Patient/walter-nowak' };
  assert.equal((await create(patientTokens, json({ securityContext: walter }))).status, 403);
  const raw = { 'content-type': 'text/plain', 'x-security-context': walter.reference };
  assert.equal((await create(patientTokens, 'x', raw)).status, 403);
  assert.equal((await create(clinicianTokens, 'x', raw)).status, 201);
  assert.equal((await create(clinicianTokens, json({ securityContext: { reference: 'Observation/1' } }))).status, 422);
  for (const malformed of [{ contentType: 'text/html\r\nx: y' }, { contentType: undefined }, { data: '<html>' }]) {
    assert.equal((await create(clinicianTokens, json(malformed))).status, 422, JSON.stringify(malformed));
  }
  const { id } = await (await create(clinicianTokens, json({}))).json();
  assert.equal((await app.fhir(patientTokens, `Binary/${id}`)).status, 403);
});
