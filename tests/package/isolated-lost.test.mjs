// The worker that has the session does not start, or ends before the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIsolated } from './isolated.mjs';

/** Asserts that these calls reject with worker_lost, and that there is no session. Returns the status. */
async function assertLost(app, calls) {
  for (const call of calls) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof app.page.SmartError);
      assert.ok(error.message.length > 10 && error.hint.length > 10);
      return error.code === 'worker_lost' && error.retryable;
    });
  }
  const { status, session, error, activity } = app.client.getState();
  assert.deepEqual([session, error.code, activity], [null, 'worker_lost', 'idle']);
  return status;
}

/** Moves the time by one period. A worker that sends no message for two periods is lost. */
const passPeriod = (t) => t.mock.timers.tick(5_000);

/** Waits for work that does not need timers. */
const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

for (const [description, end] of [
  ['ends with an error', (worker) => worker.dispatch('error')],
  ['sends an unreadable message', (worker) => worker.dispatch('messageerror')],
]) {
  test(`worker that ${description}: worker_lost, signedOut, and signing in again works`, async (t) => {
    const app = await openIsolated(t);
    await app.signIn();
    const events = [];
    app.client.on('signedOut', (detail) => events.push(detail));
    app.client.on('error', ({ code }) => events.push(code));
    app.ehr.answer('/fhir/Patient/slow', { silent: true });
    const calls = [app.client.fetch('Patient/slow'), app.client.request('Patient/slow')];
    await until(() => app.ehr.requestsTo('/fhir/Patient/slow').length === 2);
    end(app.workers.started.at(-1));
    assert.equal(await assertLost(app, calls), 'unauthenticated');
    assert.deepEqual(events, [{ reason: 'worker_lost' }, 'worker_lost']);
    assert.ok(app.workers.started.at(-1).ended);
    await assert.rejects(app.client.fetch('Patient/zoe'), { code: 'signed_out' });
    assert.equal(await app.client.ready(), null);
    assert.equal((await app.signIn()).patient, 'zoe');
  });
}

test('worker that is lost before the page has made the session: worker_lost, and no session', async (t) => {
  const app = await openIsolated(t);
  await app.openCallback();
  const events = [];
  app.client.on('signedIn', () => events.push('signedIn'));
  app.client.on('error', ({ code }) => events.push(code));
  const ready = app.client.ready();
  ready.catch(() => {});
  await until(() => app.workers.started.length === 2);
  const worker = app.workers.started[1];
  const hasArrived = new Promise((resolve) => worker.addEventListener('message', ({ data }) => data.state?.session && resolve()));
  await hasArrived;
  // The page begins to make the session, for which it loads the engine.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(app.client.getState().session, null);
  worker.dispatch('error');
  await assertLost(app, [ready]);
  // The engine is loaded when another client has used it.
  await app.page.createSmartClient(app.ehr.options()).discover();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await assertLost(app, []), 'error');
  assert.deepEqual(events, ['worker_lost']);
});

test('worker that ends without an event: pending calls reject', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await app.workers.started.at(-1).thread.terminate();
  const call = app.client.fetch('Patient/zoe');
  await until(() => app.workers.sent.at(-1).call === 'fetch');
  passPeriod(t);
  assert.equal(app.client.getState().status, 'authenticated', 'one period without a message may pass while the device sleeps');
  passPeriod(t);
  assert.equal(await assertLost(app, [call]), 'unauthenticated');
});

test('worker that is slow but responds is not terminated', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const held = app.ehr.hold('/fhir/Patient/zoe', () => ({ json: { id: 'zoe' } }));
  const call = app.client.request('Patient/zoe');
  await held.arrived;
  for (let count = 0; count < 6; count++) {
    const messageCount = app.workers.received.length;
    passPeriod(t);
    await until(() => app.workers.received.length > messageCount);
  }
  held.release();
  assert.deepEqual(await call, { id: 'zoe' });
  assert.ok(app.workers.sent.filter(({ call }) => call === 'ping').length >= 6);
  const sentCount = app.workers.sent.length;
  passPeriod(t);
  assert.equal(app.workers.sent.length, sentCount, 'without a pending call nothing is sent');
});

test('script that does not load, or does not start in time: worker_lost, and the next call tries again', async (t) => {
  const app = await openIsolated(t);
  app.workers.script = (url) => url.replace('worker.js', 'missing.js');
  assert.equal(await assertLost(app, [app.client.ready(), app.client.fetch('Patient/zoe')]), 'error');

  t.mock.timers.enable({ apis: ['setTimeout'] });
  app.workers.script = () => 'data:text/javascript,setInterval(() => {}, 1000)';
  const call = app.client.ready();
  await until(() => app.workers.started.length === 2);
  passPeriod(t);
  passPeriod(t);
  assert.equal(await assertLost(app, [call]), 'error');

  app.workers.script = (url) => url;
  assert.equal(await app.client.ready(), null);
  assert.equal(app.client.getState().status, 'unauthenticated');
});

test('workers that are not supported, or not permitted (then `cause` is the exception): calls reject with worker_lost', async (t) => {
  const app = await openIsolated(t);
  app.workers.failure = new DOMException('blocked', 'SecurityError');
  await assert.rejects(
    app.client.ready(),
    (error) => error.code === 'worker_lost' && error.cause.name === 'SecurityError',
  );
  delete globalThis.Worker;
  await assert.rejects(app.client.authorize(), { code: 'worker_lost' });
  assert.equal(app.client.getState().activity, 'idle');
});

test('callback that no worker has processed is kept for the next worker', async (t) => {
  const app = await openIsolated(t);
  await app.openCallback();
  app.workers.failure = new Error('not now');
  await assert.rejects(app.client.ready(), { code: 'worker_lost' });
  assert.equal(app.page.address(), '/back', 'the callback is still removed from the URL');
  app.workers.failure = undefined;
  assert.equal((await app.client.ready()).patient, 'zoe');
});

test('worker that the app has passed is not replaced', async (t) => {
  let ownWorker;
  const environment = () => ({
    worker: (ownWorker = new Worker(new URL('dist/worker.js', app.directory), { type: 'module' })),
  });
  const app = { directory: new URL('..', import.meta.resolve('smart-launch')) };
  const { client, signIn, ...openedApp } = await openIsolated(t, { environment });
  Object.assign(app, openedApp, { client });
  assert.equal(await client.ready(), null);
  assert.equal(app.workers.started.length, 1);
  ownWorker.dispatch('error');
  const sentCount = app.workers.sent.length;
  await assertLost(app, [client.ready(), client.authorize()]);
  assert.equal(app.workers.started.length, 1);
  assert.equal(app.workers.sent.length, sentCount, 'nothing is sent to a terminated worker');
});

test('worker of another client is refused, and no token request is sent', async (t) => {
  const app = await openIsolated(t);
  await app.signIn();
  const worker = app.workers.started.at(-1);
  worker.terminate = () => {};
  const secondClient = app.page.createIsolatedSmartClient(app.ehr.options({ clientId: 'other' }), { worker });
  await assert.rejects(secondClient.ready(), { code: 'internal' });
  assert.equal(app.ehr.requestsTo('/token').length, 1);
});
