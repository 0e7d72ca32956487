// useSmartRequest: requests of a component.

import { waitLongEnough, openPage, render, until } from './rendered.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement as h, StrictMode } from 'react';
import { createSmartClient } from 'smart-launch';
import { SmartProvider, useSmart, useSmartRequest } from 'smart-launch/react';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

const patient = (id, members) => ({ json: { resourceType: 'Patient', id, ...members } });

/** A page whose component reads `url`; `results` has the result of each rendering, with the access token at that time. */
async function openReader(test, { isSignedIn = true, ...ehrOptions } = {}) {
  const ehr = await startEhr(test, ehrOptions);
  ehr.answer('/fhir/Patient/zoe', patient('zoe'));
  ehr.answer('/fhir/Patient/amal', patient('amal'));
  await openPage(test, 'https://app.example/');
  const client = createSmartClient(ehr.options());
  if (isSignedIn) await signIn(client);
  const results = [];
  function Reader({ url, read }) {
    const { session } = useSmart();
    const result = useSmartRequest(url, read);
    results.push({ url, token: session?.tokenResponse.access_token, ...result });
    return [result.status, result.data?.id, result.data?.round, result.error?.code].filter(Boolean).join(' ');
  }
  const app = (props) => h(StrictMode, null, h(SmartProvider, { client }, h(Reader, props)));
  return { ehr, client, results, app };
}

/** The signals of the FHIR requests that are sent after this call. */
function watchSignals(test) {
  const { fetch } = globalThis;
  const signals = [];
  test.mock.method(globalThis, 'fetch', (url, init) => {
    if (String(url).includes('/fhir/Patient')) signals.push(init.signal);
    return fetch(url, init);
  });
  return signals;
}

test('reads once under StrictMode', async (t) => {
  const { ehr, app, results } = await openReader(t);
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('success zoe');
  const [{ headers, method }] = ehr.requestsTo('/fhir/Patient/zoe');
  assert.equal(method, 'GET');
  assert.equal(headers.authorization, 'Bearer canary-access-1');
  await waitLongEnough();
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 1);
  assert.deepEqual([...new Set(results.map(({ status }) => status))], ['loading', 'success']);
});

test('sends no request until the user signs in, then reads', async (t) => {
  const { ehr, client, app } = await openReader(t, { isSignedIn: false });
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('idle');
  await waitLongEnough();
  assert.equal(ehr.requests.length, 0);
  await signIn(client);
  await view.shows('success zoe');
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 1);
});

test('sends no request without a URL', async (t) => {
  const { ehr, app } = await openReader(t);
  const requestCount = ehr.requests.length;
  const view = render(t, app({ url: null }));
  await view.shows('idle');
  view.rerender(app({ url: undefined }));
  await waitLongEnough();
  await view.shows('idle');
  assert.equal(ehr.requests.length, requestCount);
});

test('a URL object works like a string, and a new object with the same URL does not repeat the request', async (t) => {
  const { ehr, app } = await openReader(t);
  const url = `${ehr.fhirBaseUrl}/Patient/zoe`;
  const view = render(t, app({ url: new URL(url) }));
  await view.shows('success zoe');
  view.rerender(app({ url: new URL(url) }));
  view.rerender(app({ url }));
  await waitLongEnough();
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 1);
});

test('a new URL aborts the pending request, whose response is never shown', async (t) => {
  const { ehr, app, results } = await openReader(t);
  const signals = watchSignals(t);
  const held = ehr.hold('/fhir/Patient/zoe', () => patient('zoe'));
  const view = render(t, app({ url: 'Patient/zoe' }));
  await held.arrived;
  view.rerender(app({ url: 'Patient/amal' }));
  await view.shows('success amal');
  held.release();
  await waitLongEnough();
  await view.shows('success amal');
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  assert.ok(results.every(({ data }) => data?.id !== 'zoe'));
});

test('a response is not shown for another URL, not even for one rendering', async (t) => {
  const { app, results } = await openReader(t);
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('success zoe');
  view.rerender(app({ url: 'Patient/amal' }));
  await view.shows('success amal');
  for (const { url, data } of results) assert.ok(data === null || url === `Patient/${data.id}`, `${data?.id} for ${url}`);
});

test('unmounting aborts the pending request', async (t) => {
  const { ehr, app } = await openReader(t);
  const signals = watchSignals(t);
  const held = ehr.hold('/fhir/Patient/zoe', () => patient('zoe'));
  const view = render(t, app({ url: 'Patient/zoe' }));
  await held.arrived;
  view.unmount();
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
  held.release();
});

test('refreshing the token does not read again', async (t) => {
  const { ehr, client, app, results } = await openReader(t);
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('success zoe');
  await client.refresh();
  await until(() => results.at(-1).token === 'canary-access-2');
  await waitLongEnough();
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 1);
});

test('another sign-in reads again, and previous data is removed at once', async (t) => {
  const { ehr, client, app, results } = await openReader(t);
  ehr.answer('/fhir/Patient/zoe', patient('zoe', { round: 1 }), patient('zoe', { round: 2 }));
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('success zoe 1');
  await signIn(client);
  await view.shows('success zoe 2');
  const tokens = ehr.requestsTo('/fhir/Patient/zoe').map(({ headers }) => headers.authorization);
  assert.deepEqual(tokens, ['Bearer canary-access-1', 'Bearer canary-access-2']);
  const mismatches = results.filter(({ token, data }) => data && token !== `canary-access-${data.round}`);
  assert.deepEqual(mismatches, []);
});

test('no data is shown after signing out', async (t) => {
  const { ehr, client, app } = await openReader(t);
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('success zoe');
  await client.logout();
  await view.shows('idle');
  await waitLongEnough();
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 1);
});

test('reload reads again and keeps the previous data meanwhile', async (t) => {
  const { ehr, app, results } = await openReader(t);
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('success zoe');
  const held = ehr.hold('/fhir/Patient/zoe', () => patient('zoe', { round: 2 }));
  // StrictMode may discard the first rendering.
  const { reload } = results.at(-1);
  results.length = 0;
  reload();
  await view.shows('loading zoe');
  await held.arrived;
  held.release();
  await view.shows('success zoe 2');
  for (const result of results) assert.equal(result.reload, reload, '`reload` is the same function each time');
});

test('an error status of the server is the error http_status, and reload tries again', async (t) => {
  const { ehr, app, results } = await openReader(t);
  ehr.answer('/fhir/Patient/zoe', { status: 403, json: { resourceType: 'OperationOutcome' } }, patient('zoe'));
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('error http_status');
  const { error, data } = results.at(-1);
  assert.equal(error.status, 403);
  assert.equal(data, null);
  results.at(-1).reload();
  await view.shows('success zoe');
});

test('a custom fetcher may send several requests; an exception that it throws is the error', async (t) => {
  const { ehr, client, app, results } = await openReader(t);
  let argumentsOfRead;
  const read = async (url, context) => {
    argumentsOfRead = { url, ...context };
    const zoe = await context.client.request(url, { signal: context.signal });
    const amal = await context.client.request('Patient/amal', { signal: context.signal });
    return { id: `${zoe.id}+${amal.id}` };
  };
  // `read` is a new function in each rendering.
  const view = render(t, app({ url: 'Patient/zoe', read: (...args) => read(...args) }));
  await view.shows('success zoe+amal');
  assert.equal(argumentsOfRead.url, 'Patient/zoe');
  assert.equal(argumentsOfRead.client, client);
  view.rerender(app({ url: 'Patient/zoe', read: (...args) => read(...args) }));
  await waitLongEnough();
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 1);
  const failure = new TypeError('of the app');
  view.rerender(
    app({
      url: 'Patient/amal',
      read: () => {
        throw failure;
      },
    }),
  );
  await view.shows('error');
  assert.equal(results.at(-1).error, failure);
  assert.equal(argumentsOfRead.signal.aborted, true);
});

test('a session that ends during a read is not an error of the read', async (t) => {
  const { ehr, app } = await openReader(t, { tokens: { refresh_token: undefined, expires_in: 0 } });
  const view = render(t, app({ url: 'Patient/zoe' }));
  await view.shows('idle');
  assert.equal(ehr.requestsTo('/fhir/Patient/zoe').length, 0);
});
