// Records in the tab's storage: contents, lifetime, and failures of storage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

const APP = 'https://app.example/';

/** A tab with a session in it. */
async function openSignedIn(test, options = {}, ehrOptions = {}) {
  const ehr = await startEhr(test, ehrOptions);
  const tab = openTab(test);
  const settings = ehr.options({ storage: 'session', ...options });
  const page = await tab.open(APP);
  const client = page.createSmartClient(settings);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const session = await client.ready({ callback });
  const reload = async () => (await tab.open(APP)).createSmartClient(settings);
  return { ehr, tab, client, session, settings, callback, reload };
}

const sessionKey = (tab) => Object.keys(tab.storage).find((key) => key.startsWith('smart-launch:session:'));

test('reload restores the session without a request', async (t) => {
  const { ehr, session, reload } = await openSignedIn(t);
  assert.equal(session.persisted, true);
  const requestCount = ehr.requests.length;
  const client = await reload();
  assert.deepEqual(await client.ready(), session);
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  assert.equal(ehr.requests.length, requestCount);
});

test('reload restores the session of the last refresh', async (t) => {
  const { client, reload } = await openSignedIn(t);
  await client.refresh();
  assert.equal(
    await (async () => {
      const reloadedClient = await reload();
      await reloadedClient.ready();
      return reloadedClient.getAccessToken();
    })(),
    'canary-access-2',
  );
});

test('storage: memory leaves no token in sessionStorage, and a reload finds nothing', async (t) => {
  const { tab, session, reload } = await openSignedIn(t, { storage: 'memory' });
  assert.equal(session.persisted, false);
  assert.deepEqual(session.warnings, []);
  assert.ok(!JSON.stringify(tab.storage).includes('canary'));
  assert.equal(await (await reload()).ready(), null);
});

test('verifier is in sessionStorage until the token request is sent, and the code is never stored', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const client = (await tab.open(APP)).createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const [key] = Object.keys(tab.storage);
  const { verifier } = JSON.parse(tab.storage[key]);
  assert.match(verifier, /^[\w-]{43}$/);
  let storageDuringExchange;
  ehr.answer('/token', () => {
    storageDuringExchange = JSON.stringify(tab.storage);
    return { json: ehr.tokenResponse() };
  });
  await client.ready({ callback });
  assert.equal(ehr.requestsTo('/token')[0].fields.get('code_verifier'), verifier);
  for (const storage of [storageDuringExchange, JSON.stringify(tab.storage)]) {
    assert.ok(!storage.includes(verifier) && !storage.includes('canary-code'));
  }
});

test('logout removes the session and pending sign-ins', async (t) => {
  const { tab, client, reload } = await openSignedIn(t);
  tab.storage.setItem('of the app', 'stays');
  await client.authorize({ navigate: false });
  await client.logout();
  // A record of the sign-out stays, so that an older history entry does not show the next user's session.
  assert.deepEqual(Object.keys(tab.storage), ['smart-launch:tab', 'of the app']);
  assert.ok(!JSON.stringify(tab.storage).includes('canary'));
  assert.equal(await (await reload()).ready(), null);
});

test('logout does not remove other clients’ sessions', async (t) => {
  const { ehr, tab, client } = await openSignedIn(t);
  const otherEhr = await startEhr(t);
  const page = await tab.open(APP);
  const otherClient = page.createSmartClient(otherEhr.options({ storage: 'session' }));
  await otherClient.ready({ callback: callbackOf(await otherClient.authorize({ navigate: false })) });
  await client.logout();
  assert.equal((await page.createSmartClient(otherEhr.options({ storage: 'session' })).ready()).patient, 'zoe');
  assert.equal(await page.createSmartClient(ehr.options()).ready(), null);
});

for (const [description, damage] of [
  ['empty', () => ''],
  ['truncated', (record) => record.slice(0, 40)],
  ['no JSON', () => 'session=1'],
  ['null', () => 'null'],
  ['of an older version', (record) => JSON.stringify({ ...JSON.parse(record), v: 0 })],
  ['without a token', (record) => JSON.stringify({ ...JSON.parse(record), access_token: undefined })],
  ['of another server', (record) => JSON.stringify({ ...JSON.parse(record), fhirBaseUrl: 'https://evil.example' })],
  ['of another issuer', (record) => JSON.stringify({ ...JSON.parse(record), issuer: 'https://evil.example' })],
]) {
  test(`record that is ${description} is removed and not used, and a sign-in works`, async (t) => {
    const { tab, reload } = await openSignedIn(t);
    const key = sessionKey(tab);
    tab.storage[key] = damage(tab.storage[key]);
    const client = await reload();
    assert.equal(await client.ready(), null);
    assert.equal(tab.storage.getItem(key), null);
    assert.equal(
      (await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) })).patient,
      'zoe',
    );
  });
}

test('record of a newer version of the library is left unchanged, and not used', async (t) => {
  const { tab, reload } = await openSignedIn(t);
  const key = sessionKey(tab);
  const newerKey = key.replace(':1:', ':2:');
  const record = JSON.stringify({ ...JSON.parse(tab.storage[key]), v: 2 });
  Object.assign(tab.storage, { [key]: record, [newerKey]: record });
  const client = await reload();
  assert.equal(await client.ready(), null);
  await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) });
  await client.logout();
  assert.equal(tab.storage[newerKey], record);
});

for (const [name, values] of [
  ['granted', [7, {}, [], true]],
  ['asked', [7, {}]],
  ['tokenResponse', [7, 'text', []]],
  ['fhirContext', [7, {}, 'text']],
  ['claims', [7, 'text', []]],
  ['warnings', [7, {}, [7]]],
  ['expiresAt', ['text', {}]],
  ['refresh_token', [7, {}]],
  ['patient', [7, {}]],
]) {
  test(`record whose ${name} is of another type is removed, and ready() returns null`, async (t) => {
    const { tab, reload } = await openSignedIn(t);
    const key = sessionKey(tab);
    const record = JSON.parse(tab.storage[key]);
    for (const value of values) {
      tab.storage[key] = JSON.stringify({ ...record, [name]: value });
      assert.equal(await (await reload()).ready(), null, JSON.stringify(value));
      assert.equal(tab.storage.getItem(key), null);
    }
  });
}

test('expired session that cannot be refreshed is removed', async (t) => {
  const app = await openSignedIn(t, {}, { tokens: { expires_in: 0, refresh_token: undefined } });
  assert.equal(await (await app.reload()).ready(), null);
  assert.equal(sessionKey(app.tab), undefined);
});

test('session that can be refreshed is restored even if its token has expired', async (t) => {
  const { reload } = await openSignedIn(t, {}, { tokens: { expires_in: 0 } });
  const client = await reload();
  assert.equal((await client.ready()).patient, 'zoe');
  assert.equal(await client.getAccessToken(), 'canary-access-2');
});

test('storage that fills up during the sign-in: the session is in memory, with a warning', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const settings = ehr.options({ storage: 'session' });
  const client = (await tab.open(APP)).createSmartClient(settings);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  tab.limit(JSON.stringify(tab.storage).length);
  const session = await client.ready({ callback });
  assert.equal(session.persisted, false);
  assert.deepEqual(
    session.warnings.map(({ code }) => code),
    ['storage_unavailable'],
  );
  assert.equal(await client.getAccessToken(), 'canary-access-1');
  assert.equal(await (await tab.open(APP)).createSmartClient(settings).ready(), null);
});

test('storage that fills up before a refresh: no record with a used refresh token is left', async (t) => {
  const { tab, client, reload } = await openSignedIn(t);
  tab.limit(0);
  const session = await client.refresh();
  assert.equal(session.persisted, false);
  assert.equal(await client.getAccessToken(), 'canary-access-2');
  assert.equal(sessionKey(tab), undefined);
  assert.equal(await (await reload()).ready(), null);
});

test('blocked storage: a sign-in that does not leave the page works, in memory', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const client = (await tab.open(APP)).createSmartClient(ehr.options({ storage: 'session' }));
  tab.block();
  assert.equal(await client.ready(), null);
  const session = await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) });
  assert.equal(session.persisted, false);
  await client.refresh();
  await client.logout();
  assert.equal(client.getState().status, 'unauthenticated');
});

test('pending sign-in expires after an hour', async (t) => {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const client = (await tab.open(APP)).createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 3_601_000);
  await assert.rejects(client.ready({ callback }), { code: 'state_unknown' });
  await client.authorize({ navigate: false });
  assert.equal(Object.keys(tab.storage).length, 1);
});

test('tab duplicated after the sign-in restores the session, and does not exchange the code again', async (t) => {
  const { ehr, tab, settings, callback } = await openSignedIn(t);
  const copy = tab.duplicate();
  const client = (await copy.open(callback)).createSmartClient(settings);
  assert.equal((await client.ready()).patient, 'zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('tab restored from an older copy can refresh if the server does not rotate refresh tokens', async (t) => {
  const { ehr, tab, settings, callback } = await openSignedIn(t);
  const copy = tab.duplicate();
  const client = (await tab.open('https://app.example/')).createSmartClient(settings);
  await client.ready();
  ehr.answer('/token', () => ({ json: ehr.tokenResponse({ refresh_token: undefined }) }));
  for (let refresh = 0; refresh < 3; refresh++) await client.refresh();
  // The tab with the new token is closed.
  client.dispose();
  const restoredClient = (await copy.open(callback)).createSmartClient(settings);
  assert.equal((await restoredClient.ready()).patient, 'zoe');
  assert.equal((await restoredClient.refresh()).patient, 'zoe');
  assert.equal(await restoredClient.getAccessToken(), ehr.issued.at(-1).access_token);
});

test('another tab cannot complete the sign-in, and the first tab can still complete it', async (t) => {
  const ehr = await startEhr(t);
  const [tab, otherTab] = [openTab(t), openTab(t)];
  const client = (await tab.open(APP)).createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const otherClient = (await otherTab.open(APP)).createSmartClient(ehr.options());
  await assert.rejects(otherClient.ready({ callback }), { code: 'state_unknown' });
  const returnedClient = (await tab.open(APP)).createSmartClient(ehr.options());
  assert.equal((await returnedClient.ready({ callback })).patient, 'zoe');
});
