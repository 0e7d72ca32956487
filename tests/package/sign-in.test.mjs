// Sign-in by redirect.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { REDIRECT_URI, SCOPE, startEhr } from './ehr.mjs';
import { callbackOf, parametersOf, signIn } from './sign-in.mjs';

test('complete sign-in: discovery, authorization request, callback, token request, session', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const request = await client.authorize({ navigate: false });

  assert.equal(request.method, 'GET');
  assert.equal(request.url.split('?')[0], `${ehr.origin}/authorize`);
  const { state, code_challenge: challenge, ...sent } = parametersOf(request);
  assert.deepEqual(sent, {
    response_type: 'code',
    client_id: 'growth-chart',
    scope: SCOPE,
    redirect_uri: REDIRECT_URI,
    aud: ehr.fhirBaseUrl,
    code_challenge_method: 'S256',
  });
  assert.match(state, /^[\w-]{43}$/);
  assert.equal(request.state, state);

  const session = await client.ready({ callback: callbackOf(request) });
  assert.deepEqual(
    ehr.requests.map(({ method, path }) => `${method} ${path}`),
    ['GET /fhir/.well-known/smart-configuration', 'POST /token'],
  );
  const [{ headers, fields }] = ehr.requestsTo('/token');
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(headers.cookie, undefined);
  assert.equal(headers.authorization, undefined);
  const { code_verifier: verifier, ...otherFields } = Object.fromEntries(fields);
  assert.deepEqual(otherFields, {
    client_id: 'growth-chart',
    code: 'canary-code',
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
  });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  assert.equal(Buffer.from(digest).toString('base64url'), challenge);

  assert.equal(session.patient, 'zoe');
  assert.equal(session.serverUrl, ehr.fhirBaseUrl);
  assert.equal(session.issuer, ehr.origin);
  assert.deepEqual(session.scopes, SCOPE.split(' '));
  assert.deepEqual(session.scopesNotGranted, []);
  assert.equal(session.expiresAt - session.issuedAt, 3_600_000);
  assert.equal(session.refreshable, true);
  assert.equal(session.persisted, false);
  assert.deepEqual(session.warnings, []);
  assert.equal(await client.getAccessToken(), 'canary-access-1');
});

test('session is deeply frozen', async (t) => {
  const ehr = await startEhr(t, {
    tokens: { fhirContext: [{ reference: 'ImagingStudy/1' }], extra: { nested: [{}] } },
  });
  const session = await signIn(createSmartClient(ehr.options()), { appState: { step: { number: 1 } } });
  const visit = (value, path) => {
    if (typeof value !== 'object' || value === null) return;
    assert.ok(Object.isFrozen(value), path);
    for (const [name, member] of Object.entries(value)) visit(member, `${path}.${name}`);
  };
  visit(session, 'session');
});

test('appState and returnTo are returned and not sent', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const appState = { form: 'vitals', drafts: [1, { text: 'Zoë' }], nothing: null };
  const request = await client.authorize({ navigate: false, appState, returnTo: '/patients/zoe?tab=2#top' });
  assert.ok(!JSON.stringify(request).includes('vitals'));
  assert.ok(!JSON.stringify(request).includes('tab'));
  const session = await client.ready({ callback: callbackOf(request) });
  assert.deepEqual(session.appState, { ...appState, nothing: null });
  assert.equal(session.returnTo, '/patients/zoe?tab=2#top');
});

test('returnTo is a path in this app, or /', async (t) => {
  const ehr = await startEhr(t);
  for (const path of [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    '/a\r\nb',
    'a',
  ]) {
    const session = await signIn(createSmartClient(ehr.options()), { returnTo: path });
    assert.equal(session.returnTo, '/', path);
  }
});

test('appState is undefined and returnTo null by default', async (t) => {
  const ehr = await startEhr(t);
  const session = await signIn(createSmartClient(ehr.options()));
  assert.equal(session.appState, undefined);
  assert.equal(session.returnTo, null);
});

test('each sign-in has its own state, challenge and verifier', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const requests = await Promise.all(Array.from({ length: 20 }, () => client.authorize({ navigate: false })));
  for (const name of ['state', 'code_challenge']) {
    assert.equal(new Set(requests.map((request) => parametersOf(request)[name])).size, 20, name);
  }
});

test('concurrent sign-ins can be completed in any order', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const first = await client.authorize({ navigate: false, appState: 'first' });
  const second = await client.authorize({ navigate: false, appState: 'second' });
  assert.equal((await client.ready({ callback: callbackOf(second) })).appState, 'second');
  assert.equal((await client.ready({ callback: callbackOf(first) })).appState, 'first');
  assert.equal(client.getState().session.appState, 'first');
});

test('options of one sign-in override those of the client', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ authorizationParams: { prompt: 'login', display: 'page' } }));
  const request = await client.authorize({
    navigate: false,
    scope: 'launch openid patient/*.rs',
    launch: 'handle',
    responseMode: 'form_post',
    authorizationParams: { prompt: 'none', hint: { id: 7 } },
  });
  const sent = parametersOf(request);
  assert.equal(sent.scope, 'launch openid patient/*.rs');
  assert.equal(sent.launch, 'handle');
  assert.equal(sent.response_mode, 'form_post');
  assert.equal(sent.prompt, 'none');
  assert.equal(sent.display, 'page');
  assert.deepEqual(JSON.parse(sent.hint), { id: 7 });
  assert.match(sent.nonce, /^[\w-]{43}$/);
});

test('the scope `launch` is requested only in an EHR launch', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ scope: 'launch patient/*.rs' }));
  assert.equal(parametersOf(await client.authorize({ navigate: false })).scope, 'patient/*.rs');
  assert.equal(parametersOf(await client.authorize({ navigate: false, launch: 'h' })).scope, 'launch patient/*.rs');
});

test('POST, by option or for a long request: an action and fields, with no parameter in the URL', async (t) => {
  const ehr = await startEhr(t, { configuration: { capabilities: ['authorize-post', 'launch-standalone'] } });
  const client = createSmartClient(ehr.options());
  const postRequest = await client.authorize({ navigate: false, authorizeMethod: 'POST' });
  assert.equal(postRequest.method, 'POST');
  assert.equal(postRequest.action, `${ehr.origin}/authorize`);
  assert.equal(parametersOf(postRequest).client_id, 'growth-chart');
  const shortRequest = await client.authorize({ navigate: false });
  assert.equal(shortRequest.method, 'GET');
  const longRequest = await client.authorize({ navigate: false, authorizationParams: { filler: 'x'.repeat(2_000) } });
  assert.equal(longRequest.method, 'POST');
});

test('form_post response is accepted as text, as URLSearchParams and as FormData', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ responseMode: 'form_post' }));
  const formats = [
    (fields) => String(fields),
    (fields) => fields,
    (fields) => {
      const form = new FormData();
      for (const [name, value] of fields) form.append(name, value);
      return form;
    },
  ];
  for (const format of formats) {
    const { state } = await client.authorize({ navigate: false });
    const session = await client.ready({ callback: format(new URLSearchParams({ code: 'a+b c', state })) });
    assert.equal(session.patient, 'zoe');
    assert.equal(ehr.requestsTo('/token').at(-1).fields.get('code'), 'a+b c');
  }
});

test('authorize without navigate: false needs a page', async (t) => {
  const ehr = await startEhr(t);
  await assert.rejects(createSmartClient(ehr.options()).authorize(), { code: 'config_invalid', message: /navigate/ });
});
