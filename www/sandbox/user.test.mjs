/** Tests the user actions as tests of apps call them. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { patients } from './people/patients.mjs';
import { users } from './people/users.mjs';
import { startSandbox } from './sandbox.mjs';
import { APP_ORIGIN, EHR_SCOPE, REDIRECT_URI, registration, SCOPE, testApp } from './testing/app.mjs';
import { launchFromEhr, signIn } from './user/user.mjs';

/** @type {import('./sandbox.mjs').Sandbox} */
let sandbox;
/** @type {Awaited<ReturnType<typeof testApp>>} */
let app;

before(async () => {
  sandbox = await startSandbox({ apps: [registration('demo')] });
  app = await testApp(sandbox);
});

after(() => sandbox.close());

const tokensFor = async (request, callback) =>
  (await app.exchange(request, new URL(callback).searchParams.get('code'))).json();

test('signIn returns the URL that the browser would be redirected to, for a request by GET or by POST', async () => {
  const byGet = app.authorizationRequest();
  const callback = await signIn({ method: 'GET', url: app.authorizationUrl(byGet) }, { patient: 'noah-adeyemi' });
  assert.ok(callback.startsWith(`${REDIRECT_URI}?`));
  assert.equal((await tokensFor(byGet, callback)).patient, 'noah-adeyemi');

  const byPost = app.authorizationRequest();
  const action = app.server.authorization_endpoint;
  const posted = await signIn({ method: 'POST', action, fields: Object.entries(byPost.parameters) });
  assert.equal((await tokensFor(byPost, posted)).patient, 'maria-alvarez');
});

test('signIn unchecks the boxes of scopes that are not to be granted', async () => {
  const request = app.authorizationRequest();
  const callback = await signIn(app.authorizationUrl(request), { without: ['patient/*.rs', 'offline_access'] });
  const { scope, refresh_token } = await tokensFor(request, callback);
  assert.deepEqual(
    SCOPE.split(' ').filter((requested) => !scope.split(' ').includes(requested)),
    ['patient/*.rs', 'offline_access'],
  );
  assert.equal(refresh_token, undefined);
});

test('signIn with `deny` results in access_denied', async () => {
  const callback = await signIn(new URL(app.authorizationUrl(app.authorizationRequest())), { deny: true });
  assert.equal(new URL(callback).searchParams.get('error'), 'access_denied');
});

test('signIn rejects with the text that the sandbox shows instead of a response', async () => {
  const request = app.authorizationRequest({ redirect_uri: 'http://elsewhere.example/' });
  await assert.rejects(signIn(app.authorizationUrl(request)), /HTTP 400.*redirect_uri/);
  const unknown = signIn(app.authorizationUrl(app.authorizationRequest()), { user: 'nobody' });
  await assert.rejects(unknown, /HTTP 400.*no such user/);
});

test('launchFromEhr returns a launch URL that signs in without a page', async () => {
  const url = new URL(await launchFromEhr({ ehrUrl: sandbox.ehrUrl, clientId: 'demo', patient: 'walter-nowak' }));
  assert.equal(url.origin, APP_ORIGIN);
  assert.equal(url.searchParams.get('iss'), sandbox.fhirBaseUrl);
  const request = app.authorizationRequest({ scope: EHR_SCOPE, launch: url.searchParams.get('launch') });
  sandbox.requests.length = 0;
  const tokens = await tokensFor(request, await signIn(app.authorizationUrl(request)));
  assert.equal(tokens.patient, 'walter-nowak');
  assert.ok(!sandbox.requests.some(({ method, purpose }) => method === 'POST' && purpose === 'interaction'));
});

test('launchFromEhr rejects for an unknown patient', async () => {
  const launch = launchFromEhr({ ehrUrl: sandbox.ehrUrl, clientId: 'demo', patient: 'nobody' });
  await assert.rejects(launch, /HTTP 404 to the launch of demo for nobody/);
});

test('the declarations list all users and patients', async () => {
  const declarations = await readFile(new URL('./user/user.d.ts', import.meta.url), 'utf8');
  const idsOfType = (type) => [...new RegExp(`type ${type} =([^;]*);`).exec(declarations)[1].matchAll(/'(.*?)'/g)].map(([, id]) => id);
  assert.deepEqual(idsOfType('UserId').sort(), users.map(({ id }) => id).sort());
  assert.deepEqual(idsOfType('PatientId').sort(), patients.map(({ id }) => id).sort());
});
