/** Confidential clients and clients without a user: how they authenticate, and which assertions are refused. */

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startSandbox } from './sandbox.mjs';
import { dpopProof, registration, testApp } from './testing/app.mjs';
import { formData } from './user/browser.mjs';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwks = { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES384', use: 'sig' }] };
const JKU = 'https://app.example/jwks.json';

/** @type {import('./sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  sandbox = await startSandbox({
    apps: [
      registration('with-secret', { secret: 'a-secret' }),
      registration('with-key', { jwks }),
      { clientId: 'nightly', backend: true, jwks, jku: JKU },
    ],
  });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

/** @param {Record<string, unknown>} [claims] @param {Record<string, unknown>} [header] */
function assertion(claims = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const defaults = { iss: 'nightly', sub: 'nightly', aud: app.server.token_endpoint, exp: now + 240, jti: randomUUID() };
  const parts = [{ alg: 'ES384', kid: 'k', typ: 'JWT', ...header }, { ...defaults, ...claims }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const key = { key: pair.privateKey, dsaEncoding: /** @type {const} */ ('ieee-p1363') };
  return `${text}.${sign('sha384', Buffer.from(text), key).toString('base64url')}`;
}

/** @param {string} jwt @param {Record<string, string>} [changes] @param {Record<string, string>} [headers] */
function request(jwt, changes = {}, headers = {}) {
  const form = {
    grant_type: 'client_credentials',
    scope: 'system/*.rs',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: jwt,
    ...changes,
  };
  return app.post(app.server.token_endpoint, form, headers);
}

test('client without a user gets a token for its system scopes', async () => {
  const response = await request(assertion({}, { jku: JKU }), { scope: 'system/Patient.rs' });
  const tokens = await response.json();
  assert.deepEqual([response.status, tokens.scope, tokens.expires_in], [200, 'system/Patient.rs', 300]);
  assert.equal(tokens.refresh_token, undefined);
  const patients = await (await app.fhir(tokens, 'Patient')).json();
  assert.ok(patients.entry.length > 1, 'the token reads several patients');
  const refused = await app.fhir(tokens, 'Observation?patient=zoe-nguyen-mueller');
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get('www-authenticate') ?? '', / scope="system\/Observation\.s"/);
});

test('client without a user: scopes of users, or no scopes, are refused with invalid_scope', async () => {
  for (const scope of ['patient/*.rs', 'system/*.rs openid', '']) {
    const response = await request(assertion(), { scope });
    assert.deepEqual([response.status, (await response.json()).error], [400, 'invalid_scope'], scope);
  }
});

test('client without a user: a token that is bound to a key needs a proof at the FHIR API', async () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const dpop = dpopProof(key, { htm: 'POST', htu: app.server.token_endpoint });
  const tokens = await (await request(assertion(), {}, { dpop })).json();
  assert.equal(tokens.token_type, 'DPoP');

  const url = `${sandbox.fhirBaseUrl}/Patient`;
  const ath = createHash('sha256').update(tokens.access_token).digest('base64url');
  const proof = dpopProof(key, { htm: 'GET', htu: url, ath });
  const authorization = `DPoP ${tokens.access_token}`;
  const statusOf = async (/** @type {Record<string, string>} */ headers) => (await fetch(url, { headers })).status;
  assert.equal(await statusOf({ authorization: `Bearer ${tokens.access_token}` }), 401, 'as a bearer token');
  assert.equal(await statusOf({ authorization }), 401, 'no proof');
  assert.equal(await statusOf({ authorization, dpop: proof }), 200);

  const unbound = await (await request(assertion())).json();
  const unboundProof = { htm: 'GET', htu: url, ath: createHash('sha256').update(unbound.access_token).digest('base64url') };
  const headers = { authorization: `DPoP ${unbound.access_token}`, dpop: dpopProof(key, unboundProof) };
  assert.equal(await statusOf(headers), 401, 'a token without a key, with a proof');
});

test('an assertion is accepted only once', async () => {
  const jwt = assertion();
  assert.equal((await request(jwt)).status, 200);
  assert.deepEqual(await refusalOf(request(jwt)), [401, 'invalid_client']);
});

test('an assertion that the specification does not permit is refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  for (const [claims, header] of [
    [{ exp: now + 400 }, {}],
    [{ exp: now - 60 }, {}],
    [{ aud: sandbox.origin }, {}],
    [{ aud: [app.server.token_endpoint] }, {}],
    [{ sub: 'with-key' }, {}],
    [{ jti: undefined }, {}],
    [{}, { kid: undefined }],
    [{}, { kid: 'another' }],
    [{}, { typ: undefined }],
    [{}, { jku: 'https://other.example/jwks.json' }],
    [{}, { alg: 'none' }],
  ]) {
    assert.deepEqual(await refusalOf(request(assertion(claims, header))), [401, 'invalid_client'], JSON.stringify([claims, header]));
  }
});

test('the response to a refused client has the reason and the ids of its keys, and the start page lists the client', async () => {
  const descriptionOf = async (/** @type {Promise<Response>} */ response) => (await (await response).json()).error_description;
  const unknownKey = await descriptionOf(request(assertion({}, { kid: 'another' })));
  assert.match(unknownKey, /`nightly` has no key with the `kid` "another"; its keys are k$/);
  assert.match(await descriptionOf(request(assertion({ aud: sandbox.origin }))), /`aud` must be .*\/token/);
  const page = await (await fetch(`${sandbox.origin}/`)).text();
  assert.match(page, /<code>nightly<\/code>[^]*<code>k<\/code>/);
});

test('code of a confidential app is exchanged only with its secret', async () => {
  const request = app.authorizationRequest({ client_id: 'with-secret' });
  const { redirect } = await app.authorize(request);
  const form = {
    grant_type: 'authorization_code',
    code: String(redirect?.searchParams.get('code')),
    redirect_uri: String(request.parameters.redirect_uri),
    code_verifier: request.verifier,
  };
  assert.deepEqual(await refusalOf(app.post(app.server.token_endpoint, { ...form, client_id: 'with-secret' })), [401, 'invalid_client']);
  const authorization = `Basic ${Buffer.from('with-secret:a-secret').toString('base64')}`;
  const response = await fetch(app.server.token_endpoint, { method: 'POST', headers: { authorization }, body: formData(form) });
  assert.equal(response.status, 200);
});

/** @param {Promise<Response>} pendingResponse */
async function refusalOf(pendingResponse) {
  const response = await pendingResponse;
  return [response.status, (await response.json()).error];
}
