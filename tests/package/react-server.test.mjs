// Server rendering and hydration.

import { openCallback, openPage, render } from './rendered.mjs';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createSmartClient } from 'smart-launch';
import { PAGES, watcher } from './components.mjs';
import { startEhr } from './ehr.mjs';
import { signIn } from './sign-in.mjs';

/** Renders a page in a worker thread without a DOM, as on a server. */
async function renderOnServer(name, options) {
  const server = new Worker(new URL('server-thread.mjs', import.meta.url), { workerData: { name, options } });
  const [message] = await once(server, 'message');
  return message;
}

test('a server renders `loading` without a request', async (t) => {
  const ehr = await startEhr(t);
  const { html, states, errors } = await renderOnServer('whole', ehr.options());
  assert.equal(html.replaceAll('<!-- -->', ''), '<p>loading wait idle</p>');
  assert.deepEqual([...new Set(states)], ['loading idle']);
  assert.deepEqual(errors, []);
  assert.equal(ehr.requests.length, 0);
});

test('a server creates a client for each rendering, because it has many users', async (t) => {
  const ehr = await startEhr(t);
  const { clients } = await renderOnServer('whole', ehr.options());
  assert.equal(clients, 2);
});

test('a server does not wait for a session: it sends the fallback', async (t) => {
  const ehr = await startEhr(t);
  const { html, errors, engines } = await renderOnServer('suspending', ehr.options());
  assert.match(html, /waiting/);
  assert.equal(engines, 0);
  assert.deepEqual([...new Set(errors)], ['signed_out']);
  assert.equal(ehr.requests.length, 0);
});

for (const [description, propsOf] of [
  ['options', (options) => ({ options })],
  ['a client', (options) => ({ client: createSmartClient(options) })],
]) {
  test(`a browser hydrates without a mismatch, and completes the sign-in, with ${description}`, async (t) => {
    const { ehr, options, page } = await openCallback(t);
    ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
    const { html } = await renderOnServer('whole', options);
    const { reportedErrors, onRecoverableError } = watchReact(t);
    const { status, seen } = watcher();
    const view = render(t, PAGES.whole(propsOf(options), status), { html, onRecoverableError });
    await view.shows('authenticated zoe zoe success');
    assert.equal(seen[0].status, 'loading');
    assert.deepEqual(reportedErrors(), []);
    assert.equal(ehr.requestsTo('/token').length, 1);
    assert.equal(page.address(), '/back');
  });
}

test('a client that already has a session renders `loading` first, as the server did', async (t) => {
  const ehr = await startEhr(t);
  ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } });
  const { html } = await renderOnServer('whole', ehr.options());
  await openPage(t, 'https://app.example/');
  const client = createSmartClient(ehr.options());
  await signIn(client);
  const { reportedErrors, onRecoverableError } = watchReact(t);
  const { status, seen } = watcher();
  const view = render(t, PAGES.whole({ client }, status), { html, onRecoverableError });
  await view.shows('authenticated zoe zoe success');
  assert.equal(seen[0].status, 'loading');
  assert.deepEqual(reportedErrors(), []);
});

test('component that suspended on the server renders in the browser', async (t) => {
  const { ehr, options } = await openCallback(t);
  const { html } = await renderOnServer('suspending', options);
  const view = render(t, PAGES.suspending({ options }), { html, onRecoverableError: () => {} });
  assert.equal(view.text(), 'waiting');
  await view.shows('zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

/** All errors that React reports for a page. */
function watchReact(test) {
  const errors = test.mock.method(console, 'error', () => {});
  const mismatches = [];
  return {
    onRecoverableError: (error) => mismatches.push(error),
    reportedErrors: () => [...mismatches, ...errors.mock.calls.map((call) => call.arguments)],
  };
}
