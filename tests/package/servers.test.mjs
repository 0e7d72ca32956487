// Several servers in one client, and their metadata.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient, readSmartConfiguration } from 'smart-launch';
import { SCOPE, startEhr } from './ehr.mjs';
import { beOnePage, callbackOf, parametersOf, signIn } from './sign-in.mjs';

/** Two servers, and a client of both, with a redirect URI for each. */
async function twoServers(test, secondServerOptions = {}) {
  const [first, second] = [await startEhr(test), await startEhr(test)];
  const client = createSmartClient({
    ...shared,
    servers: [
      { fhirBaseUrl: first.fhirBaseUrl, redirectUri: 'https://app.example/back/first' },
      {
        fhirBaseUrl: second.fhirBaseUrl,
        redirectUri: 'https://app.example/back/second',
        clientId: 'other-id',
        ...secondServerOptions,
      },
    ],
  });
  return { first, second, client };
}

const shared = { clientId: 'growth-chart', scope: SCOPE, allowInsecureLoopback: true, storage: 'memory' };

test('iss selects the server; options that its entry in `servers` does not set are those of the client', async (t) => {
  const { first, second, client } = await twoServers(t);
  const firstRequest = parametersOf(await client.authorize({ navigate: false, iss: first.fhirBaseUrl }));
  assert.deepEqual(
    [firstRequest.client_id, firstRequest.redirect_uri, firstRequest.aud],
    ['growth-chart', 'https://app.example/back/first', first.fhirBaseUrl],
  );
  const secondRequest = parametersOf(await client.authorize({ navigate: false, iss: new URL(second.fhirBaseUrl) }));
  assert.deepEqual(
    [secondRequest.client_id, secondRequest.redirect_uri, secondRequest.aud],
    ['other-id', 'https://app.example/back/second', second.fhirBaseUrl],
  );
});

test('client of several servers: iss is required', async (t) => {
  const { client } = await twoServers(t);
  await assert.rejects(client.authorize({ navigate: false }), { code: 'config_invalid', message: /iss/ });
  await assert.rejects(client.discover(), { code: 'config_invalid', message: /iss/ });
});

test('token of a session is sent only to the server of the session', async (t) => {
  const { first, second, client } = await twoServers(t);
  const session = await signIn(client, { iss: second.fhirBaseUrl });
  assert.equal(session.serverUrl, second.fhirBaseUrl);
  assert.equal(session.clientId, 'other-id');
  await client.fetch('Patient');
  assert.equal(second.requestsTo('/fhir/Patient').length, 1);
  await assert.rejects(client.fetch(`${first.fhirBaseUrl}/Patient`), { code: 'origin_not_allowed' });
  await client.refresh();
  assert.equal(first.requests.length, 0);
});

test('response at the redirect URI of another server is refused', async (t) => {
  const { first, client } = await twoServers(t);
  const request = await client.authorize({ navigate: false, iss: first.fhirBaseUrl });
  const mixedUpCallback = callbackOf(request).replace('/back/first', '/back/second');
  await assert.rejects(client.ready({ callback: mixedUpCallback }), { code: 'callback_malformed' });
  assert.equal((await client.ready({ callback: callbackOf(request) })).serverUrl, first.fhirBaseUrl);
});

test('iss is compared with the FHIR base URL in normal form', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  for (const iss of [ehr.fhirBaseUrl, `${ehr.fhirBaseUrl}/`, ehr.fhirBaseUrl.replace('http', 'HTTP')]) {
    assert.equal(parametersOf(await client.authorize({ navigate: false, iss })).aud, ehr.fhirBaseUrl, iss);
  }
});

test('iss of a server that is not configured is refused before anything is sent', async (t) => {
  const [ehr, otherEhr] = [await startEhr(t), await startEhr(t)];
  const client = createSmartClient(ehr.options());
  const { host } = new URL(ehr.origin);
  for (const [iss, code] of [
    [otherEhr.fhirBaseUrl, 'issuer_not_allowed'],
    [`${ehr.fhirBaseUrl}/../evil`, 'issuer_not_allowed'],
    [`${ehr.fhirBaseUrl}x`, 'issuer_not_allowed'],
    [`${ehr.fhirBaseUrl}?a=b`, 'issuer_not_allowed'],
    [`http://user@${host}/fhir`, 'issuer_not_allowed'],
    [`http://${host}\\fhir`, 'issuer_not_allowed'],
    ['javascript:alert(1)', 'endpoint_scheme'],
    ['nonsense', 'endpoint_scheme'],
  ]) {
    await assert.rejects(client.authorize({ navigate: false, iss }), { code }, iss);
    await assert.rejects(client.discover(iss), { code }, iss);
  }
  assert.equal(ehr.requests.length, 0);
  assert.equal(otherEhr.requests.length, 0);
});

test('servers that share a redirect URI must send iss (RFC 9207)', async (t) => {
  const [withoutIss, withIss] = [
    await startEhr(t),
    await startEhr(t, { configuration: { authorization_response_iss_parameter_supported: true } }),
  ];
  withIss.answer('/.well-known/openid-configuration', { json: withIss.document });
  const redirectUri = 'https://app.example/back';
  const servers = [withoutIss, withIss].map(({ fhirBaseUrl }) => ({ fhirBaseUrl, redirectUri }));
  const client = createSmartClient({ ...shared, servers });
  await assert.rejects(client.authorize({ navigate: false, iss: withoutIss.fhirBaseUrl }), {
    code: 'config_invalid',
    message: /redirectUri/,
  });
  const request = await client.authorize({ navigate: false, iss: withIss.fhirBaseUrl });
  await assert.rejects(client.ready({ callback: callbackOf(request, { iss: withoutIss.origin }) }), {
    code: 'iss_mismatch',
  });
});

test('duplicate server is refused', async (t) => {
  const ehr = await startEhr(t);
  const servers = [{ fhirBaseUrl: ehr.fhirBaseUrl }, { fhirBaseUrl: `${ehr.fhirBaseUrl}/` }];
  const client = createSmartClient({ ...shared, redirectUri: 'https://app.example/back', servers });
  await assert.rejects(client.discover(ehr.fhirBaseUrl), { code: 'config_invalid', message: /servers/ });
});

test('discover reads the metadata once and caches it', async (t) => {
  const ehr = await startEhr(t, { configuration: { extension: { any: 'thing' }, scopes_supported: ['openid'] } });
  const client = createSmartClient(ehr.options());
  const results = await Promise.all([client.discover(), client.discover(ehr.fhirBaseUrl), client.discover()]);
  assert.deepEqual(results[0], {
    fhirBaseUrl: ehr.fhirBaseUrl,
    issuer: ehr.origin,
    authorizationEndpoint: `${ehr.origin}/authorize`,
    tokenEndpoint: `${ehr.origin}/token`,
    pushedAuthorizationRequestEndpoint: null,
    revocationEndpoint: `${ehr.origin}/revoke`,
    introspectionEndpoint: null,
    endSessionEndpoint: null,
    jwksUri: `${ehr.origin}/jwks`,
    capabilities: ['launch-ehr', 'launch-standalone', 'client-public'],
    capabilitySets: [],
    scopesSupported: ['openid'],
    warnings: [],
    configuration: { ...ehr.document, extension: { any: 'thing' }, scopes_supported: ['openid'] },
  });
  assert.ok(Object.isFrozen(results[0]) && Object.isFrozen(results[0].configuration.extension));
  await client.authorize({ navigate: false });
  assert.equal(ehr.requests.length, 1);
});

test('failed discovery is not cached, and a successful one is cached for ten minutes', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  ehr.answer('/fhir/.well-known/smart-configuration', { status: 503 }, { json: ehr.document });
  await assert.rejects(client.discover(), { code: 'http_status', status: 503 });
  await client.discover();
  assert.equal(ehr.requests.length, 2);
  const now = Date.now();
  const clock = t.mock.method(Date, 'now', () => now + 590_000);
  await client.discover();
  assert.equal(ehr.requests.length, 2);
  clock.mock.mockImplementation(() => now + 610_000);
  await client.discover();
  assert.equal(ehr.requests.length, 3);
});

test('capability sets are those of which the server has all capabilities', async (t) => {
  const capabilities = ['launch-ehr', 'context-ehr-patient', 'permission-patient', 'client-public'];
  const ehr = await startEhr(t, { configuration: { capabilities } });
  const { capabilitySets } = await createSmartClient(ehr.options()).discover();
  assert.deepEqual(capabilitySets, ['patient-access-ehr']);
});

test('each capability set needs every capability of its list, and a client type', async (t) => {
  const sets = {
    'patient-access-standalone': ['launch-standalone', 'context-standalone-patient', 'permission-patient'],
    'patient-access-ehr': ['launch-ehr', 'context-ehr-patient', 'permission-patient'],
    'clinician-access-standalone': ['launch-standalone', 'permission-user', 'permission-patient'],
    'clinician-access-ehr': [
      'launch-ehr',
      'context-ehr-patient',
      'context-ehr-encounter',
      'permission-user',
      'permission-patient',
    ],
  };
  const setsOf = async (capabilities) => {
    const body = JSON.stringify({ token_endpoint: 'https://ehr.example/token', capabilities });
    return (await readSmartConfiguration({ fhirBaseUrl: 'https://ehr.example/fhir', body })).capabilitySets;
  };
  for (const [set, needed] of Object.entries(sets)) {
    for (const client of ['client-public', 'client-confidential-symmetric']) {
      const capabilities = [...needed, client];
      assert.ok((await setsOf(capabilities)).includes(set), `${set} with ${client}`);
      for (const missing of capabilities) {
        const remaining = capabilities.filter((capability) => capability !== missing);
        assert.ok(!(await setsOf(remaining)).includes(set), `${set} without ${missing}`);
      }
    }
    const asymmetric = await setsOf([...needed, 'client-confidential-asymmetric']);
    assert.ok(!asymmetric.includes(set), `${set} with only asymmetric authentication`);
  }
});

test('the option `issuer` and the issuer in the metadata are compared as strings', async (t) => {
  const ehr = await startEhr(t);
  assert.equal((await createSmartClient(ehr.options({ issuer: ehr.origin })).discover()).issuer, ehr.origin);
  await assert.rejects(createSmartClient(ehr.options({ issuer: `${ehr.origin}/` })).discover(), {
    code: 'discovery_issuer',
  });
});

test('violations are warnings, each with a sentence', async (t) => {
  const ehr = await startEhr(t, { configuration: { grant_types_supported: undefined, token_endpoint: '/token' } });
  const { warnings, tokenEndpoint } = await createSmartClient(ehr.options()).discover();
  assert.deepEqual(warnings.map(({ code }) => code).sort(), ['discovery_member_missing', 'discovery_relative_url']);
  assert.ok(warnings.every(({ message }) => message.includes(' ')));
  assert.equal(tokenEndpoint, `${ehr.origin}/token`);
});

test('strict refuses a violation, even if a lenient client has cached the document', async (t) => {
  const ehr = await startEhr(t, { configuration: { grant_types_supported: undefined } });
  await createSmartClient(ehr.options()).discover();
  await assert.rejects(createSmartClient(ehr.options({ strict: true })).discover(), { code: 'discovery_invalid' });
});

const ISS = { authorization_response_iss_parameter_supported: true };

/** An honest server, and an attacker whose metadata is a copy of the honest one's with the attacker's token endpoint. */
async function startHonestServerAndAttacker(test) {
  const honest = await startEhr(test, { configuration: ISS });
  honest.answer('/.well-known/openid-configuration', ...Array(9).fill({ json: honest.document }));
  const attacker = await startEhr(test);
  const document = { ...honest.document, token_endpoint: `${attacker.origin}/token` };
  attacker.answer('/fhir/.well-known/smart-configuration', ...Array(9).fill({ json: document }));
  return { honest, attacker };
}

test('several servers: the sign-in does not start at a server that states the issuer of another server', async (t) => {
  for (const [attackerOptions, scope] of [
    [{ redirectUri: 'https://app.example/back' }, SCOPE],
    [{ redirectUri: 'https://app.example/back/bad' }, `openid fhirUser ${SCOPE}`],
  ]) {
    const { honest, attacker } = await startHonestServerAndAttacker(t);
    const servers = [
      { fhirBaseUrl: honest.fhirBaseUrl, redirectUri: 'https://app.example/back' },
      { fhirBaseUrl: attacker.fhirBaseUrl, ...attackerOptions },
    ];
    const client = createSmartClient({ ...shared, scope, servers });
    await assert.rejects(client.authorize({ navigate: false, iss: attacker.fhirBaseUrl }), { code: 'discovery_issuer' });
    await client.authorize({ navigate: false, iss: honest.fhirBaseUrl });
    assert.equal(honest.requestsTo('/token').length + attacker.requestsTo('/token').length, 0);
  }
});

test('several servers: a form_post response is accepted only with the URL to which it was posted', async (t) => {
  const { first, second, client } = await twoServers(t);
  const request = await client.authorize({ navigate: false, iss: second.fhirBaseUrl, responseMode: 'form_post' });
  const { origin, pathname, searchParams: body } = new URL(callbackOf(request));
  const url = `${origin}${pathname}`;
  const form = new FormData();
  for (const [name, value] of body) form.set(name, value);
  for (const callback of [
    String(body),
    body,
    form,
    { url: 'https://app.example/back/first', body },
    { url: undefined, body },
  ]) {
    await assert.rejects(client.ready({ callback }), { code: 'callback_malformed' });
  }
  assert.equal(first.requestsTo('/token').length + second.requestsTo('/token').length, 0);
  const session = await client.ready({ callback: { url: new URL(url), body: form } });
  assert.equal(session.serverUrl, second.fhirBaseUrl);
});

test('form_post response of a single server needs no URL', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const request = await client.authorize({ navigate: false, responseMode: 'form_post' });
  assert.ok(await client.ready({ callback: new URL(callbackOf(request)).searchParams }));
});

test('clients of one page that share a redirect URI do not sign in at servers without iss', async (t) => {
  beOnePage(t);
  const [first, second] = [await startEhr(t), await startEhr(t)];
  const client = (ehr, redirectUri) => createSmartClient({ ...shared, fhirBaseUrl: ehr.fhirBaseUrl, redirectUri });
  const firstClient = client(first, 'https://app.example/one');
  await firstClient.authorize({ navigate: false });
  // A second client of the same server is permitted: React creates one under StrictMode.
  await client(first, 'https://app.example/one').authorize({ navigate: false });
  await client(second, 'https://app.example/two').authorize({ navigate: false });
  const sharingClient = client(second, 'https://app.example/one');
  for (const eachClient of [firstClient, sharingClient]) {
    await assert.rejects(eachClient.authorize({ navigate: false }), { code: 'config_invalid', message: /redirectUri/ });
  }
});

test('a sign-in or session of another issuer than the option `issuer` is not used', async (t) => {
  beOnePage(t);
  const ehr = await startEhr(t);
  const clientWithIssuer = (issuer) => createSmartClient(ehr.options({ issuer, storage: undefined }));
  const [client, otherClient] = [clientWithIssuer(ehr.origin), clientWithIssuer('https://other.example')];
  const request = await client.authorize({ navigate: false });
  const callback = callbackOf(request);
  await assert.rejects(otherClient.ready({ callback }), { code: 'state_unknown' });
  assert.equal(ehr.requestsTo('/token').length, 0);
  assert.ok(await client.ready({ callback }), 'the sign-in is still pending');
  assert.equal(await clientWithIssuer('https://other.example').ready(), null);
});

test('network failure of the smart-configuration is reported, and no other document is requested', async (t) => {
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options({ issuer: ehr.origin }));
  const { fetch } = globalThis;
  t.mock.method(globalThis, 'fetch', async (url, init) => {
    if (String(url).endsWith('smart-configuration')) throw new TypeError('no network');
    return fetch(url, init);
  });
  await assert.rejects(client.authorize({ navigate: false }), { code: 'network' });
  assert.equal(ehr.requests.length, 0);
});

test('several clients in one page: a form_post response is accepted only with the URL to which it was posted', async (t) => {
  beOnePage(t);
  const [first, second] = [await startEhr(t), await startEhr(t)];
  const client = (ehr, name) =>
    createSmartClient({ ...shared, fhirBaseUrl: ehr.fhirBaseUrl, redirectUri: `https://app.example/posted/${name}` });
  const [, secondClient] = [client(first, 'first'), client(second, 'second')];
  const request = await secondClient.authorize({ navigate: false, responseMode: 'form_post' });
  const { searchParams: body } = new URL(callbackOf(request));
  for (const callback of [body, { url: 'https://app.example/posted/first', body }]) {
    await assert.rejects(secondClient.ready({ callback }), { code: 'callback_malformed' });
  }
  assert.equal(second.requestsTo('/token').length, 0);
  assert.ok(await secondClient.ready({ callback: { url: 'https://app.example/posted/second', body } }));
});
