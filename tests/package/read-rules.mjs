// Tests that are the same for the bindings for Vue, Svelte and Angular: reads from the FHIR API, which never show data of another
// session.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createFakeSmartClient } from 'smart-launch/testing';

/**
 * @typedef {import('smart-launch/testing').FakeSmartClient} Client
 * @typedef {{ resourceType: string, id: string, round?: number }} Resource
 * @typedef {{ status: string, data: Resource | null, error: unknown }} Result
 * @typedef {(url: string, options: { client: Client, signal: AbortSignal }) => Promise<Resource>} Read
 *
 * @typedef {object} Reader a component
 * @property {() => Result} now the result that it shows now
 * @property {(url: string | URL | null) => void} setUrl
 * @property {() => void} reload
 * @property {() => void} unmount
 *
 * @typedef {(test: import('node:test').TestContext, client: Client, url: string | URL | null, read?: Read) => Reader} Mount
 */

/**
 * Tests the reads of a binding.
 *
 * @param {string} name of the binding
 * @param {Mount} mount
 */
export function testReads(name, mount) {
  /** @param {string} title @param {(test: import('node:test').TestContext) => Promise<void>} run */
  const rule = (title, run) => test(`${name}: ${title}`, run);

  rule('reads once; a token refresh does not repeat it', async (t) => {
    const { client, asked } = server({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    await client.refresh();
    await meanwhile();
    assert.deepEqual(asked, ['Patient/zoe']);
  });

  rule('sends no request until the user signs in, and none without a URL', async (t) => {
    const { client, asked } = server({ session: null });
    const reader = mount(t, client, 'Patient/zoe');
    await meanwhile();
    assert.equal(text(reader), 'idle');
    client.signIn({ patient: 'zoe' });
    await shows(reader, 'success zoe');
    reader.setUrl(null);
    assert.equal(text(reader), 'idle');
    await meanwhile();
    assert.deepEqual(asked, ['Patient/zoe']);
  });

  rule('a URL object works like a string; a new object with the same URL does not repeat the request', async (t) => {
    const { client, asked } = server({ session: { patient: 'zoe' } });
    const url = 'https://fhir.example/r4/Patient/zoe';
    const reader = mount(t, client, new URL(url));
    await shows(reader, 'success zoe');
    reader.setUrl(new URL(url));
    reader.setUrl(url);
    await meanwhile();
    assert.equal(text(reader), 'success zoe');
    assert.deepEqual(asked, ['Patient/zoe']);
  });

  rule('another URL aborts the request, and its response is never shown', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const { read, pending } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const first = await pending.next();
    reader.setUrl('Patient/amal');
    assert.equal(text(reader), 'loading');
    const second = await pending.next();
    assert.deepEqual([first.signal.aborted, second.signal.aborted], [true, false]);
    // This response arrives although its request was aborted.
    first.answer();
    await meanwhile();
    assert.equal(text(reader), 'loading');
    second.answer();
    await shows(reader, 'success amal');
  });

  rule('a result is not shown for another URL, not even for a moment', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    reader.setUrl('Patient/amal');
    assert.equal(text(reader), 'loading');
    await shows(reader, 'success amal');
  });

  rule('a URL that changes twice at once is one request', async (t) => {
    const { client, asked } = server({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    reader.setUrl('Patient/1');
    reader.setUrl('Patient/amal');
    await shows(reader, 'success amal');
    assert.deepEqual(asked, ['Patient/amal']);
  });

  rule('after a sign-in for another patient, listeners of the state see no data of the previous patient', async (t) => {
    const { client, asked } = server({ session: { patient: 'zoe' } });
    await client.ready();
    /** @type {string[]} */
    const seen = [];
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    client.subscribe(() => seen.push(`${client.getState().session?.patient}: ${text(reader)}`));
    client.signIn({ patient: 'amal' });
    assert.ok(seen.length > 0);
    assert.deepEqual(seen.filter((line) => line.startsWith('amal') && line.includes('zoe')), []);
    assert.equal(text(reader), 'loading');
    await shows(reader, 'success zoe');
    assert.deepEqual(asked, ['Patient/zoe', 'Patient/zoe']);
  });

  rule('a new sign-in of the same user reads again', async (t) => {
    const { client, asked } = server({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    client.signIn({ patient: 'zoe' });
    assert.equal(text(reader), 'loading');
    await shows(reader, 'success zoe');
    assert.equal(asked.length, 2);
  });

  rule('a response that arrives after another sign-in is not shown', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const { read, pending } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const first = await pending.next();
    client.signIn({ patient: 'amal' });
    const second = await pending.next();
    assert.equal(first.signal.aborted, true);
    first.answer();
    await meanwhile();
    assert.equal(text(reader), 'loading');
    second.fail(new TypeError('of the app'));
    await shows(reader, 'error');
  });

  for (const [cause, end] of /** @type {const} */ ([
    ['a sign-out', (/** @type {Client} */ client) => client.logout()],
    ['the end of the session', (/** @type {Client} */ client) => client.expire()],
  ])) {
    rule(`${cause} removes the data at once and aborts the request`, async (t) => {
      const { client } = server({ session: { patient: 'zoe' } });
      const { read, pending } = manualFetcher();
      const reader = mount(t, client, 'Patient/zoe', read);
      (await pending.next()).answer();
      await shows(reader, 'success zoe');
      reader.reload();
      const second = await pending.next();
      assert.equal(text(reader), 'loading zoe');
      /** @type {string[]} */
      const seen = [];
      client.subscribe(() => !client.getState().session && seen.push(text(reader)));
      await end(client);
      assert.deepEqual([...new Set(seen)], ['idle']);
      await meanwhile();
      assert.equal(second.signal.aborted, true);
      second.answer();
      await meanwhile();
      assert.equal(text(reader), 'idle');
    });
  }

  rule('reload reads again, and keeps the data until the response; it works after an error too', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const { read, pending } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const failure = new TypeError('of the app');
    (await pending.next()).fail(failure);
    await shows(reader, 'error');
    assert.equal(reader.now().error, failure);
    reader.reload();
    assert.equal(text(reader), 'loading');
    (await pending.next()).answer(1);
    await shows(reader, 'success zoe 1');
    reader.reload();
    assert.equal(text(reader), 'loading zoe 1');
    (await pending.next()).answer(2);
    await shows(reader, 'success zoe 2');
  });

  rule('an error status of the server is the error http_status', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/nobody');
    await shows(reader, 'error');
    assert.equal(/** @type {{ code?: unknown }} */ (reader.now().error).code, 'http_status');
  });

  rule('a custom fetcher gets the client', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe', async (url, options) => {
      const patient = await options.client.request(url, { signal: options.signal });
      return { .../** @type {Resource} */ (patient), round: 7 };
    });
    await shows(reader, 'success zoe 7');
  });

  rule('unmounting aborts the request, and no other one is sent', async (t) => {
    const { client } = server({ session: { patient: 'zoe' } });
    const { read, pending, started } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const request = await pending.next();
    reader.unmount();
    assert.equal(request.signal.aborted, true);
    request.answer();
    client.signIn({ patient: 'amal' });
    reader.reload();
    await meanwhile();
    assert.equal(started(), 1);
  });

  rule('components of two clients show the record of their own session', async (t) => {
    const zoe = server({ session: { patient: 'zoe' } });
    const amal = server({ session: { patient: 'amal' } });
    const [first, second] = [mount(t, zoe.client, 'Patient/zoe'), mount(t, amal.client, 'Patient/amal')];
    await shows(first, 'success zoe');
    await shows(second, 'success amal');
    await zoe.client.logout();
    assert.deepEqual([text(first), text(second)], ['idle', 'success amal']);
  });
}

/** @param {import('smart-launch/testing').FakeSmartClientOptions} options */
function server(options) {
  /** @type {string[]} */
  const asked = [];
  const client = createFakeSmartClient({
    ...options,
    resources: ({ url }) => {
      const path = url.slice('https://fhir.example/r4/'.length);
      asked.push(path);
      return path === 'Patient/nobody' ? undefined : { resourceType: 'Patient', id: path.slice('Patient/'.length) };
    },
  });
  return { client, asked };
}

/** A fetcher whose requests the test answers in their order, also those that were aborted. */
function manualFetcher() {
  /** @type {Pending[]} */
  const all = [];
  let answered = 0;
  /**
   * @typedef {{ signal: AbortSignal, answer: (round?: number) => void, fail: (error: unknown) => void }} Pending
   * @type {Read}
   */
  const read = (url, { signal }) =>
    new Promise((resolve, reject) => {
      const id = url.slice('Patient/'.length);
      all.push({ signal, fail: reject, answer: (round) => resolve({ resourceType: 'Patient', id, ...(round && { round }) }) });
    });
  const next = async () => {
    answered += 1;
    await until(() => all.length >= answered);
    return /** @type {Pending} */ (all[answered - 1]);
  };
  return { read, pending: { next }, started: () => all.length };
}

/** @param {Reader} reader */
function text(reader) {
  const { status, data } = reader.now();
  return [status, data?.id, data?.round].filter(Boolean).join(' ');
}

/** @param {Reader} reader @param {string} expected */
async function shows(reader, expected) {
  await until(() => text(reader) === expected).catch(() => {});
  assert.equal(text(reader), expected);
}

/** Waits until a condition is true. @param {() => unknown} holds */
async function until(holds) {
  const end = Date.now() + 5_000;
  while (!holds()) {
    assert.ok(Date.now() < end, `never: ${holds}`);
    await wait(2);
  }
}

/** Waits long enough for an event that must not happen. */
const meanwhile = () => wait(50);
