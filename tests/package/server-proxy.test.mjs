// FHIR requests of pages through the app's server, without a token in the page.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { createSmartServer, toNode } from 'smart-launch/server';
import { isRevealing } from './ehr.mjs';
import { BASE_URL, createBrowser, ORIGIN, startApp } from './server-app.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {object} [proxy]
 * @param {object} [changes] of the app's options
 */
async function startProxy(t, proxy = { methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] }, changes = {}) {
  const app = await startApp(t, { proxy, ...changes });
  const browser = createBrowser(app.smart);
  const { id } = await browser.signIn();
  /**
   * @param {string} path
   * @param {RequestInit & { headers?: Record<string, string> }} [init]
   */
  const send = (path, { headers = {}, ...init } = {}) =>
    browser.visit(path, { ...init, headers: { 'smart-session': id, ...headers } });
  return { ...app, browser, id, send };
}

test('FHIR requests have the session’s token, and the headers that FHIR needs are passed on in both directions', async (t) => {
  const { ehr, send } = await startProxy(t);
  const responseHeaders = {
    'content-type': 'application/fhir+json',
    etag: 'W/"1"',
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    'preference-applied': 'return=minimal',
    'retry-after': '7',
  };
  ehr.answer('/fhir/Patient/zoe', { headers: responseHeaders, body: '{"resourceType":"Patient","multiple":1.50}' });
  const requestHeaders = { 'if-none-match': 'W/"0"', prefer: 'return=minimal', accept: 'application/fhir+xml' };
  const response = await send('fhir/Patient/zoe?_elements=name', { headers: requestHeaders });
  assert.equal(await response.text(), '{"resourceType":"Patient","multiple":1.50}');
  for (const [name, value] of Object.entries(responseHeaders)) assert.equal(response.headers.get(name), value);
  const [request] = ehr.requestsTo('/fhir/Patient/zoe');
  assert.equal(request?.url, '/fhir/Patient/zoe?_elements=name');
  assert.equal(request?.headers.authorization, `Bearer ${ehr.issued[0]?.access_token}`);
  for (const [name, value] of Object.entries(requestHeaders)) assert.equal(request?.headers[name], value);
});

test('without the option `proxy` there is no route `fhir`; with it, `methods` and `paths` limit the requests', async (t) => {
  const withoutProxy = await startProxy(t, undefined, { proxy: undefined });
  assert.equal((await withoutProxy.send('fhir/Patient')).status, 404);
  const { ehr, send } = await startProxy(t, { paths: ['Patient'] });
  ehr.answer('/fhir/Patient', { json: {} });
  assert.equal((await send('fhir/Patient')).status, 200);
  for (const path of ['fhir/Observation', 'fhir', 'fhir/', 'fhir/metadata']) assert.equal((await send(path)).status, 404, path);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    assert.equal((await send('fhir/Patient', { method, headers: { origin: ORIGIN } })).status, 405, method);
  }
  assert.equal(ehr.requestsTo('/fhir/Patient').length, 1);
});

test('page links of a Bundle are rewritten to URLs of the proxy, however the body is split into chunks; nothing else is changed', async (t) => {
  const { ehr, send, id, browser } = await startProxy(t);
  const { fhirBaseUrl: base } = ehr;
  const bundle = (/** @type {string} */ nextPage) =>
    `{"resourceType":"Bundle","note":"6\\" \\"link\\":[{\\"url\\":\\"${base}/x\\"}]", "link" : ` +
    `[{"relation":"next","url":"${nextPage}?_getpages=1&_x=%7B"},{"relation":"self","url":"https://other.example/fhir/Patient"}],` +
    `"total":12345678901234567890,"entry":[{"link":[{"url":"${base}/inner"}],"fullUrl":"${base}/Patient/1",` +
    `"resource":{"link":[{"url":"${base}"}],"text":"é"}}]}`;
  for (const drips of [undefined, 0]) {
    const text = bundle(base);
    const headers = { 'content-type': 'application/fhir+json' };
    ehr.answer('/fhir/Patient', { headers, body: text, ...(drips === undefined ? {} : { drips }) });
    assert.equal(await (await send('fhir/Patient')).text(), bundle(`${BASE_URL}/fhir`));
  }
  const patient = '{"link":[{"extension":[{"valueDecimal":1.50}], "type":"seealso"}],"link":{"url":"x"},"a":["link",[]]}';
  ehr.answer('/fhir/Patient/1', { headers: { 'content-type': 'application/fhir+json' }, body: patient });
  assert.equal(await (await send('fhir/Patient/1')).text(), patient);
  ehr.answer('/fhir/Patient', { headers: { 'content-type': 'application/fhir+json' }, body: bundle(base) });
  const bundleOfUrl = await (await browser.visit(`fhir/Patient?smart_session=${id}`)).json();
  assert.equal(bundleOfUrl.link[0].url, `${BASE_URL}/fhir?_getpages=1&_x=%7B&smart_session=${id}`);
  ehr.answer('/fhir', { json: { resourceType: 'Bundle' } });
  assert.equal((await browser.visit(bundleOfUrl.link[0].url)).status, 200);
  assert.equal(ehr.requestsTo('/fhir')[0]?.url, '/fhir?_getpages=1&_x=%7B');
});

test('FHIR base without a path: URLs under it are rewritten to URLs of the proxy', async (t) => {
  const { ehr, options } = await startApp(t);
  const { origin } = new URL(ehr.fhirBaseUrl);
  ehr.answer('/.well-known/smart-configuration', { json: ehr.document });
  const browser = createBrowser(createSmartServer({ ...options, fhirBaseUrl: origin, proxy: {} }));
  const { id } = await browser.signIn();
  const urls = [`${origin}/Patient?page=2`, `${origin}?page=2`, `${origin}.evil.example/`];
  const json = { resourceType: 'Bundle', link: urls.map((url) => ({ relation: 'next', url })) };
  ehr.answer('/Patient', { json, headers: { 'content-location': `${origin}/Patient/1` } });
  const response = await browser.visit('fhir/Patient', { headers: { 'smart-session': id } });
  assert.equal(response.headers.get('content-location'), `${BASE_URL}/fhir/Patient/1`);
  const { link } = await response.json();
  assert.deepEqual(
    link.map(({ url }) => url),
    [`${BASE_URL}/fhir/Patient?page=2`, `${BASE_URL}/fhir/?page=2`, urls[2]],
  );
});

test('`Location` of a created resource is rewritten to a URL of the proxy', async (t) => {
  const { ehr, send } = await startProxy(t);
  ehr.answer('/fhir/Patient', { status: 201, headers: { location: `${ehr.fhirBaseUrl}/Patient/1/_history/1` }, json: { id: '1' } });
  const body = JSON.stringify({ resourceType: 'Patient' });
  const response = await send('fhir/Patient', { method: 'POST', body, headers: { 'content-type': 'application/fhir+json' } });
  assert.deepEqual([response.status, response.headers.get('location')], [201, `${BASE_URL}/fhir/Patient/1/_history/1`]);
  assert.equal(ehr.requestsTo('/fhir/Patient')[0]?.body, body);
});

test('error responses of the FHIR server are passed on, and a truncated response fails in the page', async (t) => {
  const { ehr, send } = await startProxy(t);
  ehr.answer('/fhir/Patient/none', { status: 404, json: { resourceType: 'OperationOutcome' } });
  const notFound = await send('fhir/Patient/none');
  assert.deepEqual([notFound.status, (await notFound.json()).resourceType], [404, 'OperationOutcome']);
  ehr.answer('/fhir/Patient/cut', { body: '{', cut: true });
  await assert.rejects((await send('fhir/Patient/cut')).text());
  ehr.answer('/fhir/Patient/none', { status: 304 });
  assert.equal((await send('fhir/Patient/none')).status, 304);
  ehr.answer('/fhir/Patient/garbled', { garbled: true });
  const garbled = await send('fhir/Patient/garbled');
  assert.equal(isRevealing(await garbled.text().catch(() => '')), false);
});

test('Node: the routes work, bodies are streamed, and the server continues after a client disconnects', async (t) => {
  const { ehr, smart, browser, id } = await startProxy(t);
  const routes = toNode(smart);
  const server = createServer((request, response) => routes(request, response, () => response.end('app')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => (server.close(), server.closeAllConnections()));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const headers = { cookie: browser.cookie(), 'smart-session': id, origin: ORIGIN };
  const visit = (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', headers, ...init });

  assert.equal(await (await visit('/page')).text(), 'app');
  assert.equal(await (await visit('/authority')).text(), 'app');
  const loginResponse = await visit('/auth/login');
  assert.deepEqual([loginResponse.status, loginResponse.headers.getSetCookie().length], [303, 1]);
  assert.equal((await visit('/auth/session')).status, 200);
  for (const method of ['TRACE', 'PATCH', 'QUERY']) {
    const request = httpRequest({ port, path: '/auth/session', method });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    assert.ok([200, 405].includes(response.statusCode), method);
  }

  const binary = { 'content-type': 'application/octet-stream' };
  ehr.answer('/fhir/Binary', ({ body }) => ({ status: 201, headers: binary, body: `${body.length}` }));
  const size = 3_000_000;
  const textHeaders = { ...headers, 'content-type': 'text/plain' };
  const uploadResponse = await visit('/auth/fhir/Binary', { method: 'POST', body: 'x'.repeat(size), headers: textHeaders });
  assert.deepEqual([uploadResponse.status, await uploadResponse.text()], [201, String(size)]);
  ehr.answer('/fhir/Binary/large', { size: 5_000_000, headers: binary });
  assert.ok((await (await visit('/auth/fhir/Binary/large')).arrayBuffer()).byteLength >= 5_000_000);

  ehr.answer('/fhir/Binary/endless', { endless: true, headers: binary });
  const endlessRequest = httpRequest({ port, path: '/auth/fhir/Binary/endless', headers });
  endlessRequest.on('error', () => {});
  endlessRequest.end();
  const [response] = await once(endlessRequest, 'response');
  await once(response, 'data');
  endlessRequest.destroy();
  assert.equal((await visit('/auth/session')).status, 200);
});
