// Requests to `smart-launch/server`, as frameworks, proxies and body parsers pass them on; and `leaseLock`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer as createHttp2 } from 'node:http2';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { leaseLock, toNode } from 'smart-launch/server';
import { createBrowser, ORIGIN, startApp } from './server-app.mjs';

/** @param {import('node:test').TestContext} test @param {import('node:net').Server} server */
async function listen(test, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

test('smart.session() needs only the URL and the headers of a GET request', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const headers = new Headers({ cookie: browser.cookie() });
  const path = `/chart?smart_session=${id}`;
  for (const url of [path, ORIGIN + path, new URL(ORIGIN + path), `http://localhost:3000${path}`, `//other.example${path}`]) {
    assert.equal((await smart.session({ url, headers }))?.patient, 'zoe', String(url));
  }
  assert.equal(await smart.session({ url: '/chart', headers }), null);
  assert.equal(await smart.session({ url: path, headers: new Headers() }), null);
  assert.equal((await smart.session({ url: '/chart', headers: new Headers({ cookie: browser.cookie(), 'smart-session': id }) }))?.id, id);
  // A request that may change something needs the `Origin` of the app.
  await assert.rejects(smart.session({ url: path, headers, method: 'POST' }), { code: 'origin_not_allowed' });
  headers.set('origin', ORIGIN);
  assert.equal((await smart.session({ url: path, headers, method: 'POST' }))?.id, id);
});

test('routes: one slash at the end of the path is ignored', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const callback = new URL(await browser.begin('login/'));
  callback.pathname += '/';
  const response = await browser.visit(callback.href);
  assert.equal(response.status, 303, await response.clone().text());
  const id = new URL(String(response.headers.get('location'))).searchParams.get('smart_session') ?? '';
  const headers = { 'smart-session': id };
  assert.equal((await browser.visit('session/', { headers })).status, 200);
  assert.equal((await browser.visit('session//', { headers })).status, 404);
  assert.equal((await browser.visit('logout/', { headers, method: 'POST' })).status, 200);
});

test('base path: only URLs under `baseUrl` are routes', async (t) => {
  const { smart } = await startApp(t, { baseUrl: `${ORIGIN}/portal/auth/` });
  assert.equal(smart.baseUrl, `${ORIGIN}/portal/auth`);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  assert.equal((await browser.session(id))?.patient, 'zoe');
  assert.equal(smart.owns({ url: '/auth/login', headers: {} }), false);
  assert.equal(smart.owns({ url: '/login', originalUrl: '/portal/auth/login', headers: {} }), true);
});

test('Node: after a body parser, a request with an empty body works, and a posted form fails', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  const routes = toNode(smart);
  /** @type {unknown[]} */
  const errors = [];
  const port = await listen(
    t,
    createServer(async (request, response) => {
      for await (const _ of request);
      await routes(request, response, (error) => {
        errors.push(error);
        response.writeHead(500).end();
      });
    }),
  );
  const headers = { cookie: browser.cookie(), 'smart-session': id, origin: ORIGIN };
  const post = (/** @type {string} */ path, body = '') => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
  assert.equal((await post('/auth/callback', 'code=1')).status, 500);
  assert.match(String(errors[0]), /install `toNode` before parsers of bodies/);
  assert.equal((await post('/auth/logout')).status, 200);
});

test('Node: the routes work over HTTP/2, with cookies in several headers', async (t) => {
  const { smart } = await startApp(t);
  const browser = createBrowser(smart);
  const { id } = await browser.signIn();
  await browser.signIn();
  const routes = toNode(smart);
  const port = await listen(t, createHttp2((request, response) => void routes(request, response)));
  const session = connect(`http://127.0.0.1:${port}`);
  t.after(() => session.close());
  /** @param {Record<string, string | string[]>} headers */
  async function send(headers) {
    const stream = session.request({ 'smart-session': id, cookie: browser.cookie().split('; '), ...headers });
    stream.end();
    const [responseHeaders] = await once(stream, 'response');
    let text = '';
    for await (const piece of stream) text += piece;
    return { status: responseHeaders[':status'], text };
  }
  const { status, text } = await send({ ':path': '/auth/session' });
  assert.deepEqual([status, JSON.parse(text).id], [200, id]);
  assert.equal((await send({ ':path': '/chart' })).status, 404);
  assert.equal((await send({ ':path': '/auth/logout', ':method': 'POST', origin: ORIGIN })).status, 200);
  assert.equal((await send({ ':path': '/auth/session' })).status, 401);
});

test('leaseLock: one caller holds the lock at a time, and the next caller gets it after the release', async () => {
  /** @type {Map<string, string>} */
  const owners = new Map();
  const lock = leaseLock({
    take: async (key, owner) => !owners.has(key) && Boolean(owners.set(key, owner)),
    extend: async (key, owner) => owners.get(key) === owner,
    remove: async (key, owner) => owners.get(key) === owner && owners.delete(key),
  });
  const firstLease = await lock('a', 1);
  assert.equal(firstLease?.isHeld(), true);
  assert.equal(await lock('a', 0), undefined);
  const secondPromise = lock('a', 10);
  await firstLease?.release();
  assert.equal(firstLease?.isHeld(), false);
  const secondLease = await secondPromise;
  assert.equal(secondLease?.isHeld(), true);
  await secondLease?.release();
  assert.equal(owners.size, 0);
});
