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
 * @property {() => Result} now the result that the component shows now
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

  rule('reads once; a token refresh does not repeat the request', async (t) => {
    const { client, paths } = createClient({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    await client.refresh();
    await meanwhile();
    assert.deepEqual(paths, ['Patient/zoe']);
  });

  rule('sends no request until the user signs in, and none without a URL', async (t) => {
    const { client, paths } = createClient({ session: null });
    const reader = mount(t, client, 'Patient/zoe');
    await meanwhile();
    assert.equal(text(reader), 'idle');
    client.signIn({ patient: 'zoe' });
    await shows(reader, 'success zoe');
    reader.setUrl(null);
    assert.equal(text(reader), 'idle');
    await meanwhile();
    assert.deepEqual(paths, ['Patient/zoe']);
  });

  rule('a URL object works like a string; a new object with the same URL does not repeat the request', async (t) => {
    const { client, paths } = createClient({ session: { patient: 'zoe' } });
    const url = 'https://fhir.example/r4/Patient/zoe';
    const reader = mount(t, client, new URL(url));
    await shows(reader, 'success zoe');
    reader.setUrl(new URL(url));
    reader.setUrl(url);
    await meanwhile();
    assert.equal(text(reader), 'success zoe');
    assert.deepEqual(paths, ['Patient/zoe']);
  });

  rule('a new URL aborts the pending request, whose response is never shown', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const { read, pending } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const first = await pending.next();
    reader.setUrl('Patient/amal');
    assert.equal(text(reader), 'loading');
    const second = await pending.next();
    assert.deepEqual([first.signal.aborted, second.signal.aborted], [true, false]);
    // This response arrives although its request was aborted.
    first.respond();
    await meanwhile();
    assert.equal(text(reader), 'loading');
    second.respond();
    await shows(reader, 'success amal');
  });

  rule('a result is not shown for another URL, not even for a moment', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    reader.setUrl('Patient/amal');
    assert.equal(text(reader), 'loading');
    await shows(reader, 'success amal');
  });

  rule('a URL that changes twice in one turn causes one request', async (t) => {
    const { client, paths } = createClient({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    reader.setUrl('Patient/1');
    reader.setUrl('Patient/amal');
    await shows(reader, 'success amal');
    assert.deepEqual(paths, ['Patient/amal']);
  });

  rule('after a sign-in for another patient, listeners of the state see no data of the previous patient', async (t) => {
    const { client, paths } = createClient({ session: { patient: 'zoe' } });
    await client.ready();
    /** @type {string[]} */
    const shownTexts = [];
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    client.subscribe(() => shownTexts.push(`${client.getState().session?.patient}: ${text(reader)}`));
    client.signIn({ patient: 'amal' });
    assert.ok(shownTexts.length > 0);
    assert.deepEqual(shownTexts.filter((line) => line.startsWith('amal') && line.includes('zoe')), []);
    assert.equal(text(reader), 'loading');
    await shows(reader, 'success zoe');
    assert.deepEqual(paths, ['Patient/zoe', 'Patient/zoe']);
  });

  rule('a new sign-in of the same user reads again', async (t) => {
    const { client, paths } = createClient({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe');
    await shows(reader, 'success zoe');
    client.signIn({ patient: 'zoe' });
    assert.equal(text(reader), 'loading');
    await shows(reader, 'success zoe');
    assert.equal(paths.length, 2);
  });

  rule('a response that arrives after another sign-in is not shown', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const { read, pending } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const first = await pending.next();
    client.signIn({ patient: 'amal' });
    const second = await pending.next();
    assert.equal(first.signal.aborted, true);
    first.respond();
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
      const { client } = createClient({ session: { patient: 'zoe' } });
      const { read, pending } = manualFetcher();
      const reader = mount(t, client, 'Patient/zoe', read);
      (await pending.next()).respond();
      await shows(reader, 'success zoe');
      reader.reload();
      const second = await pending.next();
      assert.equal(text(reader), 'loading zoe');
      /** @type {string[]} */
      const shownTexts = [];
      client.subscribe(() => !client.getState().session && shownTexts.push(text(reader)));
      await end(client);
      assert.deepEqual([...new Set(shownTexts)], ['idle']);
      await meanwhile();
      assert.equal(second.signal.aborted, true);
      second.respond();
      await meanwhile();
      assert.equal(text(reader), 'idle');
    });
  }

  rule('reload reads again, also after an error, and keeps the data until the response', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const { read, pending } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const failure = new TypeError('of the app');
    (await pending.next()).fail(failure);
    await shows(reader, 'error');
    assert.equal(reader.now().error, failure);
    reader.reload();
    assert.equal(text(reader), 'loading');
    (await pending.next()).respond(1);
    await shows(reader, 'success zoe 1');
    reader.reload();
    assert.equal(text(reader), 'loading zoe 1');
    (await pending.next()).respond(2);
    await shows(reader, 'success zoe 2');
  });

  rule('an error status of the server is the error http_status', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/nobody');
    await shows(reader, 'error');
    assert.equal(/** @type {{ code?: unknown }} */ (reader.now().error).code, 'http_status');
  });

  rule('a custom fetcher gets the client', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const reader = mount(t, client, 'Patient/zoe', async (url, options) => {
      const patient = await options.client.request(url, { signal: options.signal });
      return { .../** @type {Resource} */ (patient), round: 7 };
    });
    await shows(reader, 'success zoe 7');
  });

  rule('unmounting aborts the request, and no other request is sent', async (t) => {
    const { client } = createClient({ session: { patient: 'zoe' } });
    const { read, pending, requestCount } = manualFetcher();
    const reader = mount(t, client, 'Patient/zoe', read);
    const request = await pending.next();
    reader.unmount();
    assert.equal(request.signal.aborted, true);
    request.respond();
    client.signIn({ patient: 'amal' });
    reader.reload();
    await meanwhile();
    assert.equal(requestCount(), 1);
  });

  rule('components of two clients show the record of their own session', async (t) => {
    const zoe = createClient({ session: { patient: 'zoe' } });
    const amal = createClient({ session: { patient: 'amal' } });
    const [first, second] = [mount(t, zoe.client, 'Patient/zoe'), mount(t, amal.client, 'Patient/amal')];
    await shows(first, 'success zoe');
    await shows(second, 'success amal');
    await zoe.client.logout();
    assert.deepEqual([text(first), text(second)], ['idle', 'success amal']);
  });
}

/** @param {import('smart-launch/testing').FakeSmartClientOptions} options */
function createClient(options) {
  /** @type {string[]} */
  const paths = [];
  const client = createFakeSmartClient({
    ...options,
    resources: ({ url }) => {
      const path = url.slice('https://fhir.example/r4/'.length);
      paths.push(path);
      return path === 'Patient/nobody' ? undefined : { resourceType: 'Patient', id: path.slice('Patient/'.length) };
    },
  });
  return { client, paths };
}

/** A fetcher whose requests the test completes in their order, also those that were aborted. */
function manualFetcher() {
  /** @type {Pending[]} */
  const requests = [];
  let count = 0;
  /**
   * @typedef {{ signal: AbortSignal, respond: (round?: number) => void, fail: (error: unknown) => void }} Pending
   * @type {Read}
   */
  const read = (url, { signal }) =>
    new Promise((resolve, reject) => {
      const id = url.slice('Patient/'.length);
      requests.push({ signal, fail: reject, respond: (round) => resolve({ resourceType: 'Patient', id, ...(round && { round }) }) });
    });
  const next = async () => {
    count += 1;
    await until(() => requests.length >= count);
    return /** @type {Pending} */ (requests[count - 1]);
  };
  return { read, pending: { next }, requestCount: () => requests.length };
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

/** Waits until a condition is true. @param {() => unknown} condition */
async function until(condition) {
  const end = Date.now() + 5_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `never true: ${condition}`);
    await wait(2);
  }
}

/** Waits long enough for an event that must not happen. */
const meanwhile = () => wait(50);
