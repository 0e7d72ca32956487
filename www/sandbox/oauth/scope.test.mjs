import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clinicalScope, isKnownScope, scopeList } from './scope.mjs';

test('version 1 permissions equal letters of version 2', () => {
  assert.equal(clinicalScope('patient/*.read').permissions, 'rs');
  assert.equal(clinicalScope('user/Observation.write').permissions, 'cud');
  assert.equal(clinicalScope('patient/Patient.*').permissions, 'cruds');
});

test('version 2 permissions are one or more different letters in order', () => {
  assert.equal(clinicalScope('patient/Observation.crs').permissions, 'crs');
  for (const scope of [
    'patient/Observation.sr',
    'patient/Observation.rr',
    'patient/Observation.',
    'patient/Observation.x',
  ]) {
    assert.equal(clinicalScope(scope), undefined, scope);
  }
});

test('a query restricts a version 2 scope, and is not allowed in version 1', () => {
  const { query, type } = clinicalScope('patient/Observation.rs?category=http://x|laboratory&status=final');
  assert.equal(type, 'Observation');
  assert.deepEqual(query, [
    ['category', 'http://x|laboratory'],
    ['status', 'final'],
  ]);
  assert.equal(clinicalScope('patient/Observation.read?category=laboratory'), undefined);
  assert.equal(clinicalScope('patient/Observation.rs?'), undefined);
});

test('a scope is known only if its level and type are those of a SMART scope for users', () => {
  for (const scope of [
    'system/*.rs',
    'patient/observation.rs',
    'patient/.rs',
    'patient/Obs-1.rs',
    'xpatient/*.rs',
    'patient/*.rs\n',
  ]) {
    assert.equal(isKnownScope(scope), false, scope);
  }
  for (const scope of ['openid', 'launch/patient', 'online_access', 'user/*.cruds', 'patient/CarePlan.r']) {
    assert.equal(isKnownScope(scope), true, scope);
  }
});

test('a scope that is requested twice counts once', () => {
  assert.deepEqual(scopeList('openid  launch openid'), ['openid', 'launch']);
  assert.deepEqual(scopeList(undefined), []);
});
