// The command `smart-launch doctor` names each wrong set-up, and prints options with which an app signs in.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createCertificate } from './certificate.mjs';
import { clientFromPrintedCode, runDoctorAsJson, runDoctor, runProgram } from './doctor.mjs';
import { REDIRECT_URI, startEhr } from './ehr.mjs';
import { packageDirectory } from './installed.mjs';
import { ATHENA } from './mock-servers/athena.mjs';
import { EPIC } from './mock-servers/epic.mjs';
import { IRIS } from './mock-servers/iris.mjs';
import { MEDPLUM } from './mock-servers/medplum.mjs';
import { OPENEMR } from './mock-servers/openemr.mjs';
import { ORACLE } from './mock-servers/oracle.mjs';
import { startMockServer } from './mock-servers/server.mjs';
import { callbackOf } from './sign-in.mjs';

const APP = ['--client-id', 'growth-chart', '--redirect-uri', REDIRECT_URI];
const CONFIGURATION = '/fhir/.well-known/smart-configuration';
const PAGE = { body: '<!doctype html><title>Sign in</title>', headers: { 'content-type': 'text/html' } };
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

const closedPort = await freePort();

/** A port at which nothing listens. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A server at which an app can sign in, and whose token endpoint accepts one code. */
async function startGoodEhr(t, configuration = {}) {
  const ehr = await startEhr(t, { cors: true, configuration, idToken: {} });
  ehr.answer('/authorize', PAGE);
  ehr.answer('/token', ({ fields }) =>
    fields.get('code') === 'canary-code' ? { json: ehr.tokenResponse() } : { status: 400, json: { error: 'invalid_grant' } },
  );
  return ehr;
}

/** A CapabilityStatement with these endpoints. */
const statement = (authorize, token) => ({
  resourceType: 'CapabilityStatement',
  rest: [
    {
      security: {
        extension: [
          {
            url: OAUTH_URIS,
            extension: [
              { url: 'authorize', valueUri: authorize },
              { url: 'token', valueUri: token },
            ],
          },
        ],
      },
    },
  ],
});

/**
 * Set-ups, each with the expected finding: an error of the server, unless `level` or `fault` says otherwise. If `options` or
 * `printed` is given, the doctor has to print these options, and a client with the printed code has to sign in.
 */
const SET_UPS = {
  'the server permits another origin': {
    change: (ehr) =>
      ehr.answer(CONFIGURATION, {
        json: ehr.document,
        closed: true,
        headers: { 'access-control-allow-origin': 'https://other.example' },
      }),
    finding: {
      check: 'smart-configuration',
      code: 'network',
      seen: /Access-Control-Allow-Origin: https:\/\/other\.example/,
    },
  },
  'no CORS headers at the keys': {
    change: (ehr) => ehr.answer('/jwks', { json: { keys: [] }, closed: true }),
    args: ['--scope', 'openid fhirUser launch/patient patient/*.rs'],
    finding: { check: 'keys', code: 'network', seen: /no `Access-Control-Allow-Origin`/, hint: /endpoints\.jwksUri/ },
  },
  'no CORS headers at the keys, where no ID token is requested': {
    change: (ehr) => ehr.answer('/jwks', { json: { keys: [] }, closed: true }),
    finding: { check: 'keys', level: 'warning', code: 'network' },
    options: { scope: 'launch/patient patient/*.rs' },
  },
  'no key for signatures': {
    change: (ehr) => ehr.publish({ kty: 'RSA', use: 'enc', n: 'AQAB', e: 'AQAB' }),
    args: ['--scope', 'openid launch/patient'],
    finding: { check: 'keys', code: 'id_token_invalid', seen: /1 keys/ },
  },
  'PKCE with `plain` only': {
    configuration: { code_challenge_methods_supported: ['plain'] },
    finding: { check: 'pkce', code: 'pkce_unsupported', seen: /the only method is `plain`/ },
  },
  'PKCE is not mentioned': {
    configuration: { code_challenge_methods_supported: undefined },
    finding: { check: 'pkce', level: 'warning', code: 'pkce_unsupported', hint: /acceptServerWithoutS256/ },
    options: { acceptServerWithoutS256: true },
  },
  'a FHIR base without a server': {
    base: (ehr) => `${ehr.origin}/other`,
    finding: {
      check: 'smart-configuration',
      code: 'http_status',
      fault: 'app',
      message: /HTTP 404/,
      hint: /Check `fhirBaseUrl`/,
    },
  },
  'a FHIR base without a server, and without CORS headers': {
    base: (ehr) => `${ehr.origin}/other`,
    change: (ehr) => ehr.answer('/other/.well-known/smart-configuration', { status: 404, closed: true }),
    finding: {
      check: 'smart-configuration',
      code: 'network',
      fault: 'app',
      seen: /HTTP 404 with no/,
      hint: /Check `fhirBaseUrl`/,
    },
  },
  'HTML instead of a smart-configuration': {
    change: (ehr) => ehr.answer(CONFIGURATION, PAGE),
    finding: {
      check: 'smart-configuration',
      code: 'discovery_invalid',
      message: /is not a smart-configuration: check `fhirBaseUrl`/,
    },
  },
  'a smart-configuration without token endpoint': {
    configuration: { token_endpoint: undefined },
    finding: { check: 'smart-configuration', code: 'discovery_invalid', message: /`token_endpoint`/ },
  },
  'a smart-configuration that is declared as text': {
    change: (ehr) =>
      ehr.answer(CONFIGURATION, { body: JSON.stringify(ehr.document), headers: { 'content-type': 'text/plain' } }),
    finding: { check: 'smart-configuration', level: 'warning', code: 'discovery_content_type' },
    options: {},
  },
  'a FHIR base that is redirected': {
    base: (ehr) => `${ehr.origin}/old`,
    change: (ehr) => ehr.answer('/old/.well-known/smart-configuration', { redirect: CONFIGURATION }),
    finding: { check: 'fhir-base', level: 'warning', code: 'redirected', fault: 'app', seen: /HTTP 302 to \/fhir/ },
    options: {},
  },
  'a FHIR base with a slash at the end': {
    base: (ehr) => `${ehr.fhirBaseUrl}/`,
    finding: { check: 'fhir-base', level: 'warning', fault: 'app', message: /`aud`/ },
    options: {},
  },
  'a FHIR base without https': {
    base: () => 'http://ehr.invalid/fhir',
    finding: { check: 'smart-configuration', code: 'endpoint_scheme', fault: 'app' },
  },
  'a host that does not exist': {
    base: () => 'https://ehr.invalid/fhir',
    finding: { check: 'smart-configuration', code: 'network', fault: /app|network/, seen: /DNS/ },
  },
  'a port at which nothing listens': {
    base: () => `http://127.0.0.1:${closedPort}/fhir`,
    finding: { check: 'smart-configuration', code: 'network', seen: /nothing listens at this host and port/ },
  },
  'no response': {
    change: (ehr) => ehr.answer(CONFIGURATION, { silent: true }),
    finding: { check: 'smart-configuration', code: /timeout|network/, fault: 'network', seen: /no response in time/ },
  },
  'an endless response': {
    change: (ehr) => ehr.answer(CONFIGURATION, { endless: true }),
    finding: { check: 'smart-configuration', code: 'body_too_large' },
  },
  'an issuer whose OpenID configuration names another': {
    change: (ehr) => ehr.answer('/.well-known/openid-configuration', { json: { issuer: 'https://other.example' } }),
    finding: {
      check: 'issuer',
      level: 'warning',
      code: 'discovery_issuer',
      seen: /https:\/\/other\.example instead of http/,
    },
    options: {},
  },
  'an issuer of another server': {
    change: (ehr) =>
      ehr.answer('/.well-known/openid-configuration', {
        json: { issuer: ehr.origin, token_endpoint: `${ehr.origin}/other` },
      }),
    finding: { check: 'issuer', level: 'warning', code: 'discovery_issuer', message: /another token endpoint/ },
    options: {},
  },
  'a token endpoint that redirects': {
    change: (ehr) => ehr.answer('/token', { redirect: '/token/', status: 308 }),
    finding: { check: 'token-endpoint', code: 'redirected', seen: /HTTP 308 to \/token\// },
  },
  'a token endpoint whose errors are not JSON': {
    change: (ehr) => ehr.answer('/token', { status: 400, ...PAGE }),
    finding: { check: 'token-endpoint', level: 'warning', hint: /RFC 6749 §5\.2/, seen: /HTTP 400, text\/html/ },
  },
  'a token endpoint whose errors have no CORS headers': {
    change: (ehr) => ehr.answer('/token', { status: 400, json: { error: 'invalid_grant' }, closed: true }),
    finding: { check: 'token-endpoint', code: 'network', seen: /HTTP 400 with no `Access-Control-Allow-Origin`/ },
  },
  'a token endpoint at another URL': {
    change: (ehr) => ehr.answer('/token', { status: 404 }),
    finding: { check: 'token-endpoint', code: 'http_status', message: /HTTP 404/ },
  },
  'a token endpoint that accepts every code': {
    change: (ehr) => ehr.grant({}),
    finding: { check: 'token-endpoint', message: /issued a token for an invalid code/ },
    args: ['--scope', 'launch/patient patient/*.rs'],
  },
  'a token endpoint that accepts every code, and responds with an invalid ID token': {
    change: (ehr) => ehr.grant({ id_token: 'a.b.c' }),
    finding: { check: 'token-endpoint', message: /issued a token for an invalid code/ },
  },
  'an app that is not registered as a public client': {
    change: (ehr) => ehr.answer('/token', { status: 401, json: { error: 'invalid_client' } }),
    finding: {
      check: 'token-endpoint',
      code: 'token_refused',
      fault: 'app',
      message: /does not accept this app as a public client/,
    },
  },
  'a token endpoint that requires proofs': {
    change: (ehr) => ehr.answer('/token', { status: 400, json: { error: 'use_dpop_nonce' } }),
    finding: { check: 'token-endpoint', level: 'warning', fault: 'app', hint: /smart-launch\/dpop/ },
  },
  'an authorization endpoint at another URL': {
    change: (ehr) => ehr.answer('/authorize', { status: 404, json: {} }),
    finding: { check: 'authorization-endpoint', code: 'http_status', seen: /HTTP 404, application\/json/ },
  },
  'an authorization request that is refused with a page': {
    change: (ehr) => ehr.answer('/authorize', { ...PAGE, status: 400 }),
    finding: { check: 'authorization-endpoint', fault: 'app', hint: /`redirectUri`/ },
  },
  'a scope that the server refuses': {
    change: (ehr) =>
      ehr.answer('/authorize', ({ query }) => ({
        redirect: `${REDIRECT_URI}?error=invalid_scope&state=${query.get('state')}`,
      })),
    finding: { check: 'authorization-endpoint', code: 'authorization_refused', fault: 'app', seen: /invalid_scope/ },
  },
  'pushed requests are required, and there is no endpoint': {
    configuration: { require_pushed_authorization_requests: true },
    finding: { check: 'sign-in', code: 'par_required' },
  },
  'pushed requests are required, and only the OpenID configuration has the endpoint': {
    configuration: { require_pushed_authorization_requests: true },
    change(ehr) {
      const { origin } = ehr;
      const document = {
        issuer: origin,
        token_endpoint: `${origin}/token`,
        pushed_authorization_request_endpoint: `${origin}/par`,
      };
      ehr.answer('/.well-known/openid-configuration', { json: document });
      ehr.answer('/par', { status: 201, json: { request_uri: 'urn:request:1', expires_in: 60 } });
    },
    finding: { check: 'pushed-requests', level: 'note', message: /requires pushed authorization requests/ },
    args: ['--scope', 'launch/patient patient/*.rs'],
    pushed: true,
    printed: (ehr) => ({ endpoints: { pushedAuthorizationRequestEndpoint: `${ehr.origin}/par` } }),
  },
  'a pushed request without CORS headers': {
    configuration: { require_pushed_authorization_requests: true, pushed_authorization_request_endpoint: 'par' },
    change: (ehr) =>
      ehr.answer('/fhir/par', { status: 201, json: { request_uri: 'urn:request:1', expires_in: 60 }, closed: true }),
    finding: { check: 'pushed-requests', code: 'network', seen: /no `Access-Control-Allow-Origin`/ },
  },
  'a FHIR API whose preflight permits the headers `*`, which do not include Authorization': {
    change: (ehr) =>
      ehr.answer('/fhir/Patient/1', {
        status: 204,
        closed: true,
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' },
      }),
    finding: { check: 'fhir-api', code: 'network', seen: /Access-Control-Allow-Headers: \*/ },
  },
  'revocation without CORS headers': {
    change: (ehr) => ehr.answer('/revoke', { closed: true }),
    finding: { check: 'revocation', level: 'warning', code: 'network' },
    options: {},
  },
  'a scope without its capability': {
    args: ['--scope', 'launch/patient patient/Patient.read offline_access'],
    finding: {
      check: 'capabilities',
      level: 'warning',
      fault: 'app',
      message: /`context-standalone-patient`, which the scope `launch\/patient` needs/,
    },
    options: { scope: 'launch/patient patient/Patient.read offline_access' },
  },
  'responses by fragment only': {
    configuration: { response_modes_supported: ['fragment'] },
    finding: { check: 'response-mode', level: 'note', message: /`responseMode` is `fragment`/ },
    options: { responseMode: 'fragment' },
  },
  'proofs by another algorithm': {
    configuration: { dpop_signing_alg_values_supported: ['RS256'] },
    finding: { check: 'dpop', level: 'note', code: 'dpop_unsupported', seen: /RS256/ },
    options: {},
  },
  'a token endpoint that does not permit proofs': {
    configuration: { dpop_signing_alg_values_supported: ['ES256'] },
    change: (ehr) =>
      ehr.answer('/token', {
        status: 400,
        json: { error: 'invalid_grant' },
        closed: true,
        headers: { 'access-control-allow-origin': '*' },
      }),
    finding: { check: 'dpop', level: 'warning', code: 'network', seen: /preflight: HTTP 400/ },
  },
  'another issuer than the one that the app requires': {
    args: ['--issuer', 'https://other.invalid'],
    finding: { check: 'sign-in', code: 'discovery_issuer' },
  },
  'a clock that is wrong': {
    change: (ehr) =>
      ehr.answer(CONFIGURATION, { json: ehr.document, headers: { date: new Date(Date.now() - 600_000).toUTCString() } }),
    finding: { check: 'clock', level: 'warning', code: 'clock_skew', fault: 'browser', message: /(599|60\d) s ahead of/ },
    options: {},
  },
};

describe('finding for each wrong set-up', () => {
  for (const [name, { configuration, change, base, args = [], finding, options, printed, pushed }] of Object.entries(
    SET_UPS,
  )) {
    test(name, async (t) => {
      const ehr = await startGoodEhr(t, configuration);
      change?.(ehr);
      const url = base?.(ehr) ?? ehr.fhirBaseUrl;
      const { level = 'error', fault = level === 'note' ? undefined : 'server', ...members } = finding;
      const allArgs = [url, ...APP, ...args];
      const result = await runDoctorAsJson(allArgs);
      const actual = result.findings.find(({ check, code, message }) => {
        return check === members.check && matches(code, members.code) && matches(message, members.message);
      });
      assert.ok(actual, JSON.stringify(result.findings, null, 1));
      for (const [member, expected] of Object.entries({ level, fault, ...members })) {
        assert.ok(matches(actual[member], expected), `${member}: ${JSON.stringify(actual)}`);
      }
      assert.equal(result.status, level === 'error' ? 1 : 0, JSON.stringify(result.findings));
      const expected = printed?.(ehr) ?? options;
      if (!expected) return;
      const baseOptions =
        ehr.fhirBaseUrl === url.replace(/\/$/, '') || base ? { fhirBaseUrl: ehr.fhirBaseUrl, clientId: 'growth-chart' } : {};
      for (const [option, value] of Object.entries({ ...baseOptions, ...expected }))
        assert.deepEqual(result.options[option], value, option);
      const client = clientFromPrintedCode((await runDoctor(allArgs)).text);
      const request = await client.authorize({ navigate: false });
      // Without `openid` there is no ID token. The parameters of a pushed request are not in the URL.
      if (!result.options.scope.includes('openid')) ehr.grant({ id_token: undefined });
      const callback = pushed ? `${REDIRECT_URI}?code=canary-code&state=${request.state}` : callbackOf(request);
      const callbackInMode = result.options.responseMode === 'fragment' ? callback.replace('?', '#') : callback;
      assert.equal((await client.ready({ callback: callbackInMode })).patient, 'zoe');
    });
  }
});

const matches = (value, expected) =>
  expected instanceof RegExp ? expected.test(value ?? '') : expected === undefined || value === expected;

test('a good server: no errors and no warnings, and a client with the printed options signs in', async (t) => {
  const ehr = await startGoodEhr(t, {
    capabilities: [
      'launch-standalone',
      'client-public',
      'context-standalone-patient',
      'permission-v2',
      'sso-openid-connect',
    ],
  });
  const openid = { issuer: ehr.origin, token_endpoint: `${ehr.origin}/token`, jwks_uri: `${ehr.origin}/jwks` };
  ehr.answer('/.well-known/openid-configuration', { json: openid });
  const { status, text } = await runDoctor([ehr.fhirBaseUrl, ...APP]);
  assert.equal(status, 0);
  assert.match(text, /^An app can sign in from this origin \(errors: 0, warnings: 0\)\.$/m);
  assert.match(text, /^ {2}scope: 'openid fhirUser launch\/patient patient\/\*\.rs',$/m);
  const client = clientFromPrintedCode(text);
  const request = await client.authorize({ navigate: false });
  assert.equal((await client.ready({ callback: callbackOf(request) })).patient, 'zoe');
});

test('the issuer that the app requires is in the printed options, and a client with them signs in', async (t) => {
  const ehr = await startGoodEhr(t);
  const { status, text } = await runDoctor([ehr.fhirBaseUrl, ...APP, '--issuer', ehr.origin]);
  assert.equal(status, 0);
  assert.ok(text.includes(`  issuer: '${ehr.origin}', // from --issuer\n`), text);
  const client = clientFromPrintedCode(text);
  const request = await client.authorize({ navigate: false });
  assert.equal((await client.ready({ callback: callbackOf(request) })).patient, 'zoe');
});

test('the redirect URI is used unchanged, with its query', async (t) => {
  const ehr = await startGoodEhr(t);
  const { status, options } = await runDoctorAsJson([
    ehr.fhirBaseUrl,
    '--client-id',
    'growth-chart',
    '--redirect-uri',
    'https://app.example?app=1',
  ]);
  assert.equal(options.redirectUri, 'https://app.example?app=1');
  assert.equal(ehr.requestsTo('/authorize')[0].query.get('redirect_uri'), options.redirectUri);
  assert.equal(ehr.requestsTo('/token')[0].fields.get('redirect_uri'), options.redirectUri);
  assert.equal(status, 0);
});

test('if a page cannot read the smart-configuration, the other endpoints are checked nevertheless', async (t) => {
  const ehr = await startGoodEhr(t, { issuer: 'https://other.example' });
  const openid = { issuer: ehr.origin, token_endpoint: `${ehr.origin}/token`, jwks_uri: `${ehr.origin}/jwks` };
  ehr.answer('/.well-known/openid-configuration', { json: openid });
  ehr.answer(CONFIGURATION, { json: { ...ehr.document, issuer: `${ehr.origin}/other` }, closed: true });
  const { status, findings } = await runDoctorAsJson([ehr.fhirBaseUrl, ...APP]);
  assert.equal(status, 1);
  const errors = findings.filter(({ level }) => level === 'error');
  assert.deepEqual(
    errors.map(({ check }) => check),
    ['smart-configuration'],
  );
  assert.equal(findings.find(({ check }) => check === 'token-endpoint').level, 'ok');
});

test('requests contain no secrets; a token request has an invalid code and the client id', async (t) => {
  const ehr = await startGoodEhr(t);
  await runDoctor([ehr.fhirBaseUrl, ...APP]);
  const [{ fields }] = ehr.requestsTo('/token');
  assert.match(fields.get('code'), /^invalid-/);
  assert.equal(fields.get('client_id'), 'growth-chart');
  for (const { path, headers } of ehr.requests) {
    assert.equal(headers.authorization, undefined, path);
    assert.equal(headers.cookie, undefined, path);
    assert.equal(headers.origin, path === '/authorize' ? undefined : 'https://app.example', path);
  }
});

test('without a client id, a server that refuses the unknown app is reported as a note', async (t) => {
  const ehr = await startGoodEhr(t);
  ehr.answer('/token', { status: 401, json: { error: 'invalid_client' }, closed: true });
  ehr.answer('/authorize', { ...PAGE, status: 400 });
  const { status, findings, options } = await runDoctorAsJson([ehr.fhirBaseUrl]);
  assert.equal(status, 0);
  assert.equal(options.clientId, 'YOUR_CLIENT_ID');
  const level = (check) => findings.find((finding) => finding.check === check).level;
  assert.deepEqual(['authorization-endpoint', 'token-endpoint'].map(level), ['note', 'note']);
});

test('`fetch` of the process is restored', async (t) => {
  const { fetch } = globalThis;
  const ehr = await startGoodEhr(t);
  await runDoctor([ehr.fhirBaseUrl, ...APP]);
  assert.equal(globalThis.fetch, fetch);
});

test('texts of a server are printed without control characters, and escaped in the printed code', async (t) => {
  const ehr = await startGoodEhr(t, { token_endpoint: undefined });
  const hostile = "\u001b[2J\u009b1m\u202e'});alert(1)//\n";
  ehr.configure({ issuer: hostile, token_endpoint: `${ehr.origin}/token` });
  ehr.answer('/.well-known/openid-configuration', {
    json: { issuer: ehr.origin, token_endpoint: `${ehr.origin}/token`, jwks_uri: `${ehr.origin}/jwks` },
  });
  ehr.answer('/token', { status: 400, json: { error: 'invalid_grant', error_description: hostile } });
  const { text } = await runDoctor([ehr.fhirBaseUrl, ...APP]);
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  let options;
  const code = text.split("'smart-launch';\n")[1].replace('export const smart =', 'return');
  new Function('createSmartClient', 'alert', code)(
    (printed) => (options = printed),
    () => assert.fail('text of the server is run'),
  );
  assert.equal(options.metadataIssuer, hostile);
});

for (const [name, args] of Object.entries({
  'no FHIR base': [],
  'two FHIR bases': ['https://ehr.example/fhir', 'https://other.example/fhir'],
  'no URL': ['ehr'],
  'an unknown option': ['https://ehr.example/fhir', '--clientid', 'x'],
  'an origin that is not a URL': ['https://ehr.example/fhir', '--origin', 'app.example'],
  'an invalid scope': ['https://ehr.example/fhir', '--scope', 'patient/Observation.sr'],
  'an issuer that is no URL': ['https://ehr.example/fhir', '--issuer', 'ehr.example'],
  'an empty client id': ['https://ehr.example/fhir', '--client-id', ''],
  'a URL with a password': ['https://a:b@ehr.example/fhir'],
})) {
  test(`wrong usage prints the usage and exits with status 2: ${name}`, async () => {
    const { status, text, errors } = await runDoctor(args);
    assert.deepEqual([status, text], [2, '']);
    assert.match(errors, /\n\nUsage: smart-launch doctor FHIR_BASE/);
  });
}

test('wrong usage names the option that is wrong', async () => {
  const { errors } = await runDoctor(['https://ehr.example/fhir', '--redirect-uri', 'back']);
  assert.match(errors, /^--redirect-uri must be an absolute http or https URL, not 'back'\n/);
});

/** A server with https on this machine. */
async function startSecureServer(t, certificate) {
  const server = createServer(certificate, (_, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return `https://localhost:${server.address().port}/fhir`;
}
const DAY = 86_400_000;
const daysFromNow = (days) => new Date(Date.now() + days * DAY);

test('a self-signed certificate is an error that names the reason', async (t) => {
  const base = await startSecureServer(t, createCertificate(daysFromNow(-1), daysFromNow(1)));
  const { status, findings } = await runDoctorAsJson([base, ...APP]);
  assert.equal(status, 1);
  const { check, level, code, fault, seen } = findings[0];
  assert.deepEqual([check, level, code, fault], ['smart-configuration', 'error', 'network', 'server']);
  assert.equal(seen, 'the TLS certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)');
});

test('the program: an expired certificate is an error, and the exit status is 1', async (t) => {
  const certificate = createCertificate(daysFromNow(-9), daysFromNow(-1));
  const base = await startSecureServer(t, certificate);
  const directory = await mkdtemp(join(tmpdir(), 'smart-launch-'));
  t.after(() => rm(directory, { recursive: true }));
  const authority = join(directory, 'authority.pem');
  await writeFile(authority, certificate.cert);
  const { status, text } = await runProgram(['doctor', base, '--json'], { NODE_EXTRA_CA_CERTS: authority });
  assert.equal(status, 1);
  const [{ seen, fault }] = JSON.parse(text).findings;
  assert.deepEqual([seen, fault], ['the TLS certificate has expired (CERT_HAS_EXPIRED)', 'server']);
});

test('the program: --version prints the version of the package', async () => {
  const { version } = JSON.parse(await readFile(new URL('package.json', packageDirectory), 'utf8'));
  assert.deepEqual(await runProgram(['--version']), { status: 0, text: `${version}\n`, errors: '' });
});

test('the program: --help prints the usage; without a command the usage is printed as an error', async () => {
  const [help, withoutCommand] = await Promise.all([runProgram(['doctor', '--help']), runProgram([])]);
  assert.deepEqual([help.status, help.errors, withoutCommand.status, withoutCommand.text], [0, '', 2, '']);
  assert.match(help.text, /^Usage: smart-launch doctor/);
  assert.equal(withoutCommand.errors, help.text);
});

describe('mock servers: a client with the printed options signs in', () => {
  const withoutConfiguration = async (server) => {
    const { fhirBaseUrl, authorizationEndpoint, tokenEndpoint } = server.mock;
    server.answer(`${fhirBaseUrl}/metadata`, { json: statement(authorizationEndpoint, tokenEndpoint) });
  };
  const MOCKS = [
    [MEDPLUM, {}],
    [OPENEMR, { options: ({ settings }) => settings }],
    [
      IRIS,
      {
        change: withoutConfiguration,
        options: ({ settings }) => ({ issuer: settings.issuer, endpoints: undefined, acceptServerWithoutS256: true }),
      },
    ],
    [
      IRIS,
      {
        name: 'whose 404 has no CORS headers',
        change: async (server) => {
          await withoutConfiguration(server);
          server.answer(`${server.mock.fhirBaseUrl}/.well-known/smart-configuration`, { status: 404, closed: true });
        },
        options: ({ settings, authorizationEndpoint, tokenEndpoint, jwksUri }) => ({
          issuer: settings.issuer,
          endpoints: { authorizationEndpoint, tokenEndpoint, jwksUri },
        }),
      },
    ],
    [EPIC, {}],
    [ORACLE, {}],
    [ATHENA, {}],
  ];
  for (const [mock, { name = '', change, options }] of MOCKS) {
    test(`${mock.name} ${name}`.trim(), async (t) => {
      const server = await startMockServer(t, mock, { cors: true });
      server.answer(server.mock.authorizationEndpoint, PAGE);
      await change?.(server);
      const args = [server.mock.fhirBaseUrl, ...APP, '--scope', server.mock.scope];
      const result = await runDoctorAsJson(args);
      for (const [option, value] of Object.entries(options?.(server.mock) ?? {}))
        assert.deepEqual(result.options[option], value, option);
      assert.equal(result.status, 0, JSON.stringify(result.findings, null, 1));
      assert.equal(result.findings.find(({ check }) => check === 'token-endpoint').level, 'ok');
      const client = clientFromPrintedCode((await runDoctor(args)).text);
      const session = await client.ready({ callback: server.answerTo(await client.authorize({ navigate: false })) });
      assert.equal(session.scopes.length > 0, true);
    });
  }
});
