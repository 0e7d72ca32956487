// The result of a call is not returned after the end of its session, nor after another sign-in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { openIsolated } from './isolated.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

const RECORD = { resourceType: 'Patient', id: 'zoe', name: [{ family: 'Alvarez' }] };

/** The path and the response of each call. */
const CALLS = {
  request: ['/fhir/Patient/zoe', RECORD, (client) => client.request('Patient/zoe')],
  fetch: ['/fhir/Patient/zoe', RECORD, (client) => client.fetch('Patient/zoe')],
  create: ['/fhir/Patient', RECORD, (client) => client.create({ resourceType: 'Patient' })],
  update: ['/fhir/Patient/zoe', RECORD, (client) => client.update(RECORD)],
  userInfo: ['/userinfo', { sub: 'amara', email: 'Alvarez' }, (client) => client.userInfo()],
  introspect: ['/introspect', { active: true, sub: 'Alvarez' }, (client) => client.introspect()],
};
const STATUSES = { request: [200, 401, 412], fetch: [200, 401, 412], create: [201, 401, 412], update: [200, 401, 412] };

const idToken = {};
const options = { scope: SCOPE_OPENID };

function configure(ehr) {
  ehr.configure({ introspection_endpoint: `${ehr.origin}/introspect` });
  const document = { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` };
  ehr.answer('/.well-known/openid-configuration', { json: document });
}

const STARTS = {
  'client in the page': async (t) => {
    const ehr = await startEhr(t, { idToken });
    configure(ehr);
    const client = createSmartClient(ehr.options(options));
    t.after(() => client.dispose());
    return { ehr, client };
  },
  'client in a worker': async (t) => {
    const { ehr, client } = await openIsolated(t, { ehr: { idToken }, options });
    configure(ehr);
    return { ehr, client };
  },
};

for (const [kind, start] of Object.entries(STARTS)) {
  for (const [name, [path, json, call]] of Object.entries(CALLS)) {
    for (const status of STATUSES[name] ?? [200]) {
      test(`${kind}: ${name}() whose response with status ${status} arrives after a sign-out or another sign-in`, async (t) => {
        for (const isReplaced of [false, true]) {
          const { ehr, client } = await start(t);
          await signIn(client);
          const held = ehr.hold(path, () => ({ status, json }));
          const pendingCall = call(client);
          pendingCall.catch(() => {});
          await held.arrived;
          await (isReplaced ? signIn(client) : client.logout());
          held.release();
          await assert.rejects(pendingCall, (error) => {
            assert.equal(error.code, 'signed_out');
            // The app has to know whether its data was stored.
            if (name === 'create' || name === 'update') assert.ok(status === 401 || error.status === status);
            assert.ok(!JSON.stringify([error, error.body]).includes('Alvarez'));
            return true;
          });
          assert.equal(client.getState().session !== null, isReplaced);
        }
      });
    }
  }
}

test('401 that ends the session of the call: the call has the response', async (t) => {
  for (const name of ['request', 'fetch', 'update']) {
    const ehr = await startEhr(t, { tokens: { refresh_token: undefined, expires_in: undefined } });
    const client = createSmartClient(ehr.options());
    t.after(() => client.dispose());
    await signIn(client);
    ehr.answer('/fhir/Patient/zoe', { status: 401, json: RECORD });
    const outcome = await CALLS[name][2](client).catch(({ code, status }) => ({ code, status }));
    assert.equal(outcome.status, 401);
    assert.equal(outcome.code, name === 'fetch' ? undefined : 'http_status');
    assert.equal(client.getState().status, 'unauthenticated');
  }
});

for (const name of ['fetch', 'request']) {
  test(`client in a worker: body requested by ${name}() before ready() arrives after sign-out or another sign-in`, async (t) => {
    for (const isReplaced of [false, true]) {
      const { ehr, client } = await openIsolated(t, { options });
      const authorizationRequest = await client.authorize({ navigate: false });
      /** @type {(value?: unknown) => void} */
      let arrive = () => {};
      const arrived = new Promise((resolve) => (arrive = resolve));
      ehr.answer('/fhir/Patient/zoe', () => {
        arrive();
        return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(RECORD), drips: 20 };
      });
      const call = client[name]('Patient/zoe');
      call.catch(() => {});
      await client.ready({ callback: callbackOf(authorizationRequest) });
      await arrived;
      await (isReplaced ? signIn(client) : client.logout());
      await assert.rejects(call, { code: 'signed_out' });
    }
  });
}

/** Listeners, by how they learn of the session of another sign-in. */
const LISTENERS = {
  'subscribe()': (client, previous, found) =>
    client.subscribe(() => {
      const { session } = client.getState();
      if (session && session !== previous) found(session);
    }),
  "on('signedIn')": (client, _, found) => client.on('signedIn', found),
};

for (const [kind, start] of Object.entries(STARTS)) {
  for (const [listener, listen] of Object.entries(LISTENERS)) {
    test(`${kind}: calls by a listener of ${listener} at another sign-in are calls of the new session`, async (t) => {
      const { ehr, client } = await start(t);
      ehr.answer('/fhir/Patient/zoe', { json: RECORD });
      ehr.answer('/fhir/Patient', { status: 201, json: RECORD });
      ehr.answer('/fhir/Practitioner/amara', { json: { resourceType: 'Practitioner', id: 'amara' } });
      ehr.answer('/fhir/Observation', { json: { resourceType: 'Bundle' } });
      ehr.answer('/userinfo', { json: { sub: 'amara' } });
      ehr.answer('/introspect', { json: { active: true } });
      const firstSession = await signIn(client);
      const results = new Promise((resolve) => {
        const unsubscribe = listen(client, firstSession, (session) => {
          unsubscribe();
          const calls = Object.values(CALLS).map(([, , call]) => call(client));
          const reads = [session.user(), client.pages('Observation').next()];
          resolve(Promise.allSettled([...calls, ...reads]));
        });
      });
      const ready = signIn(client);
      const codes = (await results).map(({ reason }) => reason?.code);
      assert.deepEqual(codes, Array(8).fill(undefined));
      await ready;
    });
  }
}

test('client in a worker: a response that arrives when the state has another sign-in’s session is not returned', async (t) => {
  const { ehr, client, workers } = await openIsolated(t, { options });
  const previousSession = await signIn(client);
  const held = ehr.hold('/fhir/Patient/zoe', () => ({ json: RECORD }));
  const call = client.request('Patient/zoe');
  call.catch(() => {});
  await held.arrived;
  const { id } = workers.sent.at(-1);
  const changed = new Promise((resolve) => LISTENERS['subscribe()'](client, previousSession, resolve));
  LISTENERS['subscribe()'](client, previousSession, () => {
    const [worker] = workers.started;
    const body = new TextEncoder().encode(JSON.stringify(RECORD)).buffer;
    worker.dispatch('message', { data: { id, result: { url: '', status: 200, statusText: '', headers: [], body } } });
    // No later message of the worker arrives.
    worker.mute = true;
  });
  signIn(client).catch(() => {});
  await changed;
  await assert.rejects(call, { code: 'signed_out' });
});
