// Navigation to the authorization endpoint, and back by the back button.

import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { parametersOf } from './sign-in.mjs';
import { openTab } from './tab.mjs';

async function openApp(test, options = {}, ehrOptions = {}) {
  const ehr = await startEhr(test, ehrOptions);
  const tab = openTab(test);
  const page = await tab.open('https://app.example/');
  return { ehr, tab, page, client: page.createSmartClient(ehr.options(options)) };
}

const settles = (promise, milliseconds = 30) =>
  Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    new Promise((resolve) => setTimeout(resolve, milliseconds, false)),
  ]);

test('GET: the page navigates to the URL, and the promise stays pending', async (t) => {
  const { ehr, tab, page, client } = await openApp(t);
  const attempt = client.authorize();
  const url = new URL(await page.left);
  assert.equal(url.origin + url.pathname, `${ehr.origin}/authorize`);
  const { state } = parametersOf({ method: 'GET', url: url.href });
  assert.ok(Object.keys(tab.storage).includes(`smart-launch:sign-in:${state}`));
  assert.equal(await settles(attempt), false);
  assert.equal(client.getState().activity, 'signing-in');
});

test('POST: a form with hidden fields is submitted, and removed from the page', async (t) => {
  const { ehr, page, client } = await openApp(t, { authorizeMethod: 'POST' });
  client.authorize();
  await page.left;
  assert.equal(page.submitted.length, 1);
  const [{ action, method, fields }] = page.submitted;
  assert.equal(method, 'POST');
  assert.equal(action, `${ehr.origin}/authorize`);
  assert.ok(fields.every(([type]) => type === 'hidden'));
  const sent = Object.fromEntries(fields.map(([, name, value]) => [name, value]));
  assert.equal(sent.client_id, 'growth-chart');
  assert.equal(sent.response_type, 'code');
  assert.match(sent.code_challenge, /^[\w-]{43}$/);
  assert.deepEqual(page.body.children, []);
});

test('field named submit does not prevent the form from being submitted', async (t) => {
  const { page, client } = await openApp(t, { authorizeMethod: 'POST', authorizationParams: { submit: 'x' } });
  client.authorize();
  await page.left;
  assert.ok(page.submitted[0].fields.some(([, name, value]) => name === 'submit' && value === 'x'));
});

test('POST whose chunk cannot be loaded: wasm_unavailable, no navigation, and the next call tries again', async (t) => {
  const { page, client } = await openApp(t, { authorizeMethod: 'POST' });
  const [chunk, movedChunk] = ['windows.js', 'away.js'].map((name) => new URL(name, page.entry));
  const events = [];
  client.on('redirecting', (detail) => events.push(detail.method));
  await rename(chunk, movedChunk);
  await assert.rejects(client.authorize(), { code: 'wasm_unavailable', retryable: true });
  assert.deepEqual([events, page.submitted], [[], []]);
  await rename(movedChunk, chunk);
  client.authorize();
  await page.left;
  assert.deepEqual([events, page.submitted.length], [['POST'], 1]);
});

test('concurrent calls are one sign-in', async (t) => {
  const { tab, page, client } = await openApp(t);
  assert.equal(client.authorize(), client.authorize());
  await page.left;
  assert.equal(Object.keys(tab.storage).length, 1);
});

test('event redirecting is emitted before the navigation, without parameters', async (t) => {
  const { ehr, page, client } = await openApp(t);
  const events = [];
  client.on('redirecting', (detail) => events.push(detail));
  client.authorize();
  await page.left;
  assert.deepEqual(events, [{ method: 'GET', url: `${ehr.origin}/authorize` }]);
});

test('user who returns by the back button: sign_in_abandoned, and a new sign-in can be started', async (t) => {
  const { tab, page, client } = await openApp(t);
  const attempt = client.authorize();
  await page.left;
  tab.comeBack(false);
  assert.equal(await settles(attempt), false);
  tab.comeBack();
  await assert.rejects(attempt, { code: 'sign_in_abandoned' });
  assert.equal(client.getState().activity, 'idle');
  assert.equal(client.getState().status, 'unauthenticated');
  const secondAttempt = client.authorize();
  assert.notEqual(secondAttempt, attempt);
  assert.equal(await settles(secondAttempt), false);
});

test('discovery fails: authorize() rejects, and the next call navigates', async (t) => {
  const { ehr, page, client } = await openApp(t);
  ehr.answer('/fhir/.well-known/smart-configuration', { status: 503 }, { json: ehr.document });
  await assert.rejects(client.authorize(), { code: 'http_status' });
  client.authorize();
  assert.match(await page.left, /\/authorize\?/);
});

test('storage blocked: storage_unavailable, without navigation', async (t) => {
  const { tab, page, client } = await openApp(t);
  tab.block();
  await assert.rejects(client.authorize(), { code: 'storage_unavailable' });
  assert.equal(await settles(page.left), false);
});

test('storage full: storage_unavailable, without navigation', async (t) => {
  const { tab, page, client } = await openApp(t);
  tab.limit(100);
  await assert.rejects(client.authorize(), { code: 'storage_unavailable' });
  assert.equal(await settles(page.left), false);
  assert.deepEqual(Object.keys(tab.storage), []);
});

for (const endpoint of [
  'javascript:alert(1)',
  'data:text/html,x',
  'http://ehr.example/authorize',
  'blob:https://app.example/x',
]) {
  test(`authorization endpoint ${endpoint}: endpoint_scheme, without navigation`, async (t) => {
    const { page, client } = await openApp(t, {}, { configuration: { authorization_endpoint: endpoint } });
    await assert.rejects(client.authorize(), { code: 'endpoint_scheme' });
    assert.equal(await settles(page.left), false);
  });
}
