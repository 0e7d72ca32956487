// A session is reused without calling the WebAssembly module while the same records are stored and its token is valid.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { setGlobal, SharedStorage } from './platform.mjs';
import { signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** Signs a user in. `countCalls` counts the calls of the module for the session: each writes an input with a certain `job`. */
async function signedIn(t, { tokens = {}, ...options } = {}) {
  const tab = openTab(t);
  await tab.open('https://app.example/', { fresh: false });
  setGlobal(t, 'localStorage', { value: new SharedStorage() });
  const ehr = await startEhr(t);
  ehr.grant(tokens);
  ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
  const settings = ehr.options({ storage: 'session', ...options });
  const client = createSmartClient(settings);
  t.after(() => client.dispose());
  await signIn(client);
  const write = t.mock.method(TextEncoder.prototype, 'encodeInto');
  /** The number of calls of the module during `work`. */
  const countCalls = async (work) => {
    write.mock.resetCalls();
    await work();
    return write.mock.calls.filter(({ arguments: [text] }) => /"job":"(token|resource)"/.test(text)).length;
  };
  return { ehr, settings, client, countCalls, tab };
}

const sessionKey = (area = sessionStorage) => Object.keys(area).find((key) => key.startsWith('smart-launch:session:'));

test('module is called once for many requests and tokens', async (t) => {
  const { client, countCalls } = await signedIn(t);
  assert.equal(await countCalls(() => client.request('Patient/zoe')), 1);
  const repeatCalls = async () => {
    await Promise.all(Array.from({ length: 100 }, () => client.request('Patient/zoe')));
    assert.equal(await client.getAccessToken(), 'canary-access-1');
  };
  assert.equal(await countCalls(repeatCalls), 0);
});

test('another `minValiditySeconds` calls the module again', async (t) => {
  const { client, countCalls } = await signedIn(t);
  await client.getAccessToken();
  assert.equal(await countCalls(() => client.getAccessToken({ minValiditySeconds: 5 })), 1);
  assert.equal(await countCalls(() => client.getAccessToken({ minValiditySeconds: 5 })), 0);
});

test('token that is about to expire is refreshed', async (t) => {
  const { client, ehr } = await signedIn(t, { tokens: { expires_in: 3_600 } });
  const now = Date.now();
  await client.request('Patient/zoe');
  const clock = t.mock.method(Date, 'now', () => now + 3_530_000);
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  clock.mock.mockImplementation(() => now + 3_545_000);
  await client.request('Patient/zoe');
  assert.equal(ehr.requests.at(-1).headers.authorization, 'Bearer canary-access-2');
});

test('after the clock was set back the module is called again', async (t) => {
  const { client, countCalls } = await signedIn(t);
  const now = Date.now();
  const clock = t.mock.method(Date, 'now', () => now + 60_000);
  await client.getAccessToken();
  clock.mock.mockImplementation(() => now + 30_000);
  assert.equal(await countCalls(() => client.getAccessToken()), 1);
});

test('session that another tab has changed is read again, and a session that another tab has removed has ended', async (t) => {
  const { client } = await signedIn(t);
  await client.request('Patient/zoe');
  const key = sessionKey();
  const record = JSON.parse(sessionStorage.getItem(key));
  sessionStorage.setItem(key, JSON.stringify({ ...record, access_token: 'another', generation: 1, issued: record.issued + 1 }));
  assert.equal(await client.getAccessToken(), 'another');
  assert.equal(client.getState().session.tokenResponse.access_token, 'another');
  sessionStorage.removeItem(key);
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
  await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
  assert.equal(client.getState().status, 'unauthenticated');
});

test('session of another patient under the same key is not used', async (t) => {
  const { client, ehr } = await signedIn(t);
  await client.request('Patient/zoe');
  const key = sessionKey();
  const record = JSON.parse(sessionStorage.getItem(key));
  sessionStorage.setItem(key, JSON.stringify({ ...record, state: 'another', access_token: 'of-another', patient: 'max' }));
  await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
  assert.notEqual(ehr.requests.at(-1).headers.authorization, 'Bearer of-another');
  assert.equal(client.getState().session, null);
});

test('token family that has ended in another tab ends the session', async (t) => {
  const { client } = await signedIn(t);
  await client.getAccessToken();
  const family = sessionKey().split(':').at(-1);
  localStorage.setItem(`smart-launch:family:${family}`, JSON.stringify({ v: 1, created: Date.now(), ended: 'ended' }));
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
});

test('while the storage is blocked, calls reject with storage_unavailable, and the session is kept', async (t) => {
  const { client, tab } = await signedIn(t);
  await client.getAccessToken();
  Object.defineProperty(globalThis, 'sessionStorage', {
    configurable: true,
    get() {
      throw new Error('blocked');
    },
  });
  await assert.rejects(client.getAccessToken(), { code: 'storage_unavailable' });
  tab.show();
  assert.equal(await client.getAccessToken(), 'canary-access-1');
});

test('no token is kept after a sign-out, and the next sign-in has its own token', async (t) => {
  const { client } = await signedIn(t);
  await client.request('Patient/zoe');
  await client.logout();
  await assert.rejects(client.getAccessToken(), { code: 'signed_out' });
  await signIn(client);
  assert.equal(await client.getAccessToken(), 'canary-access-2');
});

test('two clients of a page each have their own token', async (t) => {
  const { client, ehr, settings } = await signedIn(t);
  const otherClient = createSmartClient({ ...settings, clientId: 'another-app' });
  t.after(() => otherClient.dispose());
  await signIn(otherClient);
  for (const _ of [1, 2]) {
    assert.equal(await client.getAccessToken(), 'canary-access-1');
    assert.equal(await otherClient.getAccessToken(), 'canary-access-2');
    await client.request('Patient/zoe');
    assert.equal(ehr.requests.at(-1).headers.authorization, 'Bearer canary-access-1');
    await otherClient.request('Patient/zoe');
    assert.equal(ehr.requests.at(-1).headers.authorization, 'Bearer canary-access-2');
  }
});

/** Starts two servers that issue different tokens, and a client that is signed in at the first. */
async function startTwoServers(t) {
  const firstEhr = await startEhr(t, { tokens: { access_token: 'of-one' } });
  const secondEhr = await startEhr(t, { tokens: { access_token: 'of-other' } });
  const servers = [
    { fhirBaseUrl: firstEhr.fhirBaseUrl, redirectUri: 'https://app.example/0' },
    { fhirBaseUrl: secondEhr.fhirBaseUrl, redirectUri: 'https://app.example/1' },
  ];
  const client = createSmartClient({ ...firstEhr.options(), fhirBaseUrl: undefined, servers });
  t.after(() => client.dispose());
  await signIn(client, { iss: firstEhr.fhirBaseUrl });
  const tokens = () => firstEhr.requests.map(({ headers }) => headers.authorization).filter(Boolean);
  return { client, firstEhr, secondEhr, tokens };
}

test('request whose 401 arrives after a sign-in at another server is not repeated with that server’s token', async (t) => {
  const { client, firstEhr, secondEhr, tokens } = await startTwoServers(t);
  const held = firstEhr.hold('/fhir/Patient/zoe', () => ({ status: 401 }));
  const request = client.request('Patient/zoe');
  await held.arrived;
  await signIn(client, { iss: secondEhr.fhirBaseUrl });
  held.release();
  await assert.rejects(request, { code: 'signed_out' });
  assert.deepEqual(tokens(), ['Bearer of-one']);
  assert.equal(client.getState().session.serverUrl, secondEhr.fhirBaseUrl);
});

test('request whose body ends after a sign-in at another server is not sent with that server’s token', async (t) => {
  const { client, firstEhr, secondEhr, tokens } = await startTwoServers(t);
  const { readable, writable } = new TransformStream();
  const request = new Request(`${firstEhr.fhirBaseUrl}/Patient`, { method: 'PUT', body: readable, duplex: 'half' });
  const pendingFetch = client.fetch(request);
  pendingFetch.catch(() => {});
  await signIn(client, { iss: secondEhr.fhirBaseUrl });
  await writable.close();
  await assert.rejects(pendingFetch, { code: 'signed_out' });
  assert.deepEqual(tokens(), []);
});

test('settings that the app changes later are not read again for a cached session', async (t) => {
  const options = { endpoints: {} };
  const { client, countCalls } = await signedIn(t, options);
  const token = await client.getAccessToken();
  options.endpoints.tokenEndpoint = 'https://evil.example/token';
  options.clientId = 'other';
  assert.equal(await countCalls(async () => assert.equal(await client.getAccessToken(), token)), 0);
});

test('cached session is read again if the page’s URL has changed, which is the default redirect URI', async (t) => {
  const { client, countCalls } = await signedIn(t);
  await client.getAccessToken();
  assert.equal(await countCalls(() => client.getAccessToken()), 0);
  setGlobal(t, 'location', { value: new URL('https://app.example/other') });
  assert.equal(await countCalls(() => client.getAccessToken()), 1);
});

test('simple reference resolves to the same URL as in the WebAssembly module', async (t) => {
  const paths = ['Patient', 'Patient/zoe', '$export', 'Patient/zoe/$everything', 'a-b/c_d/E1', 'Patient/'];
  const queries = ['', '?', '?a=b', '?code=x|y,z&_sort=-date', '?birthdate=ge1970-01-01T00:00:00+02:00', '?a=b?c/d~$'];
  const invalidReferences = ['.', '..', '../x', 'a//b', '/fhir/a', '//evil.example/a', 'https://evil.example/a', 'a:b', 'a/..', 'a%2fb', 'a\\b',
    '?a=b', '', '#x', 'a#b', 'a?b=c d', "a?b='", 'a?b={}', 'a/.b', 'ä', 'a;b', 'a@b', 'Patient/zoe\n'];
  const { client, ehr } = await signedIn(t);
  const requestedUrl = async (reference) => {
    ehr.requests.length = 0;
    const outcome = await client.fetch(reference).then(() => ehr.requests[0]?.url, ({ code }) => code);
    return outcome;
  };
  const references = [...paths.flatMap((path) => queries.map((query) => path + query)), ...invalidReferences];
  for (const reference of references.flatMap((reference) => [reference, `${ehr.fhirBaseUrl}/${reference}`])) {
    // The record has the same meaning but different text, so that it has to be read again.
    const key = sessionKey();
    sessionStorage.setItem(key, `${sessionStorage.getItem(key)} `);
    const urlOfModule = await requestedUrl(reference);
    assert.equal(await requestedUrl(reference), urlOfModule, reference);
  }
});
