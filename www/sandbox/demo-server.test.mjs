/** The servers of the demo: the built app and the sandbox (`--demo`). */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDemo } from './demo-server.mjs';

let directory, demo;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'demo-'));
  await mkdir(join(directory, 'dist/assets'), { recursive: true });
  await writeFile(join(directory, 'dist/index.html'), '<h1>Demo</h1>');
  await writeFile(join(directory, 'dist/assets/app-1.js'), 'export {};');
  await writeFile(join(directory, 'secret.txt'), 'secret');
  demo = await startDemo({ dist: join(directory, 'dist'), appPort: 0, sandboxPort: 0 });
});

after(async () => {
  await demo.close();
  await rm(directory, { recursive: true });
});

/** The status of a request with a path that `fetch` would change. */
const statusOf = (path) =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(demo.url).port), '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(Number(data.toString().split(' ')[1]));
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });

test('the app and its configuration are served with a policy that permits the sandbox', async () => {
  const page = await fetch(demo.url);
  assert.deepEqual([page.status, await page.text()], [200, '<h1>Demo</h1>']);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  const policy = page.headers.get('content-security-policy');
  assert.ok(policy.includes(`connect-src 'self' ${demo.sandbox.origin};`), policy);
  const config = await (await fetch(`${demo.url}/config.json`)).json();
  assert.equal(config.fhirBaseUrl, demo.sandbox.fhirBaseUrl);
  const script = await fetch(`${demo.url}/assets/app-1.js`);
  assert.deepEqual(
    [script.headers.get('content-type'), script.headers.get('cache-control')],
    ['text/javascript; charset=utf-8', 'max-age=31536000, immutable'],
  );
  const query = await fetch(`${demo.url}/?iss=x&launch=y`);
  assert.equal(query.status, 200);
});

test('nothing outside the directory is served', async () => {
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '//',
    '//secret.txt',
    '/assets',
    '/%',
    'http://x/..',
  ]) {
    assert.equal(await statusOf(path), 404, path);
  }
  assert.equal((await fetch(demo.url, { method: 'POST' })).status, 405);
  assert.equal((await fetch(demo.url)).status, 200);
});

test('if the port is taken, the demo uses the next one', async () => {
  const port = Number(new URL(demo.url).port);
  const secondDemo = await startDemo({ dist: join(directory, 'dist'), appPort: port, sandboxPort: 0 });
  try {
    assert.notEqual(secondDemo.url, demo.url);
    assert.equal((await fetch(secondDemo.url)).status, 200);
  } finally {
    await secondDemo.close();
  }
});

test('without a built app the demo does not start', async () => {
  await assert.rejects(startDemo({ dist: directory }), /no built app/);
});
