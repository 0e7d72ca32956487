// The servers that may launch an app of fhirclient: those that its options name, or that match a condition in its options.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { APP, authorize, LAUNCH, launchUrl, openApp, OPTIONS } from './fhirclient.mjs';

async function assertRefused(test, options, url, expected) {
  const app = await openApp(test);
  const fetchMock = test.mock.method(globalThis, 'fetch');
  const page = await app.open(url);
  await assert.rejects(authorize(page, options), expected);
  assert.equal(fetchMock.mock.callCount(), 0);
  assert.deepEqual(
    Object.keys(app.tab.storage).filter((key) => key.includes('sign-in')),
    [],
  );
}

const EHR = 'https://tenant.ehr.example/r4/fhir';

test('if neither the options nor the URL name a server, authorize() is config_invalid', async (t) => {
  await assertRefused(t, OPTIONS, LAUNCH, { code: 'config_invalid', hint: /`iss`/ });
});

test('launch by a server that the app does not name is refused before anything is sent', async (t) => {
  await assertRefused(t, OPTIONS, launchUrl(EHR), { code: 'issuer_not_allowed', hint: /`iss` or `issMatch`/ });
});

test('launch by another server than `iss` is refused', async (t) => {
  await assertRefused(t, { ...OPTIONS, iss: 'https://other.example/fhir' }, launchUrl(EHR), { code: 'issuer_not_allowed' });
});

test('`iss` in the URL without `launch` is accepted only if the options name this server', async (t) => {
  const url = `${LAUNCH}?iss=${encodeURIComponent(EHR)}`;
  await assertRefused(t, { ...OPTIONS, iss: 'https://other.example/fhir' }, url, { code: 'issuer_not_allowed' });
  const app = await openApp(t);
  const iss = app.ehr.fhirBaseUrl;
  const { fields } = await app.startSignIn({ ...OPTIONS, issMatch: iss }, `${LAUNCH}?${new URLSearchParams({ iss })}`);
  assert.deepEqual([fields.aud, fields.launch], [iss, undefined]);
});

test('launch URL with `iss` twice is refused', async (t) => {
  const url = `${launchUrl(EHR)}&iss=https%3A%2F%2Fevil.example`;
  await assertRefused(t, { ...OPTIONS, iss: EHR }, url, { code: 'callback_duplicate_param' });
});

for (const [description, issMatch] of [
  ['text', EHR],
  ['text with a final slash', `${EHR}/`],
  ['pattern of the host', /^https:\/\/tenant\.ehr\.example\//],
  ['pattern of subdomains', /^https:\/\/[a-z]+\.ehr\.example\//],
  ['pattern with the flag g', /^https:\/\/[^/]+\.ehr\.example\/r4\//g],
  ['function that compares the origin', (iss) => new URL(iss).origin === 'https://tenant.ehr.example'],
  ['function that looks up the server', (iss) => [EHR].includes(iss)],
]) {
  test(`issMatch: ${description} accepts the server`, async (t) => {
    const app = await openApp(t);
    const document = JSON.parse(JSON.stringify(app.ehr.document).replaceAll(app.ehr.origin, 'https://as.ehr.example'));
    const fetchMock = t.mock.method(globalThis, 'fetch', async () => Response.json(document));
    for (let times = 0; times < 2; times += 1) {
      const { fields } = await app.startSignIn({ ...OPTIONS, issMatch }, launchUrl(EHR));
      assert.equal(fields.aud, EHR);
    }
    assert.ok(String(fetchMock.mock.calls[0].arguments[0]).startsWith(EHR));
  });
}

for (const [description, issMatch] of [
  ['word', /ehr/],
  ['host anywhere', /tenant\.ehr\.example/],
  ['host without its end', /^https:\/\/tenant\.ehr\.example/],
  ['host without its beginning', /^https:\/\/[^/]*ehr\.example\//],
  ['path', (iss) => new URL(iss).pathname === '/r4/fhir'],
  ['beginning', (iss) => iss.startsWith('https://tenant.ehr.example')],
  ['end', (iss) => new URL(iss).hostname.endsWith('ehr.example')],
  ['anything', () => true],
]) {
  test(`issMatch that does not determine the host (${description}) is refused`, async (t) => {
    await assertRefused(t, { ...OPTIONS, issMatch }, launchUrl(EHR), { code: 'config_invalid', message: /issMatch/ });
  });
}

for (const iss of [
  'https://tenant.ehr.example@evil.example/r4/fhir',
  'https://tenant.ehr.example\\@evil.example/r4/fhir',
  'https://tenant.ehr.example/../r4/fhir',
  'https://tenant.ehr.example/r4/fhir?a=b',
  'https://tenant.ehr.example:443/r4/fhir',
  'HTTPS://tenant.ehr.example/r4/fhir',
  'nonsense',
]) {
  test(`issMatch is not called with an ambiguous iss: ${iss}`, async (t) => {
    const issMatch = t.mock.fn(() => true);
    await assertRefused(t, { ...OPTIONS, issMatch }, launchUrl(iss), { code: 'issuer_not_allowed' });
    assert.equal(issMatch.mock.callCount(), 0);
  });
}

test('issMatch that does not match is issuer_not_allowed', async (t) => {
  for (const issMatch of ['https://other.example/fhir', /^https:\/\/other\.example\//, () => false]) {
    await assertRefused(t, { ...OPTIONS, issMatch }, launchUrl(EHR), { code: 'issuer_not_allowed' });
  }
});

test('issMatch for this machine may accept any port', async (t) => {
  const app = await openApp(t);
  const issMatch = (iss) => iss.startsWith('http://127.0.0.1');
  await app.startSignIn({ ...OPTIONS, issMatch }, launchUrl(app.ehr.fhirBaseUrl));
});

test('`dangerouslyAllowAnyIss` signs in to any launching server', async (t) => {
  const app = await openApp(t);
  const { client } = await app.signIn({ ...OPTIONS, dangerouslyAllowAnyIss: true }, launchUrl(app.ehr.fhirBaseUrl));
  assert.equal(client.state.serverUrl, app.ehr.fhirBaseUrl);
  const page = await app.open(launchUrl('http://ehr.example/fhir'));
  await assert.rejects(authorize(page, { ...OPTIONS, dangerouslyAllowAnyIss: true }), { code: 'endpoint_scheme' });
});

const severalOptions = (ehr, members = {}) => [
  { ...OPTIONS, issMatch: 'https://other.example/fhir', clientId: 'other', redirectUri: 'other.html' },
  { ...OPTIONS, issMatch: ehr.fhirBaseUrl, clientId: 'this', redirectUri: 'this.html', ...members },
];

test('of several options, those for the launching server are used', async (t) => {
  const app = await openApp(t);
  const { fields } = await app.startSignIn(severalOptions(app.ehr), launchUrl(app.ehr.fhirBaseUrl));
  assert.deepEqual([fields.client_id, fields.redirect_uri.split('/').at(-1)], ['this', 'this.html']);
  const { client } = await app.signIn(severalOptions(app.ehr), launchUrl(app.ehr.fhirBaseUrl));
  assert.equal(client.state.clientId, 'this');
});

test('several options: authorize() is refused without a launch, and after a launch by another server', async (t) => {
  const { ehr } = await openApp(t);
  await assertRefused(t, severalOptions(ehr), LAUNCH, { code: 'config_invalid' });
  await assertRefused(t, severalOptions(ehr), launchUrl(EHR), { code: 'issuer_not_allowed' });
});

test('several servers with one redirect URI have to send iss (RFC 9207)', async (t) => {
  const app = await openApp(t);
  const sharedOptions = severalOptions(app.ehr, { redirectUri: 'other.html?this' });
  const page = await app.open(launchUrl(app.ehr.fhirBaseUrl));
  await assert.rejects(authorize(page, sharedOptions), { code: 'config_invalid', message: /redirectUri/ });
  const configuration = { authorization_response_iss_parameter_supported: true };
  const ehrWithIss = await startEhr(t, { configuration });
  const optionsWithIss = severalOptions(ehrWithIss, { redirectUri: 'other.html' });
  // The server sends `iss`, and its issuer has to be verified.
  await assert.rejects(authorize(await app.open(launchUrl(ehrWithIss.fhirBaseUrl)), optionsWithIss), { code: 'discovery_issuer' });
  ehrWithIss.answer('/.well-known/openid-configuration', { json: ehrWithIss.document });
  await app.startSignIn(optionsWithIss, launchUrl(ehrWithIss.fhirBaseUrl));
});

test('several servers with one redirect URI: the server of a client of the main entry in the same page counts too', async (t) => {
  const app = await openApp(t);
  const otherEhr = await startEhr(t);
  const options = { ...OPTIONS, iss: app.ehr.fhirBaseUrl };
  const page = await app.open(LAUNCH);
  const client = page.createSmartClient(otherEhr.options({ redirectUri: `${APP}index.html` }));
  const expected = { code: 'config_invalid', message: /redirectUri/ };
  await assert.rejects(authorize(page, options), expected);
  await assert.rejects(client.authorize({ navigate: false }), expected);
  // A sign-in at the server of the other client is permitted.
  const authorizationUrl = await page.oauth2.authorize({ ...options, iss: otherEhr.fhirBaseUrl, noRedirect: true });
  assert.match(authorizationUrl, /response_type=code/);
  await client.authorize({ navigate: false });
});

test('servers signed in to one after another in one page do not count as several', async (t) => {
  const app = await openApp(t);
  const otherEhr = await startEhr(t);
  const page = await app.open(LAUNCH);
  for (const iss of [app.ehr.fhirBaseUrl, otherEhr.fhirBaseUrl, app.ehr.fhirBaseUrl]) {
    assert.match(await page.oauth2.authorize({ ...OPTIONS, iss, noRedirect: true }), /response_type=code/);
  }
});
