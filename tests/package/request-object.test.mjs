// Signed authorization requests (RFC 9101) of confidential clients.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createConfidentialClient, createRequestObject } from 'smart-launch/confidential';
import { toNode } from 'smart-launch/server';
import { CLIENT_SECRET, isSigned, jwkOf, pemOf, read } from './authenticating.mjs';
import { SCOPE, startEhr } from './ehr.mjs';
import { createBrowser, startApp } from './server-app.mjs';
import { callbackOf, parametersOf } from './sign-in.mjs';

const ISSUER = 'https://ehr.example';
const AUTHORIZE = 'https://ehr.example/authorize';
const REQUEST = { url: `${AUTHORIZE}?client_id=portal&response_type=code&state=a%20b` };

/** @param {object} [changes] @returns {Parameters<typeof createRequestObject>[0]} */
const input = (changes = {}) => ({
  request: REQUEST,
  authorizationEndpoint: AUTHORIZE,
  issuer: ISSUER,
  clientId: 'portal',
  clientAuth: { key: pemOf('ES384'), keyId: 'k' },
  ...changes,
});

test('request of a client becomes a signed token with the same parameters', async (t) => {
  const ehr = await startEhr(t);
  for (const authorizeMethod of /** @type {const} */ (['GET', 'POST'])) {
    const clientAuth = { key: pemOf('RS384'), keyId: 'k' };
    const client = createConfidentialClient(ehr.options({ clientAuth, authorizeMethod, scope: `openid ${SCOPE}` }));
    const request = await client.authorize({ navigate: false });
    const { authorization_endpoint: authorizationEndpoint } = ehr.document;
    const options = { request, authorizationEndpoint, issuer: ehr.origin, clientId: 'growth-chart', clientAuth };
    const { url, requestObject } = await createRequestObject({ ...options, allowInsecureLoopback: true });
    assert.equal(url, `${authorizationEndpoint}?client_id=growth-chart&request=${requestObject}`);
    assert.ok(isSigned(requestObject));
    const { header, claims } = read(requestObject);
    assert.deepEqual(header, { alg: 'RS384', kid: 'k', typ: 'oauth-authz-req+jwt' });
    const { iss, aud, exp, iat, jti, resource, ...parameters } = claims;
    assert.deepEqual([iss, aud, exp - iat], ['growth-chart', ehr.origin, 240]);
    assert.ok(Math.abs(iat - Date.now() / 1_000) < 60);
    assert.equal(jti.length, 43);
    const { aud: base, ...sentParameters } = parametersOf(request);
    assert.deepEqual([parameters, resource, base], [sentParameters, ehr.fhirBaseUrl, ehr.fhirBaseUrl]);
    assert.equal('sub' in claims, false);
  }
});

/** The parameters of a request whose URL has only the client id and a signed token. @param {{ url: string }} request */
function signedParameters({ url }) {
  const { searchParams } = new URL(url);
  assert.deepEqual([...searchParams.keys()], ['client_id', 'request']);
  const token = String(searchParams.get('request'));
  assert.ok(isSigned(token));
  return read(token).claims;
}

/** The callback for a request with these claims. @param {Record<string, any>} claims */
const callbackFor = (claims) => callbackOf({ method: 'POST', fields: Object.entries(claims) });

test('requestObject: the sign-in is sent as a signed token for the issuer of the metadata, and completes', async (t) => {
  const ehr = await startEhr(t, { idToken: {} });
  for (const alg of /** @type {const} */ (['RS384', 'ES384'])) {
    const clientAuth = { key: pemOf(alg), keyId: 'k' };
    const client = createConfidentialClient(ehr.options({ clientAuth, requestObject: true, scope: `openid ${SCOPE}` }));
    const request = await client.authorize({ navigate: false, authorizationParams: { max_age: '60', acr_values: '3' } });
    if (request.method !== 'GET') throw new Error('the request is not a GET');
    const claims = signedParameters(request);
    const { iss, aud, resource, client_id, response_type, code_challenge_method, state, max_age, acr_values, exp, iat } = claims;
    assert.deepEqual([iss, aud, resource, client_id], ['growth-chart', ehr.origin, ehr.fhirBaseUrl, 'growth-chart']);
    assert.deepEqual([response_type, code_challenge_method, state], ['code', 'S256', request.state]);
    assert.deepEqual([max_age, acr_values, exp - iat], [60, '3', 240]);
    ehr.grant(() => ({ id_token: ehr.idToken({ auth_time: Math.floor(Date.now() / 1_000) }) }));
    assert.equal((await client.ready({ callback: callbackFor(claims) }))?.patient, 'zoe');
  }
});

test('requestObject: the signed request is pushed if the server requires pushed requests', async (t) => {
  const ehr = await startEhr(t);
  ehr.configure({ pushed_authorization_request_endpoint: `${ehr.origin}/par`, require_pushed_authorization_requests: true });
  ehr.answer('/par', { status: 201, json: { request_uri: 'urn:example:1', expires_in: 60 } });
  const client = createConfidentialClient(ehr.options({ clientAuth: { key: pemOf('ES384'), keyId: 'k' }, requestObject: true }));
  const request = await client.authorize({ navigate: false });
  assert.equal(request.method === 'GET' && new URL(request.url).search, '?client_id=growth-chart&request_uri=urn%3Aexample%3A1');
  const [{ fields }] = ehr.requestsTo('/par');
  assert.deepEqual([...fields.keys()], ['client_id', 'request', 'client_assertion_type', 'client_assertion']);
  const [requestObject, assertion] = ['request', 'client_assertion'].map((name) => String(fields.get(name)));
  assert.ok(isSigned(requestObject) && isSigned(assertion));
  assert.equal('sub' in read(requestObject).claims, false, 'the request object is not an assertion');
});

test('requestObject: the login of createSmartServer sends a signed request, and the sign-in completes', async (t) => {
  const { smart } = await startApp(t, { clientAuth: { key: pemOf('ES384'), keyId: 'k' }, requestObject: true });
  const browser = createBrowser(smart);
  const response = await browser.visit('login');
  const claims = signedParameters({ url: String(response.headers.get('location')) });
  const callbackResponse = await browser.visit(callbackFor(claims), { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.match(String(callbackResponse.headers.get('location')), /smart_session=/);
});

test('requestObject "reference": the server fetches the signed request, and verifies it with the keys at jwks.json', async (t) => {
  const http = createServer((request, response) => void routes(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => (http.close(), http.closeAllConnections()));
  const baseUrl = `http://127.0.0.1:${http.address().port}/auth`;
  const key = { key: pemOf('ES384'), keyId: 'k' };
  const { ehr, smart } = await startApp(t, { baseUrl, clientAuth: key, requestObject: 'reference' });
  const routes = toNode(smart);
  ehr.answer('/authorize', async ({ query }) => {
    assert.deepEqual([...query.keys()], ['client_id', 'request_uri']);
    const requestUri = String(query.get('request_uri'));
    assert.match(requestUri.slice(baseUrl.length), /^\/request\/[\w-]{43}$/);
    const response = await fetch(requestUri);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/oauth-authz-req+jwt');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const token = await response.text();
    const { keys } = await (await fetch(`${baseUrl}/jwks.json`)).json();
    assert.ok(isSigned(token, keys[0]));
    assert.equal(read(token).header.kid, keys[0].kid);
    // If the user reloads the server's page, the server fetches the signed request again.
    assert.equal(await (await fetch(requestUri)).text(), token);
    assert.equal(await (await fetch(`${requestUri}/`)).text(), token);
    return { redirect: callbackFor(read(token).claims) };
  });
  const browser = createBrowser(smart);
  const loginResponse = await browser.visit('login');
  const authorizeResponse = await fetch(String(loginResponse.headers.get('location')), { redirect: 'manual' });
  const callback = String(authorizeResponse.headers.get('location'));
  const callbackResponse = await browser.visit(callback, { headers: { 'sec-fetch-site': 'cross-site' } });
  const { searchParams } = new URL(String(callbackResponse.headers.get('location')));
  assert.equal((await browser.session(String(searchParams.get('smart_session'))))?.patient, 'zoe');
});

test('requestObject "reference": a pushed request contains the token itself, and no request_uri', async (t) => {
  const { ehr, smart } = await startApp(t, { clientAuth: { key: pemOf('ES384'), keyId: 'k' }, requestObject: 'reference' });
  ehr.configure({ pushed_authorization_request_endpoint: `${ehr.origin}/par`, require_pushed_authorization_requests: true });
  ehr.answer('/par', { status: 201, json: { request_uri: 'urn:example:1', expires_in: 60 } });
  const response = await createBrowser(smart).visit('login');
  assert.equal(new URL(String(response.headers.get('location'))).searchParams.get('request_uri'), 'urn:example:1');
  const [{ fields }] = ehr.requestsTo('/par');
  assert.ok(isSigned(String(fields.get('request'))));
  assert.equal(fields.has('request_uri'), false);
});

test('requestObject "reference": createConfidentialClient refuses this value before the user leaves the page', async (t) => {
  const ehr = await startEhr(t);
  const options = ehr.options({ clientAuth: { key: pemOf('ES384'), keyId: 'k' }, requestObject: 'reference' });
  const promise = createConfidentialClient(options).authorize({ navigate: false });
  await assert.rejects(promise, (error) => error.code === 'config_invalid' && /only `createSmartServer`/.test(error.message));
});

test('requestObject: config_invalid before the navigation, if the client or the server cannot use signed requests', async (t) => {
  const key = { key: pemOf('ES384'), keyId: 'k' };
  /** @type {[object, object, RegExp][]} */
  const cases = [
    [{}, { clientAuth: undefined }, /`requestObject` needs `clientAuth`/],
    [{}, { clientAuth: { secret: CLIENT_SECRET } }, /`clientAuth` has no key/],
    [{ issuer: undefined }, {}, /set `issuer`/],
    [{ request_parameter_supported: false }, {}, /request_parameter_supported/],
    [{ request_object_signing_alg_values_supported: ['RS256'] }, {}, /request_object_signing_alg_values_supported/],
  ];
  for (const [configuration, options, message] of cases) {
    const ehr = await startEhr(t, { configuration });
    const client = createConfidentialClient(ehr.options({ clientAuth: key, requestObject: true, ...options }));
    await assert.rejects(client.authorize({ navigate: false }), (error) => error.code === 'config_invalid' && message.test(error.message));
  }
});

test('each token has its own id', async () => {
  const [first, second] = await Promise.all([createRequestObject(input()), createRequestObject(input())]);
  assert.notEqual(read(first.requestObject).claims.jti, read(second.requestObject).claims.jti);
});

test('parameters are decoded, and the endpoint’s own query stays in the URL', async () => {
  const authorizationEndpoint = `${AUTHORIZE}?tenant=1`;
  const request = { url: `${authorizationEndpoint}&client_id=portal&state=a%20b&scope=x+y` };
  const { url, requestObject } = await createRequestObject(input({ request, authorizationEndpoint }));
  assert.equal(url, `${AUTHORIZE}?tenant=1&client_id=portal&request=${requestObject}`);
  const { aud, client_id, state, scope, tenant } = read(requestObject).claims;
  assert.deepEqual([aud, client_id, state, scope, tenant], [ISSUER, 'portal', 'a b', 'x y', undefined]);
});

test('claim `resource` is the parameter that the app has set, in place of the FHIR base', async () => {
  const request = { fields: Object.entries({ client_id: 'portal', aud: 'https://ehr.example/fhir', resource: 'https://x.example/' }) };
  const { aud, resource } = read((await createRequestObject(input({ request }))).requestObject).claims;
  assert.deepEqual([aud, resource], [ISSUER, 'https://x.example/']);
});

test('claims of the token cannot be set by parameters', async () => {
  const fields = { client_id: 'portal', iss: 'x', exp: '9999999999', iat: '1', jti: 'x', sub: 'x', nbf: '1' };
  const { requestObject } = await createRequestObject(input({ request: { fields: Object.entries(fields) } }));
  const { iss, exp, iat, jti, sub, nbf } = read(requestObject).claims;
  assert.deepEqual([iss, exp - iat, sub, nbf], ['portal', 240, undefined, undefined]);
  assert.equal(jti.length, 43);
});

test('secret signs only with the method client_secret_jwt', async () => {
  const clientAuth = { secret: CLIENT_SECRET, method: 'client_secret_jwt' };
  const { requestObject } = await createRequestObject(input({ clientAuth }));
  assert.equal(read(requestObject).header.alg, 'HS256');
  const basic = createRequestObject(input({ clientAuth: { secret: CLIENT_SECRET } }));
  await assert.rejects(basic, (error) => error.code === 'config_invalid' && /`clientAuth` has no key/.test(error.message));
});

test('wrong input is refused', async () => {
  for (const changes of [
    { request: {} },
    { request: null },
    { request: { url: AUTHORIZE } },
    { request: { url: `${AUTHORIZE}?client_id=another` } },
    { request: { url: `${AUTHORIZE}?client_id=portal&state=%zz` } },
    { request: { fields: [['client_id']] } },
    { request: { url: 'https://other.example/authorize?client_id=portal' } },
    { request: { url: `${AUTHORIZE}/other?client_id=portal` } },
    { request: { action: 'https://other.example/authorize', fields: [['client_id', 'portal']] } },
    { issuer: undefined },
    { clientId: '' },
    { clientAuth: undefined },
    { clientAuth: { key: jwkOf('ES384', { d: undefined }) } },
    { authorizationEndpoint: 'ftp://ehr.example/authorize' },
  ]) {
    const codes = ['config_invalid', 'endpoint_scheme'];
    await assert.rejects(createRequestObject(input(changes)), ({ code }) => codes.includes(code), JSON.stringify(changes));
  }
});
