// Dynamic client registration, and management of the registration.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { SmartError } from 'smart-launch';
import { createBackendClient, publicJwks } from 'smart-launch/confidential';
import { deleteClient, readClient, registerClient, updateClient } from 'smart-launch/registration';
import { jwkOf, pemOf } from './authenticating.mjs';
import { startServer } from './scripted-server.mjs';

const SECRETS = ['canary-client-secret', 'canary-management-token', 'canary-initial-token', 'canary-next-token'];
const METADATA = { redirect_uris: ['https://app.example/'], scope: 'launch patient/*.rs' };

/** A server with a registration endpoint. */
async function startRegistrar(t) {
  const server = await startServer(t);
  const { origin } = server;
  const uri = `${origin}/register/app-1`;
  const registrationResponse = (changes = {}) => ({
    client_id: 'app-1',
    client_secret: 'canary-client-secret',
    client_secret_expires_at: 2_893_276_800,
    client_id_issued_at: 2_893_256_800,
    registration_client_uri: uri,
    registration_access_token: 'canary-management-token',
    ...METADATA,
    ...changes,
  });
  server.answer('/register', { status: 201, json: registrationResponse() });
  server.answer('/fhir/.well-known/smart-configuration', {
    json: {
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      grant_types_supported: ['client_credentials'],
      capabilities: [],
      code_challenge_methods_supported: ['S256'],
    },
  });
  const options = { registrationEndpoint: `${origin}/register`, metadata: METADATA, allowInsecureLoopback: true };
  return { ...server, uri, registrationResponse, options };
}

/** The error of a call; it must not contain a secret. */
async function errorOf(call) {
  const error = await call.then(() => assert.fail('the call succeeds'), (failure) => failure);
  assert.ok(SmartError.is(error), inspect(error));
  const text = `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
  for (const secret of SECRETS) assert.ok(!text.includes(secret), `${secret} in ${text}`);
  return error;
}

test('client is registered with any metadata, and the registered metadata is returned', async (t) => {
  const server = await startRegistrar(t);
  const metadata = { ...METADATA, 'client_name#fr': 'Croissance', extension: { any: [1] }, absent: undefined };
  server.answer('/register', { status: 201, json: server.registrationResponse({ 'client_name#fr': 'Croissance', policy: 'own' }) });
  const client = await registerClient({ ...server.options, initialAccessToken: 'canary-initial-token', metadata });
  const [{ method, headers, body }] = server.requestsTo('/register');
  assert.deepEqual([method, headers['content-type'], headers.accept], ['POST', 'application/json', 'application/json']);
  assert.equal(headers.authorization, 'Bearer canary-initial-token');
  assert.deepEqual(JSON.parse(body), { ...METADATA, 'client_name#fr': 'Croissance', extension: { any: [1] } });
  assert.deepEqual(JSON.parse(JSON.stringify(client)), {
    clientId: 'app-1',
    clientSecret: 'canary-client-secret',
    clientSecretExpiresAt: 2_893_276_800_000,
    clientIdIssuedAt: 2_893_256_800_000,
    registrationClientUri: server.uri,
    registrationAccessToken: 'canary-management-token',
    metadata: { ...METADATA, 'client_name#fr': 'Croissance', policy: 'own' },
    warnings: [],
  });
  assert.ok(Object.isFrozen(client) && Object.isFrozen(client.metadata.redirect_uris));
});

test('endpoint is discovered, and no token is sent if `initialAccessToken` is not set', async (t) => {
  const server = await startRegistrar(t);
  const { metadata, allowInsecureLoopback } = server.options;
  await registerClient({ fhirBaseUrl: new URL(`${server.origin}/fhir`), metadata, allowInsecureLoopback });
  assert.equal(server.requestsTo('/register')[0].headers.authorization, undefined);
});

test('server without a registration endpoint: an error before a registration is sent', async (t) => {
  const server = await startRegistrar(t);
  server.answer('/fhir/.well-known/smart-configuration', {
    json: { token_endpoint: `${server.origin}/token`, capabilities: [], grant_types_supported: [], code_challenge_methods_supported: ['S256'] },
  });
  const { metadata, allowInsecureLoopback } = server.options;
  const { code, message } = await errorOf(registerClient({ fhirBaseUrl: `${server.origin}/fhir`, metadata, allowInsecureLoopback }));
  assert.equal(code, 'discovery_invalid');
  assert.match(message, /registration_endpoint/);
});

test('refusal has the server’s reason, and contains no secret', async (t) => {
  const server = await startRegistrar(t);
  for (const [status, error] of [
    [400, 'invalid_redirect_uri'],
    [400, 'invalid_client_metadata'],
    [400, 'invalid_software_statement'],
    [400, 'unapproved_software_statement'],
    [401, 'invalid_token'],
  ]) {
    const description = `for canary-initial-token: ${error}`;
    server.answer('/register', { status, json: { error, error_description: description } });
    const refusal = await errorOf(registerClient({ ...server.options, initialAccessToken: 'canary-initial-token' }));
    assert.deepEqual([refusal.code, refusal.status, refusal.oauth?.error], ['registration_refused', status, error]);
    assert.deepEqual([refusal.fault, refusal.retryable, refusal.purpose], ['app', false, 'registration']);
    assert.equal(refusal.oauth?.description, undefined);
  }
  server.answer('/register', { status: 401 });
  const { code, message } = await errorOf(registerClient(server.options));
  assert.equal(code, 'registration_refused');
  assert.match(message, /initialAccessToken/);
});

test('changes by the server are warnings; `strict` refuses them and deletes the client', async (t) => {
  const server = await startRegistrar(t);
  const changedResponse = server.registrationResponse({ redirect_uris: ['https://other.example/'], scope: 'launch' });
  server.answer('/register', { status: 201, json: changedResponse });
  const client = await registerClient(server.options);
  assert.deepEqual(client.metadata, { redirect_uris: ['https://other.example/'], scope: 'launch' });
  const codes = client.warnings.map(({ code }) => code);
  assert.deepEqual(codes, ['registered_redirect_uris_differ', 'registered_scope_differs']);
  assert.ok(client.warnings.every(({ message }) => / /.test(message)));
  server.answer('/register/app-1', { status: 204 });
  const { code, warning } = await errorOf(registerClient({ ...server.options, strict: true }));
  assert.deepEqual([code, warning], ['registration_response_invalid', 'registered_redirect_uris_differ']);
  const [{ method, headers }] = server.requestsTo('/register/app-1');
  assert.deepEqual([method, headers.authorization], ['DELETE', 'Bearer canary-management-token']);
});

test('hostile responses are refused', async (t) => {
  const server = await startRegistrar(t);
  for (const [response, code] of [
    [{ status: 201, body: '<html>', headers: { 'content-type': 'text/html' } }, 'content_type'],
    [{ status: 201, body: '{"client_id":', headers: { 'content-type': 'application/json' } }, 'json_invalid'],
    [{ status: 201, json: server.registrationResponse({ client_id: { toString: 'x' } }) }, 'registration_response_invalid'],
    [{ status: 201, json: server.registrationResponse({ client_id: null }) }, 'registration_response_invalid'],
    [{ status: 201, json: server.registrationResponse({ client_secret: 5 }) }, 'registration_response_invalid'],
    [{ status: 201, size: 1_100_000 }, 'body_too_large'],
    [{ redirect: `${server.origin}/elsewhere`, status: 307 }, 'redirected'],
    [{ status: 202, json: {} }, 'http_status'],
    [{ status: 503, headers: { 'retry-after': '7' } }, 'http_status'],
    [{ cut: true, status: 201, json: server.registrationResponse() }, 'network'],
  ]) {
    server.answer('/register', response);
    const error = await errorOf(registerClient({ ...server.options, initialAccessToken: 'canary-initial-token' }));
    assert.equal(error.code, code);
  }
  assert.equal(server.requestsTo('/elsewhere').length, 0);
  server.answer('/register', { stalls: true, status: 201 });
  assert.equal((await errorOf(registerClient({ ...server.options, timeoutSeconds: 1 }))).code, 'timeout');
});

test('management URI of another origin is never used', async (t) => {
  const [server, otherServer] = [await startRegistrar(t), await startServer(t)];
  const json = server.registrationResponse({ registration_client_uri: `${otherServer.origin}/register/app-1` });
  server.answer('/register', { status: 201, json });
  const client = await registerClient(server.options);
  assert.deepEqual([client.registrationClientUri, client.registrationAccessToken], [undefined, undefined]);
  assert.deepEqual(client.warnings.map(({ code }) => code), ['registration_uri_unusable']);
  for (const call of [readClient, updateClient, deleteClient]) {
    const { code, message } = await errorOf(call({ client, allowInsecureLoopback: true, ...(call === updateClient && { metadata: {} }) }));
    assert.equal(code, 'config_invalid');
    assert.match(message, /does not support management/);
  }
  await errorOf(registerClient({ ...server.options, strict: true }));
  assert.equal(otherServer.requests.length, 0);
});

test('registration is read, changed and deleted, also after it was stored as JSON', async (t) => {
  const server = await startRegistrar(t);
  const allowInsecureLoopback = true;
  const client = JSON.parse(JSON.stringify(await registerClient(server.options)));
  server.answer(
    '/register/app-1',
    { json: server.registrationResponse() },
    { json: server.registrationResponse({ client_name: 'New', registration_access_token: 'canary-next-token' }) },
    { status: 204 },
  );
  const currentClient = await readClient({ client, allowInsecureLoopback });
  assert.deepEqual(currentClient, client);
  const metadata = { client_name: 'New', tos_uri: null };
  const updatedClient = await updateClient({ client: currentClient, metadata, allowInsecureLoopback });
  assert.equal(updatedClient.registrationAccessToken, 'canary-next-token');
  await deleteClient({ client: updatedClient, allowInsecureLoopback });
  const requests = server.requestsTo('/register/app-1');
  assert.deepEqual(
    requests.map(({ method, headers }) => [method, headers.authorization]),
    [
      ['GET', 'Bearer canary-management-token'],
      ['PUT', 'Bearer canary-management-token'],
      ['DELETE', 'Bearer canary-next-token'],
    ],
  );
  const expectedBody = { client_id: 'app-1', client_secret: 'canary-client-secret', ...METADATA, client_name: 'New' };
  assert.deepEqual(JSON.parse(requests[1].body), expectedBody);
  assert.equal(requests[0].body + requests[2].body, '');
  assert.equal(requests[2].headers['content-type'], undefined);
});

test('error of a refused management request contains neither secret nor token', async (t) => {
  const server = await startRegistrar(t);
  const client = await registerClient(server.options);
  const manage = () => updateClient({ client, metadata: {}, allowInsecureLoopback: true });
  for (const secret of ['canary-client-secret', 'canary-management-token']) {
    server.answer('/register/app-1', { status: 400, json: { error: 'invalid_client_metadata', error_description: `not ${secret}` } });
    const error = await errorOf(manage());
    assert.deepEqual([error.code, error.oauth], ['registration_refused', { error: 'invalid_client_metadata' }]);
  }
  for (const [status, text] of [[401, /registrationAccessToken/], [403, /does not permit/], [405, /does not support/]]) {
    server.answer('/register/app-1', { status });
    const error = await errorOf(manage());
    assert.deepEqual([error.code, error.status], ['registration_refused', status]);
    assert.match(error.message, text);
  }
  server.answer('/register/app-1', { redirect: `${server.origin}/elsewhere` });
  assert.equal((await errorOf(manage())).code, 'redirected');
  assert.equal(server.requestsTo('/elsewhere').length, 0);
});

test('private key in the metadata is refused before anything is sent', async (t) => {
  const server = await startRegistrar(t);
  const jwks = { keys: [jwkOf('ES384')] };
  const { code, message } = await errorOf(registerClient({ ...server.options, metadata: { jwks } }));
  assert.equal(code, 'config_invalid');
  assert.match(message, /private key/);
  assert.equal(server.requests.length, 0);
  await registerClient({ ...server.options, metadata: { jwks: await publicJwks(pemOf('ES384')) } });
  assert.equal(JSON.parse(server.requests[0].body).jwks.keys[0].d, undefined);
});

test('invalid options are config_invalid, and nothing is sent', async (t) => {
  const server = await startRegistrar(t);
  const circular = {};
  circular.self = circular;
  for (const options of [
    undefined,
    {},
    { ...server.options, metadata: circular },
    { ...server.options, metadata: 'x' },
    { ...server.options, metadata: { client_id: 'mine' } },
    { ...server.options, initialAccessToken: 'a\r\nb' },
    { ...server.options, other: 1 },
  ]) {
    assert.equal((await errorOf(registerClient(options))).code, 'config_invalid');
  }
  for (const options of [undefined, {}, { client: null }, { client: 'x' }, { client: {} }]) {
    for (const call of [readClient, updateClient, deleteClient]) assert.equal((await errorOf(call(options))).code, 'config_invalid');
  }
  assert.equal(server.requests.length, 0);
});

test('secret from a registration authenticates the client', async (t) => {
  const server = await startRegistrar(t);
  const { clientId, clientSecret } = await registerClient(server.options);
  server.answer('/token', { json: { access_token: 'canary-token', token_type: 'bearer', expires_in: 60 } });
  const fhirBaseUrl = `${server.origin}/fhir`;
  const backend = createBackendClient({ fhirBaseUrl, clientId, clientAuth: { secret: clientSecret }, scope: 'system/*.rs', allowInsecureLoopback: true });
  assert.equal(await backend.getAccessToken(), 'canary-token');
});
