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
  const asked = [];
  const scope = {
    location: new URL(`${APP}/form-post-worker.js${query}`),
    addEventListener: (event, listener) => (listeners[event] = listener),
    fetch: async (url, init) => {
      asked.push({ url, ...init });
      return new Response('the page');
    },
    setTimeout,
    URL,
  };
  runInContext(SCRIPT, createContext(scope));
  return {
    asked,
    events: Object.keys(listeners),
    /** A navigation by POST: the response, and a promise until which the worker is kept running. */
    async post(
      id,
      { url = `${APP}/callback`, body = BODY, type = 'application/x-www-form-urlencoded', ...request } = {},
    ) {
      const event = { resultingClientId: id, respondWith: (response) => (event.response = response) };
      event.waitUntil = (gone) => (event.gone = gone);
      const postRequest = new Request(url, { method: 'POST', body, headers: { 'content-type': type, accept: 'text/html' } });
      event.request = Object.defineProperties(postRequest, { mode: { value: 'navigate', configurable: true } });
      for (const [name, value] of Object.entries(request)) Object.defineProperty(postRequest, name, { value });
      listeners.fetch(event);
      return { response: await event.response, gone: event.gone };
    },
    /** The reply to a page's message. */
    async ask(id, question = { smartLaunch: 'posted' }) {
      const answers = [];
      listeners.message({ data: question, source: { id }, ports: [{ postMessage: (answer) => answers.push(answer) }] });
      return answers[0];
    },
  };
}

test('POST to the redirect URI: the response is the page, which receives the body once', async (t) => {
  const worker = startWorker(t);
  const { response, gone } = await worker.post('page');
  assert.equal(await response.text(), 'the page');
  assert.equal(worker.requests.length, 1);
  const [{ url, method, headers, redirect, body }] = worker.requests;
  assert.deepEqual(
    [url, method, headers.accept, redirect, body],
    [`${APP}/callback`, undefined, 'text/html', 'manual', undefined],
  );
  assert.equal(await worker.ask('other'), undefined);
  assert.equal(await worker.ask('page'), BODY);
  await gone;
  assert.equal(await worker.ask('page'), undefined);
});

test('a page can also receive the URL that was posted to, with its query', async (t) => {
  const worker = startWorker(t);
  const url = `${APP}/callback?lang=en`;
  await worker.post('page', { url });
  const question = { smartLaunch: 'posted', whole: true };
  assert.deepEqual({ ...(await worker.ask('page', question)) }, { url, body: BODY });
  assert.equal(await worker.ask('page', question), undefined);
});

test('posts of two pages are not mixed up', async (t) => {
  const worker = startWorker(t);
  await worker.post('one', { body: 'code=1' });
  await worker.post('two', { body: 'code=2' });
  assert.equal(await worker.ask('two'), 'code=2');
  assert.equal(await worker.ask('one'), 'code=1');
});

test('no posted body is kept longer than a minute', async (t) => {
  const worker = startWorker(t);
  const { gone } = await worker.post('page');
  t.mock.timers.tick(59_999);
  let ended = false;
  gone.then(() => (ended = true));
  await Promise.resolve();
  assert.equal(ended, false, 'the worker is kept alive for the page');
  t.mock.timers.tick(1);
  await gone;
  assert.equal(await worker.ask('page'), undefined);
});

test('timer of an earlier post does not remove a later one of the same page', async (t) => {
  const worker = startWorker(t);
  await worker.post('page', { body: 'code=1' });
  t.mock.timers.tick(40_000);
  await worker.post('page', { body: 'code=2' });
  t.mock.timers.tick(40_000);
  assert.equal(await worker.ask('page'), 'code=2');
});

test('body larger than the limit is not kept, and the page is still returned', async (t) => {
  const worker = startWorker(t);
  const { response } = await worker.post('page', { body: `code=${'x'.repeat(65_536)}` });
  assert.equal(await response.text(), 'the page');
  assert.equal(await worker.ask('page'), undefined);
  await worker.post('page', { body: 'x'.repeat(65_536) });
  assert.equal((await worker.ask('page')).length, 65_536);
});

test('the oldest posted body is removed when there are too many', async (t) => {
  const worker = startWorker(t);
  for (let number = 0; number <= 16; number++) await worker.post(`page ${number}`);
  assert.equal(await worker.ask('page 0'), undefined);
  assert.equal(await worker.ask('page 1'), BODY);
  assert.equal(await worker.ask('page 16'), BODY);
});

for (const [description, id, more] of [
  ['another path', 'page', { url: `${APP}/other` }],
  ['a path below', 'page', { url: `${APP}/callback/` }],
  ['another origin', 'page', { url: 'https://ehr.example/callback' }],
  ['a form of files', 'page', { type: 'multipart/form-data; boundary=x' }],
  ['another type', 'page', { type: 'application/x-www-form-urlencoded-not' }],
  ['a request of a script', 'page', { mode: 'cors' }],
  ['a navigation by GET', 'page', { method: 'GET' }],
  ['a browser without `resultingClientId`', '', {}],
]) {
  test(`${description}: not handled`, async (t) => {
    const worker = startWorker(t);
    const { response, gone } = await worker.post(id, more);
    assert.deepEqual([response, gone], [undefined, undefined]);
    assert.equal(await worker.ask(id), undefined);
    assert.equal(worker.requests.length, 0);
  });
}

test('redirect URIs: several, whole or relative, with a query or without', async (t) => {
  const worker = startWorker(t, `?redirect_uri=/callback&redirect_uri=${encodeURIComponent(`${APP}/back/ehr?app=1`)}`);
  for (const url of [`${APP}/callback`, `${APP}/back/ehr?app=1`, `${APP}/callback?lang=en`]) {
    assert.ok((await worker.post('page', { url })).response, url);
    assert.equal(worker.requests.at(-1).url, url);
  }
  const takes = (redirectUri) => worker.ask('any', { smartLaunch: 'takes', redirectUri });
  assert.equal(await takes(`${APP}/back/ehr`), true);
  assert.equal(await takes(`${APP}/back`), false);
  assert.equal(await takes('https://ehr.example/callback'), false);
});

test('without redirect_uri it does not start', (t) => {
  assert.throws(() => startWorker(t, ''), { name: 'TypeError', message: /redirect_uri/ });
});

test('messages of other scripts are ignored, and only two events are listened to', async (t) => {
  const worker = startWorker(t);
  for (const question of [undefined, null, 'posted', {}, { smartLaunch: 'keys' }]) {
    assert.equal(await worker.ask('page', question), undefined);
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
