// App state at the EHR: `smart-launch/app-state`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { createAppState } from 'smart-launch/app-state';
import { isRevealing, SCOPE_OPENID, startEhr } from './ehr.mjs';
import { openIsolated } from './isolated.mjs';
import { startServer } from './scripted-server.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

const OPTIONS = { system: 'https://app.example', code: 'display-preferences', subject: 'user' };
const URL_OF_VALUE = 'https://app.example/display-preferences';
const WITH_APP_STATE = { capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'smart-app-state'] };

async function signedIn(test, configuration = WITH_APP_STATE) {
  const ehr = await startEhr(test, { idToken: {}, tokens: { scope: SCOPE_OPENID }, configuration });
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  await signIn(client);
  ehr.requests.length = 0;
  const user = `${ehr.fhirBaseUrl}/Practitioner/amara`;
  return { ehr, client, user, requests: (path = '/fhir/Basic') => ehr.requests.filter((request) => request.path.startsWith(path)) };
}

const basic = (id, versionId, reference, value = 'dark', members = {}) => ({
  resourceType: 'Basic',
  id,
  meta: { versionId },
  ...(reference && { subject: { reference } }),
  code: { coding: [{ system: OPTIONS.system, code: OPTIONS.code }] },
  extension: [{ url: URL_OF_VALUE, valueString: value }],
  ...members,
});
const bundle = (...resources) => ({ json: { resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) } });

test('list: searches by code and subject', async (t) => {
  const { ehr, client, user, requests } = await signedIn(t);
  const patient = `${ehr.fhirBaseUrl}/Patient/zoe`;
  for (const [subject, reference, query] of [
    ['user', user, { subject: user }],
    ['patient', patient, { subject: patient }],
    ['app', undefined, { 'subject:missing': 'true' }],
  ]) {
    ehr.answer('/fhir/Basic', bundle(basic('1', 'a', reference)));
    const [entry, ...others] = await createAppState(client, { ...OPTIONS, subject }).list();
    assert.deepEqual(entry, { id: '1', versionId: 'a', subject: reference ?? null, values: { [URL_OF_VALUE]: 'dark' } });
    assert.deepEqual(others, []);
    const last = requests().at(-1);
    assert.deepEqual(Object.fromEntries(last.query), { code: 'https://app.example|display-preferences', ...query });
    assert.equal(last.headers.authorization, 'Bearer canary-access-1');
  }
});

test('list: resources with another subject or code, and unreadable resources, are not returned', async (t) => {
  const { ehr, client, user } = await signedIn(t);
  const otherUser = `${ehr.fhirBaseUrl}/Practitioner/other`;
  const coding = [{ system: OPTIONS.system, code: OPTIONS.code }];
  ehr.answer(
    '/fhir/Basic',
    bundle(
      basic('1', 'a', otherUser),
      basic('2', 'a', undefined),
      basic('3', 'a', 'Practitioner/amara'),
      basic('4', 'a', user, 'x', { code: { coding: [{ ...coding[0], code: 'keys' }] } }),
      basic('5', 'a', user, 'x', { code: { coding: [...coding, { system: 'other' }] } }),
      basic('6', undefined, user),
      basic(7, 'a', user),
      { ...basic('8', 'a', user), resourceType: 'Patient' },
      null,
      { resourceType: 'OperationOutcome' },
      basic('9', 'a', user, 'mine', { extension: [{ url: URL_OF_VALUE, valueString: 'mine' }, { url: 'x', valueInteger: 1 }, null, 'x'] }),
    ),
  );
  const states = await createAppState(client, OPTIONS).list();
  assert.deepEqual(states, [{ id: '9', versionId: 'a', subject: user, values: { [URL_OF_VALUE]: 'mine' } }]);
  assert.ok(Object.isFrozen(states) && Object.isFrozen(states[0].values));
});

test('write: creates a state with POST; replacing or deleting a state sends If-Match', async (t) => {
  const { ehr, client, user, requests } = await signedIn(t);
  const preferences = createAppState(client, OPTIONS);
  ehr.answer('/fhir/Basic', { status: 201, json: basic('1', 'a', user), headers: { etag: 'W/"a"' } });
  const created = await preferences.write({ [URL_OF_VALUE]: 'dark' }, null);
  assert.deepEqual(created, { id: '1', versionId: 'a', subject: user, values: { [URL_OF_VALUE]: 'dark' } });
  const { id: _, meta: __, ...sent } = basic('1', 'a', user);
  assert.deepEqual([requests().at(-1).method, JSON.parse(requests().at(-1).body)], ['POST', sent]);

  ehr.answer('/fhir/Basic/1', { json: basic('1', 'b', user, 'light') });
  const changed = await preferences.write({ [URL_OF_VALUE]: 'light' }, created);
  assert.equal(changed.versionId, 'b');
  const { method, headers, body } = requests().at(-1);
  assert.deepEqual([method, headers['if-match'], JSON.parse(body).id], ['PUT', 'W/"a"', '1']);

  ehr.answer('/fhir/Basic/1', { status: 412 });
  await assert.rejects(preferences.write({ [URL_OF_VALUE]: 'dark' }, created), { code: 'http_status', status: 412 });
  ehr.answer('/fhir/Basic/1', { status: 204 });
  assert.equal(await preferences.delete(changed), undefined);
  assert.deepEqual([requests().at(-1).method, requests().at(-1).headers['if-match']], ['DELETE', 'W/"b"']);
});

test('write: invalid values and options are config_invalid before anything is sent', async (t) => {
  const { ehr, client, user, requests } = await signedIn(t);
  const { write } = createAppState(client, OPTIONS);
  for (const values of [null, undefined, { [URL_OF_VALUE]: 1 }, { 'not a url': 'x' }, { [URL_OF_VALUE]: 'x'.repeat(262_144) }]) {
    await assert.rejects(write(values, null), { name: 'SmartError', code: 'config_invalid' });
  }
  for (const options of [{ system: 'app' }, { system: 'https://a.example|b' }, { code: '' }, { code: 'a,b' }, { subject: 'all' }, { code: undefined }]) {
    await assert.rejects(createAppState(client, { ...OPTIONS, ...options }).list(), { code: 'config_invalid' }, JSON.stringify(options));
  }
  const entry = { id: '1', versionId: 'a', values: {} };
  for (const subject of [null, `${ehr.fhirBaseUrl}/Practitioner/other`]) {
    await assert.rejects(write({}, { ...entry, subject }), { code: 'config_invalid' });
    await assert.rejects(createAppState(client, OPTIONS).delete({ ...entry, subject }), { code: 'config_invalid' });
  }
  await assert.rejects(write({}, { ...entry, subject: user, id: '../Patient/1' }), { code: 'config_invalid' });
  assert.deepEqual(requests(), []);
  // A body of exactly 262,144 bytes is permitted.
  ehr.answer('/fhir/Basic', { status: 201, json: basic('1', 'a', user) });
  await write({ [URL_OF_VALUE]: '' }, null);
  const space = 262_144 - requests().at(-1).body.length;
  await write({ [URL_OF_VALUE]: 'x'.repeat(space) }, null);
  await assert.rejects(write({ [URL_OF_VALUE]: 'x'.repeat(space + 1) }, null), { code: 'config_invalid' });
});

test('write: if the response has no id or version, the error says that the state is stored', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Basic', { status: 201 });
  await assert.rejects(createAppState(client, OPTIONS).write({}, null), { code: 'json_invalid', status: 201, message: /is stored/ });
});

test('list: signed_out without session, config_invalid without user or patient, discovery_invalid without app state', async (t) => {
  const { ehr, client } = await signedIn(t);
  await assert.rejects(createAppState(createSmartClient(ehr.options()), OPTIONS).list(), { code: 'signed_out' });
  const anonymous = createSmartClient(ehr.options({ clientId: 'other' }));
  ehr.grant({ patient: undefined, id_token: undefined });
  await signIn(anonymous, { scope: 'user/*.rs' });
  for (const subject of ['user', 'patient']) {
    await assert.rejects(createAppState(anonymous, { ...OPTIONS, subject }).list(), { code: 'config_invalid', message: new RegExp(subject) });
  }
  const { client: clientWithoutAppState } = await signedIn(t, {});
  await assert.rejects(createAppState(clientWithoutAppState, OPTIONS).list(), { code: 'discovery_invalid' });
  await client.logout();
  await assert.rejects(createAppState(client, OPTIONS).list(), { code: 'signed_out' });
});

test('a call rejects with signed_out if there is another sign-in before its response', async (t) => {
  const { ehr, client, user, requests } = await signedIn(t);
  const state = createAppState(client, OPTIONS);
  const held = ehr.hold('/fhir/Basic', () => bundle(basic('1', 'a', user)));
  const pendingList = state.list();
  pendingList.catch(() => {});
  await held.arrived;
  await signIn(client);
  held.release();
  await assert.rejects(pendingList, { code: 'signed_out' });
  assert.equal((await state.list()).length, 1);
  assert.equal(requests().length, 2);
});

test('listeners of `signedIn` and of the state may make calls', async (t) => {
  const ehr = await startEhr(t, { idToken: {}, tokens: { scope: SCOPE_OPENID }, configuration: WITH_APP_STATE });
  ehr.answer('/fhir/Basic', bundle());
  const client = createSmartClient(ehr.options({ scope: SCOPE_OPENID }));
  const calls = [];
  let state;
  client.on('signedIn', () => calls.push(state.list()));
  state = createAppState(client, OPTIONS);
  client.subscribe(() => client.getState().session && calls.length === 0 && calls.push(state.list()));
  await signIn(client);
  assert.deepEqual(await Promise.all(calls), [[], []]);
});

test('the first call for app state adds one listener to a client, and further calls add none', async (t) => {
  const { ehr, client, user } = await signedIn(t);
  let listeners = 0;
  const countingClient = {
    ...client,
    subscribe(listener) {
      listeners += 1;
      return client.subscribe(listener);
    },
    on: () => assert.fail('there is a listener for an event'),
  };
  const states = ['a', 'b', 'c'].map((code) => createAppState(countingClient, { ...OPTIONS, code }));
  assert.equal(listeners, 0);
  ehr.answer('/fhir/Basic', bundle(basic('1', 'a', user)));
  for (const state of states) await state.list();
  assert.equal(listeners, 1);
});

/** Signs in at an EHR whose endpoint for app state is at another server. */
async function signInWithAssociatedEndpoint(t, endpoint = (origin) => `${origin}/appstate`) {
  const stateServer = await startServer(t);
  const url = endpoint(stateServer.origin);
  const app = await signedIn(t, { associated_endpoints: [{ url: 'https://x.example' }, { url, capabilities: ['smart-app-state'] }] });
  return { stateServer, ...app };
}

test('associated endpoint: the token is sent to URLs under it, and to no others', async (t) => {
  const { stateServer, client, user } = await signInWithAssociatedEndpoint(t);
  const state = createAppState(client, OPTIONS);
  const next = [{ relation: 'next', url: `${stateServer.origin}/appstate/Basic/page?2` }];
  stateServer.answer('/appstate/Basic', { json: { ...bundle(basic('1', 'a', user)).json, link: next } });
  stateServer.answer('/appstate/Basic/page', bundle(basic('2', 'a', user)));
  assert.deepEqual((await state.list()).map(({ id }) => id), ['1', '2']);
  assert.ok(stateServer.requests.every(({ headers }) => headers.authorization === 'Bearer canary-access-1'));

  const nextElsewhere = [{ relation: 'next', url: `${stateServer.origin}/other` }];
  stateServer.answer('/appstate/Basic/page', { json: { ...bundle().json, link: nextElsewhere } });
  await assert.rejects(state.list(), { code: 'origin_not_allowed' });
  stateServer.answer('/appstate/Basic', { redirect: `${stateServer.origin}/other` });
  await assert.rejects(state.list(), { code: 'origin_not_allowed' });
  assert.equal(stateServer.requestsTo('/other').length, 0);
});

test('associated endpoint: after a 401 the token is refreshed; a token in an error is masked', async (t) => {
  const { stateServer, client, user } = await signInWithAssociatedEndpoint(t);
  const state = createAppState(client, OPTIONS);
  stateServer.answer('/appstate/Basic', ({ headers }) =>
    headers.authorization === 'Bearer canary-access-1' ? { status: 401 } : bundle(basic('1', 'a', user)),
  );
  assert.equal((await state.list()).length, 1);
  stateServer.answer('/appstate/Basic', ({ headers }) => ({ status: 500, json: { repeated: headers.authorization } }));
  await assert.rejects(state.list(), (error) => {
    assert.deepEqual([error.code, error.status], ['http_status', 500]);
    assert.ok(!isRevealing(JSON.stringify([error, error.body, error.message])));
    return true;
  });
});

test('associated endpoint: a call that began before another sign-in does not send the token of the new session', async (t) => {
  const { stateServer, client, ehr } = await signInWithAssociatedEndpoint(t);
  const state = createAppState(client, OPTIONS);
  const held = stateServer.hold('/appstate/Basic', () => ({ status: 401 }));
  const pendingList = state.list();
  pendingList.catch(() => {});
  await held.arrived;
  await signIn(client);
  held.release();
  await assert.rejects(pendingList, { code: 'signed_out' });

  const request = await client.authorize({ navigate: false });
  const token = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  const pendingSignIn = client.ready({ callback: callbackOf(request) });
  await token.arrived;
  const pendingWrite = state.write({ [URL_OF_VALUE]: 'dark' }, null);
  pendingWrite.catch(() => {});
  token.release();
  await pendingSignIn;
  await assert.rejects(pendingWrite, { code: 'signed_out' });
  assert.deepEqual(stateServer.requests.map(({ headers }) => headers.authorization), ['Bearer canary-access-1']);
});

test('endpoint: an invalid URL is discovery_invalid, a URL that is not https is endpoint_scheme; smart_app_state_endpoint is also read', async (t) => {
  for (const [url, code] of [
    [1, 'discovery_invalid'],
    ['appstate', 'discovery_invalid'],
    ['https://a:b@x.example/', 'discovery_invalid'],
    ['https://x.example/?a', 'discovery_invalid'],
    ['http://x.example/', 'endpoint_scheme'],
    ['javascript:1', 'endpoint_scheme'],
  ]) {
    const { client } = await signInWithAssociatedEndpoint(t, () => url);
    await assert.rejects(createAppState(client, OPTIONS).list(), { code }, String(url));
  }
  const stateServer = await startServer(t);
  const { client, user } = await signedIn(t, { smart_app_state_endpoint: `${stateServer.origin}/app-state-of-2.1/` });
  stateServer.answer('/app-state-of-2.1/Basic', bundle(basic('1', 'a', user)));
  assert.equal((await createAppState(client, OPTIONS).list()).length, 1);
});

test('createIsolatedSmartClient stores app state only under the FHIR base', async (t) => {
  const app = await openIsolated(t, { configuration: WITH_APP_STATE });
  await app.signIn();
  const user = `${app.ehr.fhirBaseUrl}/Practitioner/amara`;
  app.ehr.answer('/fhir/Basic', ({ method }) => (method === 'POST' ? { status: 201, json: basic('1', 'a', user) } : bundle()));
  const state = createAppState(app.client, OPTIONS);
  assert.deepEqual(await state.list(), []);
  assert.equal((await state.write({ [URL_OF_VALUE]: 'dark' }, null)).id, '1');

  const withEndpoint = await openIsolated(t, { configuration: { associated_endpoints: [{ url: 'https://x.example/', capabilities: ['smart-app-state'] }] } });
  await withEndpoint.signIn();
  await assert.rejects(createAppState(withEndpoint.client, OPTIONS).list(), { code: 'origin_not_allowed' });
});

test('write: a sign-in that starts while the metadata is loaded is awaited, and nothing is sent with its token', async (t) => {
  const { ehr, client, requests } = await signedIn(t);
  ehr.answer('/fhir/Basic', { status: 201, json: basic('1', 'a') });
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const token = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
  let pendingSignIn;
  const discover = async (...args) => {
    const metadata = await client.discover(...args);
    pendingSignIn = client.ready({ callback });
    await token.arrived;
    return metadata;
  };
  const pendingWrite = createAppState({ ...client, discover }, OPTIONS).write({ [URL_OF_VALUE]: 'dark' }, null);
  pendingWrite.catch(() => {});
  await token.arrived;
  token.release();
  await pendingSignIn;
  await assert.rejects(pendingWrite, { code: 'signed_out' });
  assert.deepEqual(requests(), []);
});
