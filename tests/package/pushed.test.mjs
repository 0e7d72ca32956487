// Pushed authorization requests (RFC 9126).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createPushedAuthorizationRequest,
  createSmartClient,
  readPushedAuthorizationResponse,
} from 'smart-launch';
import { createConfidentialClient, createPushedAuthorizationRequest as createPushed } from 'smart-launch/confidential';
import { startEhr } from './ehr.mjs';

const REFERENCE = 'urn:ietf:params:oauth:request_uri:1';
const PUSHED = { status: 201, json: { request_uri: REFERENCE, expires_in: 60 } };

/** A server that accepts only pushed requests. */
async function startPushing(t, response = PUSHED) {
  const ehr = await startEhr(t);
  ehr.configure({
    pushed_authorization_request_endpoint: `${ehr.origin}/par`,
    require_pushed_authorization_requests: true,
  });
  ehr.answer('/par', response);
  return ehr;
}

test('request is pushed once per sign-in, and the URL has only the client id and the reference', async (t) => {
  const ehr = await startPushing(t);
  const client = createSmartClient(ehr.options());
  for (const count of [1, 2]) {
    const { method, url } = await client.authorize({ navigate: false });
    assert.equal(method, 'GET');
    const query = new URL(url).searchParams;
    assert.deepEqual([...query.keys()], ['client_id', 'request_uri']);
    assert.equal(query.get('request_uri'), REFERENCE);
    assert.equal(ehr.requestsTo('/par').length, count);
  }
  const [{ method, headers, fields }] = ehr.requestsTo('/par');
  assert.deepEqual([method, headers['content-type']], ['POST', 'application/x-www-form-urlencoded']);
  assert.deepEqual(
    ['response_type', 'client_id', 'aud', 'resource'].map((name) => fields.getAll(name)),
    [['code'], [ehr.options().clientId], [ehr.fhirBaseUrl], [ehr.fhirBaseUrl]],
  );
  assert.equal(fields.has('request_uri'), false);
});

test('failed pushed request: the error has a code, the purpose and the URL, and the next call pushes again', async (t) => {
  const ehr = await startPushing(t);
  const client = createSmartClient(ehr.options());
  for (const [response, code] of [
    [{ status: 400, json: { error: 'invalid_request' } }, 'authorization_refused'],
    [{ status: 201, json: {} }, 'par_response_invalid'],
    [{ status: 201, body: '<html>' }, 'json_invalid'],
    [{ status: 413 }, 'http_status'],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'http_status'],
    [{ redirect: '/elsewhere' }, 'redirected'],
    [{ size: 5_000_000 }, 'body_too_large'],
    [{ cut: true, body: '{' }, 'network'],
  ]) {
    ehr.answer('/par', response);
    const error = await client.authorize({ navigate: false }).catch((error) => error);
    assert.deepEqual([error.code, error.purpose, error.url], [code, 'pushed', `${ehr.origin}/par`]);
    if (code === 'network') assert.match(error.hint, /CORS/);
    if (response.status === 429) assert.equal(error.retryAfterSeconds, 7);
  }
  ehr.answer('/par', PUSHED);
  assert.match((await client.authorize({ navigate: false })).url, /request_uri/);
});

test('pushed requests required, but no endpoint stated: par_required, unless the app sets the endpoint', async (t) => {
  const ehr = await startEhr(t);
  ehr.configure({ require_pushed_authorization_requests: true });
  await assert.rejects(createSmartClient(ehr.options()).authorize({ navigate: false }), { code: 'par_required' });
  const client = createSmartClient(ehr.options({ endpoints: { pushedAuthorizationRequestEndpoint: `${ehr.origin}/par` } }));
  ehr.answer('/par', PUSHED);
  assert.match((await client.authorize({ navigate: false })).url, /request_uri/);
});

test('confidential client authenticates its pushed requests', async (t) => {
  const ehr = await startPushing(t);
  const options = ehr.options();
  for (const [method, isAuthenticated] of [
    ['client_secret_basic', ({ headers }) => headers.authorization?.startsWith('Basic ')],
    ['client_secret_post', ({ fields }) => fields.get('client_secret') === 'canary-secret'],
    ['client_secret_jwt', ({ fields }) => fields.has('client_assertion')],
  ]) {
    const client = createConfidentialClient({ ...options, clientAuth: { secret: 'canary-secret', method, basicEncoding: method === 'client_secret_basic' ? 'raw' : undefined } });
    await client.authorize({ navigate: false });
    const request = ehr.requestsTo('/par').at(-1);
    assert.ok(isAuthenticated(request), method);
    assert.deepEqual(request.fields.getAll('client_id'), [options.clientId]);
  }
});

test('building blocks push a request and read the response', async () => {
  const parameters = {
    clientId: 'app',
    redirectUri: 'https://app.example/back',
    scope: 'patient/*.rs',
    aud: 'https://ehr.example/fhir',
    state: 'a-state',
    codeChallenge: 'a-challenge',
    pushedAuthorizationRequestEndpoint: 'https://ehr.example/par',
  };
  const { url, init } = await createPushedAuthorizationRequest(parameters);
  assert.deepEqual([url, init.method], ['https://ehr.example/par', 'POST']);
  const fields = new URLSearchParams(init.body);
  assert.deepEqual([fields.get('client_id'), fields.get('resource')], ['app', 'https://ehr.example/fhir']);
  const confidential = await createPushed({ ...parameters, clientAuth: { secret: 'canary' } });
  assert.match(confidential.init.headers.authorization, /^Basic /);
  const response = { authorizationEndpoint: 'https://ehr.example/authorize', clientId: 'app', state: 'a-state', status: 201 };
  assert.deepEqual(await readPushedAuthorizationResponse({ ...response, body: JSON.stringify(PUSHED.json) }), {
    method: 'GET',
    url: `https://ehr.example/authorize?client_id=app&request_uri=${encodeURIComponent(REFERENCE)}`,
    state: 'a-state',
  });
  await assert.rejects(readPushedAuthorizationResponse({ ...response, body: '{}' }), { code: 'par_response_invalid' });
  await assert.rejects(readPushedAuthorizationResponse({ ...response, status: 302, body: '' }), { code: 'redirected' });
});
