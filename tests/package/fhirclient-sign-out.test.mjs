// fhirclient: apps sign out by removing a record from sessionStorage. The session that ends is that of this record, and no other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRevealing, startEhr } from './ehr.mjs';
import { APP, authorize, LAUNCH, openApp, OPTIONS } from './fhirclient.mjs';
import { callbackOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';
import { anotherWindow, CALLBACK } from './windows.mjs';

const INDEX = `${APP}index.html`;

/** An app that is signed in with the patient `zoe`. The next sign-in is with the patient `noah`. */
async function signedIn(test) {
  const app = await openApp(test);
  for (const id of ['zoe', 'noah']) app.ehr.answer(`/fhir/Patient/${id}`, { json: { resourceType: 'Patient', id } });
  app.ehr.grant({ patient: 'zoe' }, { patient: 'noah' });
  const { page, client } = await app.signIn();
  return { ...app, page, client, options: { ...OPTIONS, iss: app.ehr.fhirBaseUrl } };
}

const requestUrl = (page, options) => page.oauth2.authorize({ ...options, noRedirect: true });

/** Completes a sign-in without leaving the page. */
function complete(page, url) {
  const { searchParams } = new URL(callbackOf({ method: 'GET', url }));
  return page.oauth2.ready({ code: searchParams.get('code'), stateKey: searchParams.get('state') });
}

/** Makes `open` return a window. */
function openPopup() {
  const popup = anotherWindow();
  Object.defineProperty(globalThis, 'open', { configurable: true, value: () => popup });
  return popup;
}

async function handOver(tab, popup) {
  const url = callbackOf(await popup.authorizationRequest);
  tab.post({ source: popup, origin: new URL(APP).origin, data: CALLBACK + url });
}

/** Rejects if the promise is not settled within two seconds. */
function soon(promise) {
  const late = new Promise((_, reject) => setTimeout(reject, 2_000, new Error('late')).unref());
  return Promise.race([promise, late]);
}

async function assertSignedOut({ page, client, tab }) {
  await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
  await assert.rejects(page.oauth2.ready(), { code: 'signed_out' });
  assert.equal(client.smart.getState().status, 'unauthenticated');
  assert.equal(client.patient.id, null);
  assert.ok(!isRevealing(JSON.stringify(tab.storage)));
}

const REMOVALS = {
  SMART_KEY: ({ tab }) => tab.storage.removeItem('SMART_KEY'),
  'the record': ({ tab, client }) => tab.storage.removeItem(client.state.key),
  'both items': ({ tab, client }) => ['SMART_KEY', client.state.key].forEach((name) => tab.storage.removeItem(name)),
};

for (const [removed, remove] of Object.entries(REMOVALS)) {
  test(`removing ${removed} signs out also if a sign-in begins before the next call; it can be completed`, async (t) => {
    const app = await signedIn(t);
    remove(app);
    const url = await requestUrl(app.page, app.options);
    await assert.rejects(app.page.oauth2.ready(), { code: 'signed_out' });
    await assertSignedOut(app);
    const { access_token } = app.ehr.issued[0];
    assert.ok(app.ehr.requestsTo('/revoke').some(({ fields }) => fields.get('token') === access_token));
    assert.equal((await complete(app.page, url)).patient.id, 'noah');
    await assert.rejects(app.client.request('Patient/zoe'), { code: 'signed_out' });
    assert.equal((await (await app.page.oauth2.ready()).patient.read()).id, 'noah');
  });

  test(`removing ${removed} signs out: the user leaves for a sign-in, and comes back by the back button`, async (t) => {
    const app = await signedIn(t);
    remove(app);
    await authorize(app.page, app.options);
    app.tab.comeBack();
    await assertSignedOut(app);
  });

  test(`removing ${removed} signs out also while a popup signs in, and the popup can complete it`, async (t) => {
    const app = await signedIn(t);
    remove(app);
    const popup = openPopup();
    const signIn = app.page.oauth2.authorize({ ...app.options, target: 'popup' });
    await assert.rejects(app.page.oauth2.ready(), { code: 'signed_out' });
    await assertSignedOut(app);
    await handOver(app.tab, popup);
    await signIn;
    assert.equal((await app.page.oauth2.ready()).patient.id, 'noah');
    await assert.rejects(app.client.request('Patient/zoe'), { code: 'signed_out' });
  });

  test(`removing ${removed} signs out also if the sign-in that begins afterwards fails`, async (t) => {
    const app = await signedIn(t);
    remove(app);
    const options = { ...app.options, iss: 'https://ehr.example/fhir?a=b' };
    await assert.rejects(requestUrl(app.page, options), { code: 'config_invalid' });
    assert.equal(app.tab.storage.getItem('SMART_KEY'), null);
    await assertSignedOut(app);
  });

  test(`removing ${removed} signs out at once if the server does not respond to the revocation`, async (t) => {
    const app = await signedIn(t);
    app.ehr.answer('/revoke', { silent: true });
    remove(app);
    const { oauth2, left } = app.page;
    const calls = [oauth2.ready(), oauth2.ready(), app.client.request('Patient/zoe'), app.client.refresh()];
    await soon(Promise.all(calls.map((call) => assert.rejects(call, { code: 'signed_out' }))));
    await assertSignedOut(app);
    oauth2.init(app.options).catch(() => {});
    const url = await soon(left);
    const page = await app.open(callbackOf({ method: 'GET', url }));
    assert.equal((await page.oauth2.ready()).patient.id, 'noah');
  });
}

test('init() after the removal does not wait for the revocation', async (t) => {
  const app = await signedIn(t);
  app.ehr.answer('/revoke', { silent: true });
  app.tab.storage.removeItem('SMART_KEY');
  app.page.oauth2.init(app.options).catch(() => {});
  const url = await soon(app.page.left);
  const page = await app.open(callbackOf({ method: 'GET', url }));
  assert.equal((await page.oauth2.ready()).patient.id, 'noah');
});

test('a page that is loaded after the removal does not wait for the revocation', async (t) => {
  const app = await signedIn(t);
  app.ehr.answer('/revoke', { silent: true });
  app.tab.storage.removeItem('SMART_KEY');
  const { oauth2 } = await app.open(INDEX);
  await soon(assert.rejects(oauth2.ready(), { code: 'signed_out' }));
  assert.ok(!isRevealing(JSON.stringify(app.tab.storage)));
});

test('removing SMART_KEY signs out both clients of a page, also if a sign-in begins before the next call', async (t) => {
  const app = await signedIn(t);
  const otherEhr = await startEhr(t, { tokens: { patient: 'max' } });
  const options = { ...app.options, iss: otherEhr.fhirBaseUrl, clientId: 'other' };
  const otherClient = await complete(app.page, await requestUrl(app.page, options));
  assert.equal(otherClient.patient.id, 'max');
  app.tab.storage.removeItem('SMART_KEY');
  const url = await requestUrl(app.page, app.options);
  await assert.rejects(otherClient.request('Patient/max'), { code: 'signed_out' });
  await assertSignedOut(app);
  assert.equal((await complete(app.page, url)).patient.id, 'noah');
});

test('SMART_KEY is removed while a sign-in is pending: completing it does not sign in the former client again', async (t) => {
  const app = await signedIn(t);
  const otherEhr = await startEhr(t, { tokens: { patient: 'max' } });
  const url = await requestUrl(app.page, { ...app.options, iss: otherEhr.fhirBaseUrl });
  app.tab.storage.removeItem('SMART_KEY');
  const otherClient = await complete(app.page, url);
  await assert.rejects(app.client.request('Patient/zoe'), { code: 'signed_out' });
  assert.equal(otherClient.patient.id, 'max');
  assert.equal(await app.page.oauth2.ready(), otherClient);
});

/** Two iframes of one tab: they share `sessionStorage`. The second one is at its launch page. */
async function inIframes(test, more = {}) {
  const first = await openApp(test);
  for (const id of ['zoe', 'noah']) first.ehr.answer(`/fhir/Patient/${id}`, { json: { resourceType: 'Patient', id } });
  first.ehr.grant({ patient: 'zoe', ...more }, { patient: 'noah', ...more });
  const options = { ...OPTIONS, iss: first.ehr.fhirBaseUrl };
  /** @param {import('./tab.mjs').Tab} tab */
  const iframe = (tab) => ({
    tab,
    open: (url) => tab.open(url, { also: ['fhirclient'], globals: { parent: {}, name: '' } }),
  });
  const [one, two] = [iframe(first.tab), iframe(openTab(test, first.tab.storage))];
  const signIn = async ({ open }) => {
    const url = await authorize(await open(LAUNCH), options);
    const page = await open(callbackOf({ method: 'GET', url }));
    return { page, client: await page.oauth2.ready() };
  };
  return { ehr: first.ehr, storage: first.tab.storage, options, one, two, signIn };
}

test('iframes: the app in one iframe removes SMART_KEY; a sign-in in another iframe does not sign it in again', async (t) => {
  const { storage, options, one, two, signIn } = await inIframes(t);
  const { page, client } = await signIn(one);
  storage.removeItem('SMART_KEY');
  const url = await authorize(await two.open(LAUNCH), options);
  one.tab.show();
  await assert.rejects(page.oauth2.ready(), { code: 'signed_out' });
  await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
  const otherPage = await two.open(callbackOf({ method: 'GET', url }));
  const otherClient = await otherPage.oauth2.ready();
  one.tab.show();
  await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
  const reloadedPage = await one.open(INDEX);
  await assert.rejects(reloadedPage.oauth2.ready(), { code: 'signed_out' });
  two.tab.show();
  assert.equal((await otherClient.patient.read()).id, 'noah');
  assert.equal(await otherPage.oauth2.ready(), otherClient);
});

test('iframes: a sign-in in one iframe leaves the others signed in', async (t) => {
  const { options, one, two, signIn } = await inIframes(t);
  const { page, client } = await signIn(one);
  const url = await authorize(await two.open(LAUNCH), options);
  one.tab.show();
  assert.equal(await page.oauth2.ready(), client);
  const otherPage = await two.open(callbackOf({ method: 'GET', url }));
  assert.equal((await otherPage.oauth2.ready()).patient.id, 'noah');
  one.tab.show();
  assert.equal(await page.oauth2.ready(), client);
  assert.equal((await client.patient.read()).id, 'zoe');
});

test('iframes: an app that removes the record of its own sign-in signs out in this iframe only', async (t) => {
  const { storage, one, two, signIn } = await inIframes(t);
  const { page, client } = await signIn(one);
  const other = await signIn(two);
  storage.removeItem(client.state.key);
  one.tab.show();
  await assert.rejects(client.request('Patient/zoe'), { code: 'signed_out' });
  await assert.rejects(page.oauth2.ready(), { code: 'signed_out' });
  two.tab.show();
  assert.equal(await other.page.oauth2.ready(), other.client);
  assert.equal((await other.client.patient.read()).id, 'noah');
});

const ENDS = {
  'a 401 ends the session': async ({ ehr, client }) => {
    ehr.answer('/fhir/Patient/noah', { status: 401 });
    await assert.rejects(client.request('Patient/noah'), { status: 401 });
  },
  'the app removes the record': ({ storage, client }) => storage.removeItem(client.state.key),
};

for (const [ended, end] of Object.entries(ENDS)) {
  test(`iframes: ${ended} of the latest sign-in; another iframe stays signed in`, async (t) => {
    const { ehr, storage, one, two, signIn } = await inIframes(t, { refresh_token: undefined });
    const { page, client } = await signIn(one);
    const other = await signIn(two);
    const otherKey = other.client.state.key;
    await end({ ehr, storage, client: other.client });
    await assert.rejects(other.client.request('Patient/noah'), { code: 'signed_out' });
    await assert.rejects(other.page.oauth2.ready(), { code: 'signed_out' });
    assert.equal(other.client.patient.id, null);
    assert.ok(!JSON.stringify(storage).includes('noah'));
    one.tab.show();
    assert.equal(await page.oauth2.ready(), client);
    assert.equal((await client.patient.read()).id, 'zoe');
    // SMART_KEY names no record, so the app in this iframe does not get that of the other one.
    assert.equal(JSON.parse(storage.getItem('SMART_KEY')), otherKey);
    assert.equal(storage.getItem(otherKey), null);
    // A sign-in that fails leaves the other iframe signed in too.
    two.tab.show();
    const options = { ...OPTIONS, iss: 'https://ehr.example/fhir?a=b', noRedirect: true };
    await assert.rejects(other.page.oauth2.authorize(options), { code: 'config_invalid' });
    one.tab.show();
    assert.equal(await page.oauth2.ready(), client);
    ehr.answer('/fhir/Patient/zoe', { status: 401 });
    await assert.rejects(client.request('Patient/zoe'), { status: 401 });
    assert.equal(storage.getItem('SMART_KEY'), null);
    assert.equal(storage.getItem(client.state.key), null);
  });
}

test('a 401 that ends the session removes SMART_KEY, also after several sign-ins in the tab', async (t) => {
  const app = await openApp(t);
  app.ehr.grant({ refresh_token: undefined }, { patient: 'noah', refresh_token: undefined });
  app.ehr.answer('/fhir/Patient/noah', { status: 401 });
  await app.signIn();
  const { client } = await app.signIn();
  await assert.rejects(client.request('Patient/noah'), { status: 401 });
  assert.equal(app.tab.storage.getItem('SMART_KEY'), null);
  assert.equal(app.tab.storage.getItem(client.state.key), null);
});

test('popup signs in another user: until the page is left, ready() returns the new client', async (t) => {
  const app = await signedIn(t);
  const popup = openPopup();
  const signIn = app.page.oauth2.authorize({ ...app.options, target: 'popup' });
  assert.equal(await app.page.oauth2.ready(), app.client);
  await handOver(app.tab, popup);
  await signIn;
  assert.equal((await app.page.oauth2.ready()).patient.id, 'noah');
  for (const useRefreshToken of [false, true]) {
    await assert.rejects(app.client.request('Patient/zoe', { useRefreshToken }), { code: 'signed_out' });
  }
  assert.equal(await app.page.left, INDEX);
});

test('after a popup has signed in, authorize() succeeds even if the endpoints for the state cannot be read', async (t) => {
  const app = await openApp(t);
  const page = await app.open(LAUNCH);
  const now = Date.now();
  app.ehr.grant(() => {
    // The smart-configuration is requested again, because a month has passed.
    t.mock.method(Date, 'now', () => now + 2_592_000_000);
    app.ehr.answer('/fhir/.well-known/smart-configuration', { status: 500 });
    return {};
  });
  const popup = openPopup();
  const signIn = page.oauth2.authorize({ ...OPTIONS, iss: app.ehr.fhirBaseUrl, target: 'popup' });
  await handOver(app.tab, popup);
  await signIn;
  assert.equal(await page.left, INDEX);
  const nextPage = await app.open(INDEX);
  assert.equal((await nextPage.oauth2.ready()).patient.id, 'zoe');
});

test('a 401 that ends the session does not end a pending sign-in', async (t) => {
  const app = await openApp(t);
  app.ehr.grant({ refresh_token: undefined }, { patient: 'noah' });
  app.ehr.answer('/fhir/Patient/zoe', { status: 401 });
  const { page, client } = await app.signIn();
  const url = await requestUrl(page, { ...OPTIONS, iss: app.ehr.fhirBaseUrl });
  await assert.rejects(client.request('Patient/zoe'), { status: 401 });
  assert.equal((await complete(page, url)).patient.id, 'noah');
  assert.equal(client.smart.getState().status, 'unauthenticated');
});

test('a later page signs in another user: after the back button, ready() does not return the former client', async (t) => {
  const app = await signedIn(t);
  const later = openTab(t, app.tab.storage);
  const open = (url) => later.open(url, { also: ['fhirclient'] });
  const url = await authorize(await open(LAUNCH), app.options);
  const { oauth2 } = await open(callbackOf({ method: 'GET', url }));
  assert.equal((await oauth2.ready()).patient.id, 'noah');
  app.tab.show();
  app.tab.comeBack();
  await assert.rejects(app.page.oauth2.ready(), { code: 'signed_out' });
  assert.equal(app.client.patient.id, null);
  later.show();
  assert.equal((await oauth2.ready()).patient.id, 'noah');
});

test('if storage is blocked later, calls reject with storage_unavailable, and the session does not end', async (t) => {
  const app = await signedIn(t);
  app.tab.block();
  const { oauth2 } = app.page;
  const calls = [
    () => oauth2.ready(),
    () => oauth2.init(app.options),
    () => oauth2.authorize(app.options),
    () => app.client.request('Patient/zoe'),
    () => app.client.refresh(),
  ];
  for (const call of calls) await assert.rejects(call(), { name: 'SmartError', code: 'storage_unavailable' });
  app.tab.show();
  assert.equal(await oauth2.ready(), app.client);
  assert.equal((await app.client.patient.read()).id, 'zoe');
  assert.equal(app.ehr.requestsTo('/revoke').length, 0);
});

test('if the record of a sign-in cannot be stored, SMART_KEY still names the previous record', async (t) => {
  const app = await signedIn(t);
  const { tab, client } = app;
  tab.limit(JSON.stringify(tab.storage).length);
  await requestUrl(app.page, app.options);
  assert.equal(JSON.parse(tab.storage.getItem('SMART_KEY')), client.state.key);
  assert.equal((await client.patient.read()).id, 'zoe');
});
