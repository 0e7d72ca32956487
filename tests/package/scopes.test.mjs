// Granted scopes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient, normalizeScope, scopeCovers } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

async function signInWith(test, scope, requestedScope = scope) {
  const ehr = await startEhr(test, { tokens: { scope } });
  return signIn(createSmartClient(ehr.options({ scope: requestedScope })));
}

test('can() is true only for scopes that the granted scopes cover', async (t) => {
  const session = await signInWith(t, 'launch/patient patient/*.rs patient/Observation.cud user/Patient.read');
  for (const scope of ['patient/Observation.rs', 'patient/Observation.cruds', 'user/Patient.rs', 'launch/patient']) {
    assert.equal(session.can(scope), true, scope);
  }
  for (const scope of ['patient/Condition.c', 'user/Observation.r', 'system/*.rs', 'openid', 'nonsense', 'patient/*.sr']) {
    assert.equal(session.can(scope), false, scope);
  }
  assert.equal(session.can('patient/Observation.r', 'user/Patient.s'), true);
  assert.equal(session.can('patient/Observation.r', 'user/Patient.c'), false);
});

test('session can be copied as data, without `can`', async (t) => {
  const session = await signInWith(t, 'patient/*.rs');
  assert.ok(!Object.keys(session).includes('can'));
  assert.deepEqual(structuredClone({ ...session }).scopes, ['patient/*.rs']);
});

test('scopesNotGranted has the requested scopes that the granted scopes do not cover', async (t) => {
  const session = await signInWith(t, 'patient/*.cruds', 'patient/Observation.read patient/Condition.rs openid');
  assert.deepEqual(session.scopesNotGranted, ['openid']);
});

test('can() throws config_invalid for arguments that are not strings', async (t) => {
  const session = await signInWith(t, 'patient/*.rs');
  for (const value of [undefined, null, 5, ['patient/Observation.rs'], {}, Symbol('scope')]) {
    assert.throws(() => session.can(value), { name: 'SmartError', code: 'config_invalid' });
    assert.throws(() => session.can('patient/Observation.r', value), { name: 'SmartError', code: 'config_invalid' });
  }
});

test('scopeCovers() rejects with config_invalid for arguments that are not strings', async () => {
  for (const value of [undefined, null, 5, ['patient/Observation.rs']]) {
    await assert.rejects(scopeCovers('patient/*.rs', value), { name: 'SmartError', code: 'config_invalid' });
    await assert.rejects(scopeCovers(value, ''), { name: 'SmartError', code: 'config_invalid' });
  }
});

test('openid and fhirUser are not in scopesNotGranted if an ID token has a fhirUser, but can("openid") is false', async (t) => {
  const ehr = await startEhr(t, { idToken: {}, tokens: { scope: 'patient/*.rs' } });
  const scope = 'openid fhirUser launch/patient patient/*.rs';
  const session = await signIn(createSmartClient(ehr.options({ scope })));
  assert.deepEqual([session.scopes, session.scopesNotGranted], [['patient/*.rs'], ['launch/patient']]);
  assert.equal(session.can('openid'), false);
});

test('malformed scope is config_invalid before a request is sent', async (t) => {
  const ehr = await startEhr(t);
  for (const scope of ['patient/Observation.sr', 'patient/Observation.', 'patient/observation.rs', 'launch/Patient']) {
    await assert.rejects(createSmartClient(ehr.options({ scope })).authorize({ navigate: false }), (error) => {
      assert.equal(error.code, 'config_invalid');
      return error.message.includes(scope);
    });
  }
  assert.equal(ehr.requests.length, 0);
});

test('token is sent to the locations in authorization_details, and not elsewhere', async (t) => {
  const ehr = await startEhr(t, { tokens: {} });
  const location = `${ehr.origin}/imaging`;
  ehr.grant({
    authorization_details: [
      { type: 'smart_on_fhir', locations: [location], fhirVersions: ['4.0.1'], patient: 'other-zoe' },
    ],
  });
  ehr.answer('/imaging/ImagingStudy/1', { json: { resourceType: 'ImagingStudy' } });
  const client = createSmartClient(ehr.options());
  const session = await signIn(client);
  assert.deepEqual(session.authorizationDetails, [
    { patient: 'other-zoe', scope: ehr.issued[0].scope, locations: [location], fhirVersions: ['4.0.1'] },
  ]);
  assert.equal(session.patient, 'zoe');
  assert.equal((await client.request(`${location}/ImagingStudy/1`)).resourceType, 'ImagingStudy');
  const [{ headers }] = ehr.requestsTo('/imaging/ImagingStudy/1');
  assert.match(headers.authorization, /^Bearer canary-access/);
  await assert.rejects(client.fetch(`${ehr.origin}/elsewhere`), { code: 'origin_not_allowed' });
});

test('scopes are normalised and compared without a session', async () => {
  assert.equal(await normalizeScope('patient/Observation.s patient/Observation.r'), 'patient/Observation.rs');
  await assert.rejects(normalizeScope('patient/Observation.sr'), { code: 'config_invalid' });
  assert.equal(await scopeCovers('user/*.read', 'user/Patient.rs'), true);
  assert.equal(await scopeCovers('user/*.read?x=y', 'user/Patient.rs'), false);
});
