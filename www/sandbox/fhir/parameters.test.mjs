import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, sorted } from './parameters.mjs';

const reading = {
  resourceType: 'Observation',
  id: 'one',
  status: 'final',
  category: [{ coding: [{ system: 'http://cat', code: 'vital-signs' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: 'Patient/zoe' },
  effectiveDateTime: '2024-05-17T09:30:00Z',
};
/** @param {string} name @param {string} value @param {object} [resource] */
const meets = (name, value, resource = reading) => matches(resource, [[name, value]]);

test('a token matches by code, by system and code, by system alone, or as one of several', () => {
  for (const value of ['8867-4', 'http://loinc.org|8867-4', 'http://loinc.org|', 'other,8867-4'])
    assert.ok(meets('code', value), value);
  for (const value of ['8867', '|8867-4', 'http://other|8867-4', '']) assert.ok(!meets('code', value), value);
});

test('a reference matches by id, by type and id, or by URL', () => {
  for (const value of ['zoe', 'Patient/zoe', 'http://localhost/fhir/Patient/zoe', 'noah,zoe'])
    assert.ok(meets('patient', value), value);
  for (const value of ['zo', 'Practitioner/zoe', 'Patient/noah']) assert.ok(!meets('patient', value), value);
});

test('a date is compared at the precision of the parameter', () => {
  for (const value of ['2024-05-17', '2024', 'ge2024-05-17', 'le2024-05-17', 'lt2024-05-18', 'gt2024-04', 'ne2023'])
    assert.ok(meets('date', value), value);
  for (const value of ['2024-05-16', 'gt2024-05-17', 'lt2024', 'ge2024-05-17T10:00:00Z'])
    assert.ok(!meets('date', value), value);
});

test('a name matches from the beginning of a word, regardless of case and accents', () => {
  const zoe = {
    resourceType: 'Patient',
    id: 'zoe',
    name: [{ text: 'Zoë Nguyễn-Müller', family: 'Nguyễn-Müller', given: ['Zoë'] }],
  };
  for (const value of ['zoe', 'Nguyen', 'müller', 'mull']) assert.ok(meets('name', value, zoe), value);
  assert.ok(!meets('name', 'oe', zoe));
});

test('all parameters have to match, and unknown ones are ignored', () => {
  assert.ok(
    matches(reading, [
      ['code', '8867-4'],
      ['status', 'final'],
      ['colour', 'blue'],
    ]),
  );
  assert.ok(
    !matches(reading, [
      ['code', '8867-4'],
      ['status', 'amended'],
    ]),
  );
});

test('resources are sorted by date in both directions', () => {
  const later = { ...reading, id: 'two', effectiveDateTime: '2024-06-01T00:00:00Z' };
  assert.deepEqual(
    sorted([later, reading], 'date').map(({ id }) => id),
    ['one', 'two'],
  );
  assert.deepEqual(
    sorted([reading, later], '-date').map(({ id }) => id),
    ['two', 'one'],
  );
});
