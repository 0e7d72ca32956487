// The service worker that receives form_post responses, without a browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { packageDirectory } from './installed.mjs';

const SCRIPT = await readFile(new URL('dist/form-post-worker.js', packageDirectory), 'utf8');
const APP = 'https://app.example';
const BODY = 'code=canary-code&state=s';

/** Runs the script as a classic service worker. */
function startWorker(test, query = '?redirect_uri=/callback') {
  test.mock.timers.enable({ apis: ['setTimeout'] });
  const listeners = {};
  const requests = [];
  const scope = {
    location: new URL(`${APP}/form-post-worker.js${query}`),
    addEventListener: (event, listener) => (listeners[event] = listener),
    fetch: async (url, init) => {
      requests.push({ url, ...init });
      return new Response('the page');
    },
    setTimeout,
    URL,
  };
  runInContext(SCRIPT, createContext(scope));
  return {
    requests,
    events: Object.keys(listeners),
    /** Navigates by POST. Returns the response, and the promise that keeps the worker running until it settles. */
    async post(
      id,
      { url = `${APP}/callback`, body = BODY, type = 'application/x-www-form-urlencoded', ...request } = {},
    ) {
      const event = { resultingClientId: id, respondWith: (response) => (event.response = response) };
      event.waitUntil = (lifetime) => (event.lifetime = lifetime);
      const postRequest = new Request(url, { method: 'POST', body, headers: { 'content-type': type, accept: 'text/html' } });
      event.request = Object.defineProperties(postRequest, { mode: { value: 'navigate', configurable: true } });
      for (const [name, value] of Object.entries(request)) Object.defineProperty(postRequest, name, { value });
      listeners.fetch(event);
      return { response: await event.response, lifetime: event.lifetime };
    },
    /** The reply to a page's message. */
    async ask(id, message = { smartLaunch: 'posted' }) {
      const replies = [];
      listeners.message({ data: message, source: { id }, ports: [{ postMessage: (reply) => replies.push(reply) }] });
      return replies[0];
    },
  };
}

test('POST to the redirect URI: the response is the page, which receives the body once', async (t) => {
  const worker = startWorker(t);
  const { response, lifetime } = await worker.post('page');
  assert.equal(await response.text(), 'the page');
  assert.equal(worker.requests.length, 1);
  const [{ url, method, headers, redirect, body }] = worker.requests;
  assert.deepEqual(
    [url, method, headers.accept, redirect, body],
    [`${APP}/callback`, undefined, 'text/html', 'manual', undefined],
  );
  assert.equal(await worker.ask('other'), undefined);
  assert.equal(await worker.ask('page'), BODY);
  await lifetime;
  assert.equal(await worker.ask('page'), undefined);
});

test('a page can also receive the URL that was posted to, with its query', async (t) => {
  const worker = startWorker(t);
  const url = `${APP}/callback?lang=en`;
  await worker.post('page', { url });
  const message = { smartLaunch: 'posted', whole: true };
  assert.deepEqual({ ...(await worker.ask('page', message)) }, { url, body: BODY });
  assert.equal(await worker.ask('page', message), undefined);
});

test('posts of two pages are not mixed up', async (t) => {
  const worker = startWorker(t);
  await worker.post('one', { body: 'code=1' });
  await worker.post('two', { body: 'code=2' });
  assert.equal(await worker.ask('two'), 'code=2');
  assert.equal(await worker.ask('one'), 'code=1');
});

test('posted body is removed after a minute', async (t) => {
  const worker = startWorker(t);
  const { lifetime } = await worker.post('page');
  t.mock.timers.tick(59_999);
  let ended = false;
  lifetime.then(() => (ended = true));
  await Promise.resolve();
  assert.equal(ended, false, 'the worker keeps running for the page');
  t.mock.timers.tick(1);
  await lifetime;
  assert.equal(await worker.ask('page'), undefined);
});

test('timer of an earlier post does not remove the body of a later post by the same page', async (t) => {
  const worker = startWorker(t);
  await worker.post('page', { body: 'code=1' });
  t.mock.timers.tick(40_000);
  await worker.post('page', { body: 'code=2' });
  t.mock.timers.tick(40_000);
  assert.equal(await worker.ask('page'), 'code=2');
});

test('posted body of more than 64 KiB is not stored, and the page is still returned', async (t) => {
  const worker = startWorker(t);
  const { response } = await worker.post('page', { body: `code=${'x'.repeat(65_536)}` });
  assert.equal(await response.text(), 'the page');
  assert.equal(await worker.ask('page'), undefined);
  await worker.post('page', { body: 'x'.repeat(65_536) });
  assert.equal((await worker.ask('page')).length, 65_536);
});

test('the oldest posted body is removed when there are more than 16', async (t) => {
  const worker = startWorker(t);
  for (let number = 0; number <= 16; number++) await worker.post(`page ${number}`);
  assert.equal(await worker.ask('page 0'), undefined);
  assert.equal(await worker.ask('page 1'), BODY);
  assert.equal(await worker.ask('page 16'), BODY);
});

for (const [description, id, changes] of [
  ['another path', 'page', { url: `${APP}/other` }],
  ['a path below the redirect URI', 'page', { url: `${APP}/callback/` }],
  ['another origin', 'page', { url: 'https://ehr.example/callback' }],
  ['a form of files', 'page', { type: 'multipart/form-data; boundary=x' }],
  ['another content type', 'page', { type: 'application/x-www-form-urlencoded-not' }],
  ['a request of a script', 'page', { mode: 'cors' }],
  ['a navigation by GET', 'page', { method: 'GET' }],
  ['a request in a browser without `resultingClientId`', '', {}],
]) {
  test(`worker does not handle ${description}`, async (t) => {
    const worker = startWorker(t);
    const { response, lifetime } = await worker.post(id, changes);
    assert.deepEqual([response, lifetime], [undefined, undefined]);
    assert.equal(await worker.ask(id), undefined);
    assert.equal(worker.requests.length, 0);
  });
}

test('several redirect URIs are handled, absolute or relative, with or without a query', async (t) => {
  const worker = startWorker(t, `?redirect_uri=/callback&redirect_uri=${encodeURIComponent(`${APP}/back/ehr?app=1`)}`);
  for (const url of [`${APP}/callback`, `${APP}/back/ehr?app=1`, `${APP}/callback?lang=en`]) {
    assert.ok((await worker.post('page', { url })).response, url);
    assert.equal(worker.requests.at(-1).url, url);
  }
  const isHandled = (redirectUri) => worker.ask('any', { smartLaunch: 'takes', redirectUri });
  assert.equal(await isHandled(`${APP}/back/ehr`), true);
  assert.equal(await isHandled(`${APP}/back`), false);
  assert.equal(await isHandled('https://ehr.example/callback'), false);
});

test('script without redirect_uri does not start', (t) => {
  assert.throws(() => startWorker(t, ''), { name: 'TypeError', message: /redirect_uri/ });
});

test('messages of other scripts are ignored, and there are listeners only for `fetch` and `message`', async (t) => {
  const worker = startWorker(t);
  for (const message of [undefined, null, 'posted', {}, { smartLaunch: 'keys' }]) {
    assert.equal(await worker.ask('page', message), undefined);
  }
  assert.deepEqual(worker.events, ['fetch', 'message'], 'the app decides how the worker is updated');
});

test('service worker is a script without import and export', () => {
  assert.doesNotMatch(SCRIPT, /\b(import|export)\b/);
});

test('without a service worker postedCallback resolves to undefined, and prepareFormPost rejects', async () => {
  const { postedCallback, prepareFormPost } = await import('smart-launch/form-post');
  assert.equal(await postedCallback(), undefined);
  Object.defineProperty(globalThis, 'location', { configurable: true, value: new URL(APP) });
  try {
    await assert.rejects(prepareFormPost({ redirectUri: '/callback' }), {
      name: 'SmartError',
      code: 'service_worker_unavailable',
    });
  } finally {
    delete globalThis.location;
  }
});
