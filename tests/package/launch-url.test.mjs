// The page's URL when an EHR opens the app.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { callbackOf, parametersOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

const launchUrl = (iss, launch = 'handle') =>
  `https://app.example/launch?iss=${encodeURIComponent(iss)}&launch=${encodeURIComponent(launch)}`;

async function openLaunchUrl(test, url, options = {}) {
  const ehr = await startEhr(test);
  const tab = openTab(test);
  const page = await tab.open(typeof url === 'function' ? url(ehr) : url);
  const settings = ehr.options({ storage: 'session', ...options });
  return { ehr, tab, page, settings, client: page.createSmartClient(settings) };
}

test('authorize() reads iss and launch of the page’s URL', async (t) => {
  const { ehr, client } = await openLaunchUrl(t, (ehr) => launchUrl(ehr.fhirBaseUrl, 'a b+c/u'));
  const parameters = parametersOf(await client.authorize({ navigate: false }));
  assert.equal(parameters.launch, 'a b+c/u');
  assert.equal(parameters.aud, ehr.fhirBaseUrl);
  assert.equal(parameters.scope.split(' ')[0], 'launch');
});

test('`iss` means the configured server even if only `iss` ends with a slash', async (t) => {
  const { ehr, client } = await openLaunchUrl(t, (ehr) => launchUrl(`${ehr.fhirBaseUrl}/`));
  const request = await client.authorize({ navigate: false });
  assert.equal(parametersOf(request).aud, `${ehr.fhirBaseUrl}/`);
  assert.equal((await client.ready({ callback: callbackOf(request) })).serverUrl, ehr.fhirBaseUrl);
});

test('`iss` or `launch` in the options is used instead of those in the URL', async (t) => {
  const { client, ehr } = await openLaunchUrl(t, (ehr) => launchUrl(ehr.fhirBaseUrl));
  assert.equal(parametersOf(await client.authorize({ navigate: false, iss: ehr.fhirBaseUrl })).launch, undefined);
  assert.equal(parametersOf(await client.authorize({ navigate: false, launch: 'own' })).launch, 'own');
});

for (const [description, url, code] of [
  ['server that is not configured', launchUrl('https://evil.example/fhir'), 'issuer_not_allowed'],
  ['server with user info', launchUrl('https://ehr@evil.example/fhir'), 'issuer_not_allowed'],
  ['javascript: as iss', launchUrl('javascript:alert(1)'), 'endpoint_scheme'],
  ['plain http as iss', launchUrl('http://ehr.example/fhir'), 'endpoint_scheme'],
  ['launch that is empty', launchUrl('https://ehr.example/fhir', ''), 'launch_invalid'],
  ['launch with a line end', launchUrl('https://ehr.example/fhir', 'a\r\nb'), 'launch_invalid'],
  ['launch of 64 KiB', launchUrl('https://ehr.example/fhir', 'x'.repeat(65_536)), 'launch_invalid'],
  ['iss twice', `${launchUrl('https://ehr.example/fhir')}&iss=https%3A%2F%2Fevil.example`, 'callback_duplicate_param'],
  ['launch twice', `${launchUrl('https://ehr.example/fhir')}&launch=again`, 'callback_duplicate_param'],
]) {
  test(`${description}: ${code}, and nothing is sent`, async (t) => {
    const fetchMock = t.mock.method(globalThis, 'fetch');
    const { client, tab } = await openLaunchUrl(t, url);
    await assert.rejects(client.authorize({ navigate: false }), { code });
    assert.equal(fetchMock.mock.callCount(), 0);
    assert.deepEqual(Object.keys(tab.storage), []);
  });
}

test('ready() returns null at a launch URL even if a session is stored, because the launch has another context', async (t) => {
  const { tab, client, settings, ehr } = await openLaunchUrl(t, 'https://app.example/');
  await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) });
  const page = await tab.open(launchUrl(ehr.fhirBaseUrl));
  const launchClient = page.createSmartClient(settings);
  assert.equal(await launchClient.ready(), null);
  assert.equal(launchClient.getState().status, 'unauthenticated');
  assert.match(page.address(), /launch=handle/);
  const otherClient = (await tab.open('https://app.example/')).createSmartClient(settings);
  assert.equal(await otherClient.ready(), null);
});

test('`iss` in the URL without `launch` is ignored', async (t) => {
  const { ehr, client } = await openLaunchUrl(t, 'https://app.example/?iss=https%3A%2F%2Fevil.example');
  assert.equal(parametersOf(await client.authorize({ navigate: false })).aud, ehr.fhirBaseUrl);
});
