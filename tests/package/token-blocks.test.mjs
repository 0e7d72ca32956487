// Building blocks after the authorization code: token requests and responses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodeTokenRequest, createRefreshTokenRequest, readTokenResponse } from 'smart-launch';
import { startEhr } from './ehr.mjs';

const readResponse = (body, changes = {}) =>
  readTokenResponse({ status: 200, contentType: 'application/json', body: JSON.stringify(body), ...changes });
const TOKENS = { access_token: 'a', token_type: 'Bearer' };

test('token requests can be passed to fetch', async (t) => {
  const ehr = await startEhr(t);
  const tokenEndpoint = new URL(ehr.document.token_endpoint);
  const common = { tokenEndpoint, clientId: 'app', allowInsecureLoopback: true };
  const codeRequest = await createCodeTokenRequest({
    ...common,
    code: 'c d',
    redirectUri: 'https://app.example/back',
    codeVerifier: 'v',
  });
  assert.deepEqual(codeRequest, {
    url: ehr.document.token_endpoint,
    init: {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'client_id=app&code=c%20d&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example%2Fback&code_verifier=v',
      redirect: 'manual',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    },
  });
  const refreshRequest = await createRefreshTokenRequest({ ...common, refreshToken: 'r', scope: 'patient/*.rs' });
  const response = await fetch(refreshRequest.url, refreshRequest.init);
  const tokens = await readTokenResponse({
    status: response.status,
    contentType: response.headers.get('content-type'),
    body: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  });
  assert.equal(tokens.accessToken, 'canary-access-1');
  assert.deepEqual(Object.fromEntries(ehr.requests[0].fields), {
    client_id: 'app',
    grant_type: 'refresh_token',
    refresh_token: 'r',
    scope: 'patient/*.rs',
  });
  await assert.rejects(createCodeTokenRequest({ ...common, code: 'c' }), { code: 'config_invalid' });
  await assert.rejects(createRefreshTokenRequest({ ...common, allowInsecureLoopback: false, refreshToken: 'r' }), {
    code: 'endpoint_scheme',
  });
});

test('readTokenResponse: each member by name, null for missing ones', async () => {
  const tokens = await readResponse({
    ...TOKENS,
    refresh_token: 'r',
    expires_in: '60',
    scope: 'a b',
    patient: 'p',
    tenant: 't',
    own: [1],
  });
  assert.deepEqual(tokens, {
    accessToken: 'a',
    refreshToken: 'r',
    idToken: null,
    expiresIn: 60,
    scopes: ['a', 'b'],
    patient: 'p',
    encounter: null,
    fhirContext: [],
    intent: null,
    needPatientBanner: null,
    smartStyleUrl: null,
    tenant: 't',
    warnings: [],
    tokenResponse: { token_type: 'Bearer', expires_in: '60', scope: 'a b', patient: 'p', tenant: 't', own: [1] },
  });
  assert.ok(Object.isFrozen(tokens) && Object.isFrozen(tokens.tokenResponse.own));
  assert.equal((await readResponse(TOKENS)).scopes, null);
  assert.deepEqual((await readResponse({ ...TOKENS, scope: '' })).scopes, []);
});

test('readTokenResponse: refuses invalid responses', async () => {
  const refusals = [
    [{ error: 'invalid_grant', error_description: 'expired' }, { status: 400 }, { code: 'token_refused', status: 400 }],
    [{}, { status: 500 }, { code: 'http_status', status: 500, retryable: true }],
    [TOKENS, { contentType: 'text/html' }, { code: 'content_type' }],
    [TOKENS, { contentType: null }, { code: 'content_type' }],
    [TOKENS, { body: '{' }, { code: 'json_invalid' }],
    [TOKENS, { status: 302 }, { code: 'redirected' }],
    [TOKENS, { status: 0 }, { code: 'redirected' }],
    [{ token_type: 'Bearer' }, {}, { code: 'token_response_invalid' }],
    [{ ...TOKENS, token_type: 'mac' }, {}, { code: 'token_type_unsupported' }],
    [{ ...TOKENS, patient: '../..' }, {}, { code: 'launch_context_invalid' }],
    [{ ...TOKENS, expires_in: 'soon' }, { strict: true }, { code: 'token_response_invalid' }],
  ];
  for (const [body, changes, expected] of refusals) await assert.rejects(readResponse(body, changes), expected);
});

test('readTokenResponse: `retryAfterSeconds` of the error is Retry-After, at most 300', async () => {
  const readWithRetryAfter = (retryAfter) => readResponse({}, { status: 503, retryAfter });
  await assert.rejects(readWithRetryAfter('120'), { retryAfterSeconds: 120 });
  await assert.rejects(readWithRetryAfter('100000'), { retryAfterSeconds: 300 });
  await assert.rejects(readWithRetryAfter(new Date(Date.now() - 5_000).toUTCString()), { retryAfterSeconds: 0 });
  for (const value of [null, undefined, 'soon', '-1']) {
    await assert.rejects(readWithRetryAfter(value), (error) => !('retryAfterSeconds' in error));
  }
});
