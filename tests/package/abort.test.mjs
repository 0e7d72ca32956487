// A call that is aborted rejects at once, whatever it waits for. A refresh that the call has started continues.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmartClient } from 'smart-launch';
import { startEhr } from './ehr.mjs';
import { assertRejectsOnAbort, CALLS, never, REASONS, SENDING, until } from './abortable-calls.mjs';
import { openIsolated } from './isolated.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

async function signedIn(test, tokens = {}) {
  const ehr = await startEhr(test, { tokens });
  const client = createSmartClient(ehr.options({ timeoutSeconds: 60 }));
  await signIn(client);
  ehr.requests.length = 0;
  return { ehr, client };
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: rejects if the signal is aborted before the call, and sends nothing`, async (t) => {
    const { ehr, client } = await signedIn(t);
    for (const [reason, expected] of REASONS) {
      await assert.rejects(call(client, AbortSignal.abort(reason), ehr), expected);
    }
    assert.equal(ehr.requests.length, 0);
  });

  test(`${name}: rejects if the signal is aborted while the library is loaded`, async (t) => {
    const ehr = await startEhr(t);
    await assertRejectsOnAbort((signal) => call(createSmartClient(ehr.options()), signal, ehr));
  });

  test(`${name}: rejects if the signal is aborted while ready() is pending`, async (t) => {
    const ehr = await startEhr(t);
    ehr.answer('/token', never);
    const client = createSmartClient(ehr.options({ timeoutSeconds: 60 }));
    const callback = callbackOf(await client.authorize({ navigate: false }));
    client.ready({ callback }).catch(() => {});
    await until(() => ehr.requestsTo('/token').length > 0);
    await assertRejectsOnAbort((signal) => call(client, signal, ehr));
  });

  test(`${name}: rejects if the signal is aborted during a refresh; the refresh continues, and its token is used`, async (t) => {
    const { ehr, client } = await signedIn(t);
    const { now } = Date;
    t.mock.method(Date, 'now', () => now() + 7_200_000);
    const held = ehr.hold('/token', () => ({ json: ehr.tokenResponse() }));
    const refreshed = new Promise((resolve) => client.on('refreshed', resolve));
    await assertRejectsOnAbort(
      (signal) => call(client, signal, ehr),
      () => held.arrived,
    );
    held.release();
    await refreshed;
    assert.equal(client.getState().status, 'authenticated');
    assert.equal(await client.getAccessToken(), 'canary-access-2');
    assert.equal(ehr.requestsTo('/fhir/Patient').length, 0, 'an aborted request is not sent');
  });
}

for (const name of SENDING) {
  test(`${name}: rejects if the signal is aborted before the response`, async (t) => {
    const { ehr, client } = await signedIn(t);
    let resolveArrival;
    ehr.answer('/fhir/Patient', () => {
      resolveArrival();
      return never();
    });
    const arrival = new Promise((resolve) => (resolveArrival = resolve));
    await assertRejectsOnAbort(
      (signal) => CALLS[name](client, signal, ehr),
      () => arrival,
    );
  });
}

test('request: rejects if the signal is aborted while the body of the response is read', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Patient', { stalls: true });
  await assertRejectsOnAbort(
    (signal) => client.request('Patient', { signal }),
    () => until(() => ehr.requests.length > 0),
  );
});

test('fetch: rejects if the signal is aborted while the body of its Request is read', async (t) => {
  const { ehr, client } = await signedIn(t);
  const body = () => new ReadableStream({ pull: never });
  await assertRejectsOnAbort((signal) =>
    client.fetch(new Request(`${ehr.fhirBaseUrl}/Patient`, { method: 'PUT', body: body(), duplex: 'half', signal })),
  );
  assert.equal(ehr.requests.length, 0);
});

test('fetch: `signal: null` in the options overrides the signal of the Request', async (t) => {
  const { ehr, client } = await signedIn(t);
  ehr.answer('/fhir/Patient', { json: {} });
  const request = new Request(`${ehr.fhirBaseUrl}/Patient`, { signal: AbortSignal.abort() });
  assert.equal((await client.fetch(request, { signal: null })).status, 200);
});

test('client in a worker: each call rejects if the signal is aborted before or after the sign-in', async (t) => {
  const app = await openIsolated(t, { options: { timeoutSeconds: 60 } });
  const { getAccessToken, ...calls } = CALLS;
  for (const call of Object.values(calls)) {
    await assert.rejects(call(app.client, AbortSignal.abort(), app.ehr), { code: 'aborted' });
    await assertRejectsOnAbort((signal) => call(app.client, signal, app.ehr));
  }
  await app.signIn();
  app.ehr.answer('/token', never);
  for (const call of Object.values(calls)) await assertRejectsOnAbort((signal) => call(app.client, signal, app.ehr));
  app.ehr.answer('/fhir/Patient', { silent: true });
  for (const name of SENDING) await assertRejectsOnAbort((signal) => CALLS[name](app.client, signal, app.ehr));
});
