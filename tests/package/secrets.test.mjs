// Secrets can be read by name and are not shown anywhere else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createSmartClient } from 'smart-launch';
import { isRevealing, SECRET, startEhr } from './ehr.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

/** Asserts that a value, in whatever way it is shown, shows no secret. */
function assertNoSecret(value, description) {
  const text = [
    inspect(value, { depth: Infinity }),
    inspect(value, { depth: Infinity, showHidden: true, getters: false }),
    JSON.stringify(value),
    String(value),
    JSON.stringify({ ...value }),
    Object.values(value ?? {}).join(),
    JSON.stringify(structuredCloneOrNull(value)),
    value?.stack,
  ].join('\n');
  assert.ok(!isRevealing(text), `${description}: ${text}`);
}

function structuredCloneOrNull(value) {
  try {
    return structuredClone(value);
  } catch {
    return null;
  }
}

test('tokens can be read by name', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  const { tokenResponse } = await signIn(createSmartClient(ehr.options()));
  assert.equal(tokenResponse.access_token, 'canary-access-1');
  assert.equal(tokenResponse.refresh_token, 'canary-refresh-1');
  assert.match(tokenResponse.id_token, /^eyJ/);
  assert.equal(tokenResponse.id_token, ehr.issued[0].id_token);
  assert.equal('refresh_token' in tokenResponse, true);
  assert.deepEqual(Object.keys(tokenResponse).sort(), ['expires_in', 'patient', 'scope', 'token_type']);
});

test('token that the server did not send is undefined', async (t) => {
  const ehr = await startEhr(t, { tokens: { refresh_token: undefined } });
  const session = await signIn(createSmartClient(ehr.options()));
  assert.equal(session.tokenResponse.refresh_token, undefined);
  assert.equal('id_token' in session.tokenResponse, false);
  assert.equal(session.refreshable, false);
});

test('session, state and client show no token', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  const client = createSmartClient(ehr.options());
  const sessions = [await signIn(client), await client.refresh()];
  for (const session of sessions) assertNoSecret(session, 'session');
  assertNoSecret(client.getState(), 'state');
  assertNoSecret(client, 'client');
  assertNoSecret(await client.discover(), 'metadata');
});

test('events show no secret', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  const client = createSmartClient(ehr.options());
  const details = [];
  for (const name of ['signedIn', 'refreshed', 'signedOut', 'error', 'redirecting', 'request']) {
    client.on(name, (detail) => details.push(detail));
  }
  await signIn(client);
  await client.refresh();
  await client.fetch(`Patient?secret=${SECRET}`);
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', ...ehr.tokenResponse() } });
  await assert.rejects(client.refresh());
  ehr.answer('/revoke', { status: 503 });
  await client.logout();
  assert.ok(details.length >= 10);
  for (const detail of details) assertNoSecret(detail, 'event');
});

test('errors show no secret', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  const client = createSmartClient(ehr.options({ timeoutSeconds: 1 }));
  const errors = [];
  const recordError = async (call) =>
    errors.push(
      await call.then(
        () => assert.fail('the call succeeds'),
        (error) => error,
      ),
    );
  const tokens = ehr.tokenResponse();
  for (const response of [
    { status: 400, json: { error: 'invalid_grant', ...tokens } },
    { status: 500, body: JSON.stringify(tokens) },
    { json: { ...tokens, token_type: `${SECRET}-type` } },
    { json: { ...tokens, refresh_token: 7 } },
    { json: { ...tokens, patient: `../${SECRET}` } },
    { body: JSON.stringify(tokens) },
    { body: `${JSON.stringify(tokens)},`, headers: { 'content-type': 'application/json' } },
    { json: tokens, cut: true },
    { json: tokens, stalls: true },
    { redirect: `/elsewhere?token=${SECRET}` },
    { json: { ...tokens, id_token: ehr.idToken({ aud: SECRET }) } },
    { json: { ...tokens, id_token: ehr.idToken({}, { header: { alg: SECRET } }) } },
    { json: { ...tokens, id_token: ehr.idToken({}, { header: { kid: SECRET } }) } },
    { json: { ...tokens, id_token: `${tokens.id_token}A` } },
  ]) {
    ehr.answer('/token', response);
    await recordError(signIn(client));
  }
  const callback = callbackOf(await client.authorize({ navigate: false }));
  for (const invalidCallback of [
    callback.replace('state=', `state=${SECRET}`),
    `${callback}&code=${SECRET}`,
    `${callback}&iss=${SECRET}`,
    `${callback}&access_token=${SECRET}`,
    `code=${SECRET}`,
    SECRET,
  ]) {
    await recordError(client.ready({ callback: invalidCallback }));
  }
  ehr.grant({ expires_in: 0 });
  await signIn(client);
  ehr.answer('/token', { status: 401, json: { error: 'invalid_client' } });
  await recordError(client.getAccessToken());
  await recordError(client.fetch(`https://evil.example/?secret=${SECRET}`));
  await recordError(createSmartClient(ehr.options({ clientId: '', redirectUri: `https://a:${SECRET}@b.example` })).ready());
  await recordError(client.authorize({ navigate: false, launch: `${SECRET}\n` }));
  assert.equal(errors.length, 24);
  for (const error of errors) {
    assert.equal(error.name, 'SmartError');
    assertNoSecret(error, error.code);
  }
});

test('nothing is written to the console', async (t) => {
  const consoleCalls = [];
  for (const method of ['debug', 'error', 'info', 'log', 'trace', 'warn']) {
    t.mock.method(console, method, (...values) => consoleCalls.push(values));
  }
  const ehr = await startEhr(t, { idToken: {}, configuration: { grant_types_supported: 7 } });
  const client = createSmartClient(ehr.options());
  await assert.rejects(client.ready({ callback: 'nonsense' }));
  await signIn(client);
  await client.refresh();
  ehr.answer('/token', { status: 500 });
  await assert.rejects(client.refresh());
  await client.logout();
  assert.deepEqual(consoleCalls, []);
});

test('secrets are never in a URL, nor in a header other than `authorization`', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  const client = createSmartClient(ehr.options());
  await signIn(client);
  await client.refresh();
  await client.fetch('Patient');
  await client.logout();
  for (const { url, headers } of ehr.requests) {
    assert.ok(!isRevealing(url), url);
    assert.equal(headers.referer, undefined);
    assert.equal(headers.cookie, undefined);
    const { authorization, ...otherHeaders } = headers;
    assert.ok(!isRevealing(JSON.stringify(otherHeaders)));
    assert.equal(authorization !== undefined, url.startsWith('/fhir/Patient'));
  }
});

for (const isSignedOut of [false, true]) {
  test(`an error of the FHIR API does not contain the token${isSignedOut ? ', and after a sign-out it has no body' : ''}`, async (t) => {
    const ehr = await startEhr(t);
    const client = createSmartClient(ehr.options());
    await signIn(client);
    ehr.answer('/fhir/Patient', async ({ headers }) => {
      if (isSignedOut) await client.logout();
      return { status: 403, json: { resourceType: 'OperationOutcome', issue: [{ diagnostics: headers.authorization }] } };
    });
    const error = await client.request('Patient').catch((failure) => failure);
    assert.equal(error.code, isSignedOut ? 'signed_out' : 'http_status');
    assert.equal(error.body === undefined, isSignedOut);
    assertNoSecret(error, 'error');
    if (error.body) assertNoSecret(error.body, 'body');
  });
}

test('error for a response that is not JSON does not contain a token in its content type', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const { tokenResponse } = await signIn(client);
  ehr.answer('/fhir/Patient', { headers: { 'content-type': `text/${tokenResponse.access_token}` }, body: 'text' });
  const error = await client.request('Patient').catch((failure) => failure);
  assert.equal(error.code, 'json_invalid');
  assertNoSecret(error, 'error');
});
