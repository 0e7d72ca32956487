// Registration of a browser as a client (`createDynamicClient`), with IndexedDB and keys of a real browser.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { it } from 'node:test';
import { openBrowser, openPage } from './sandbox.mjs';
import { serveApp } from './serve.mjs';

const EHR = 'https://ehr.example';

/** A simulated EHR with client registration; `handle` responds to the requests of pages. */
function createEhr() {
  const keys = new Map();
  /** @type {string[]} */
  const requests = [];
  const responses = {
    '/fhir/.well-known/smart-configuration': () => ({
      token_endpoint: `${EHR}/token`,
      registration_endpoint: `${EHR}/register`,
      grant_types_supported: [],
      capabilities: [],
      code_challenge_methods_supported: ['S256'],
    }),
    '/register': (body) => {
      const client_id = `device-${keys.size + 1}`;
      keys.set(client_id, JSON.parse(body).jwks.keys[0]);
      return { client_id };
    },
    '/token': (body) => {
      const fields = new URLSearchParams(body);
      const assertion = fields.get('assertion') ?? '';
      const end = assertion.lastIndexOf('.');
      const key = createPublicKey({ key: keys.get(fields.get('client_id')), format: 'jwk' });
      assert.ok(verify('sha384', Buffer.from(assertion.slice(0, end)), key, Buffer.from(assertion.slice(end + 1), 'base64url')));
      return { access_token: `token-of-${fields.get('client_id')}`, token_type: 'bearer', expires_in: 300, patient: 'zoe' };
    },
    '/fhir/Patient/zoe': () => ({ resourceType: 'Patient', id: 'zoe' }),
  };
  const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, content-type' };
  /** @param {import('playwright-core').Route} route */
  const handle = (route) => {
    const request = route.request();
    if (request.method() === 'OPTIONS') return route.fulfill({ status: 204, headers });
    const { pathname } = new URL(request.url());
    requests.push(`${request.method()} ${pathname} ${request.headers().authorization ?? ''}`.trim());
    return route.fulfill({ json: responses[pathname](request.postData() ?? ''), headers });
  };
  return { requests, handle };
}

it('the key survives a reload, is used by other tabs, cannot be exported, and is deleted for all tabs', async () => {
  const app = await serveApp('dynamic-client.html', "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'");
  const browser = await openBrowser();
  try {
    const ehr = createEhr();
    const page = await openPage(browser);
    await page.context().route(`${EHR}/**`, ehr.handle);
    const ready = (page, title) => page.waitForFunction((title) => document.title === title, title);
    const readPatient = (page) => page.evaluate(() => device.request('Patient/zoe').then(({ id }) => id, ({ code }) => code));
    await page.goto(app.url);
    await ready(page, 'new');
    await page.evaluate(() => device.register('session-token'));
    assert.equal(await readPatient(page), 'zoe');
    assert.deepEqual(ehr.requests, [
      'GET /fhir/.well-known/smart-configuration',
      'POST /register Bearer session-token',
      'POST /token',
      'GET /fhir/Patient/zoe Bearer token-of-device-1',
    ]);
    await page.reload();
    await ready(page, 'registered');
    assert.equal(await readPatient(page), 'zoe');
    const otherTab = await page.context().newPage();
    await otherTab.goto(app.url);
    await ready(otherTab, 'registered');
    assert.equal(await readPatient(otherTab), 'zoe');
    assert.equal(ehr.requests.filter((request) => request.startsWith('POST /register')).length, 1);

    const exported = await page.evaluate(async () => {
      const [{ name }] = await indexedDB.databases();
      const database = await new Promise((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
      });
      const records = await new Promise((resolve) => {
        const request = database.transaction('clients').objectStore('clients').getAll();
        request.onsuccess = () => resolve(request.result);
      });
      database.close();
      const formats = ['jwk', 'pkcs8', 'raw'];
      const exportResults = formats.map((format) => crypto.subtle.exportKey(format, records[0].privateKey).then(() => 'exported', ({ name }) => name));
      return [records.length, ...(await Promise.all(exportResults))];
    });
    assert.deepEqual([exported[0], exported.includes('exported')], [1, false]);

    await otherTab.evaluate(() => device.remove());
    assert.deepEqual([await readPatient(page), await readPatient(otherTab)], ['signed_out', 'signed_out']);
    await page.reload();
    await ready(page, 'new');
    assert.deepEqual(page.problems, []);
  } finally {
    await browser.close();
    app.server.close();
  }
});
