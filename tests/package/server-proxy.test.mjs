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
 * @param {object} [more]
 */
async function startProxy(t, proxy = { methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] }, more = {}) {
  const app = await startApp(t, { proxy, ...more });
  const browser = createBrowser(app.smart);
  const { id } = await browser.signIn();
  /**
   * @param {string} path
   * @param {RequestInit & { headers?: Record<string, string> }} [init]
   */
  const ask = (path, { headers = {}, ...init } = {}) =>
    browser.visit(path, { ...init, headers: { 'smart-session': id, ...headers } });
  return { ...app, browser, id, ask };
}

test('the session’s token is sent, and only listed headers pass in both directions', async (t) => {
  const { ehr, id, ask } = await startProxy(t);
  ehr.answer('/fhir/Patient/zoe', {
    headers: {
      'content-type': 'application/fhir+json',
      'smart-error': 'signed_out',
      'smart-session': 'another',
      etag: 'W/"1"',
      'set-cookie': ['canary=1', 'a=b; Domain=app.example'],
      'strict-transport-security': 'max-age=1',
      'access-control-allow-origin': '*',
      'www-authenticate': 'Basic',
      'x-frame-options': 'ALLOWALL',
      'content-security-policy': 'default-src *',
      'clear-site-data': '"*"',
      refresh: '0;url=https://evil.example',
      link: '<https://evil.example>; rel=preload',
    },
    body: '{"resourceType":"Patient","multiple":1.50}',
  });
  const response = await ask('fhir/Patient/zoe?_elements=name', {
    headers: {
      authorization: 'Bearer of-the-page',
      'x-forwarded-for': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      'x-forwarded-host': 'evil.example',
      'x-http-method-override': 'DELETE',
      te: 'trailers',
      referer: `${ORIGIN}/page`,
      'if-none-match': 'W/"0"',
    },
  });
  assert.equal(await response.text(), '{"resourceType":"Patient","multiple":1.50}');
  const { 'smart-session-ends': ends, ...headers } = Object.fromEntries(response.headers);
  assert.match(String(ends), /^1(?:800|7\d\d)$/);
  assert.deepEqual(headers, {
    'cache-control': 'no-store',
    'content-security-policy': "sandbox; default-src 'none'",
    'content-type': 'application/fhir+json',
    'cross-origin-resource-policy': 'same-origin',
    etag: 'W/"1"',
    'referrer-policy': 'no-referrer',
    'smart-session': id,
    'x-content-type-options': 'nosniff',
  });
  const [asked] = ehr.askedFor('/fhir/Patient/zoe');
  assert.equal(asked?.url, '/fhir/Patient/zoe?_elements=name');
  assert.equal(asked?.headers.authorization, `Bearer ${ehr.issued[0]?.access_token}`);
  assert.equal(asked?.headers['if-none-match'], 'W/"0"');
  const hidden = ['cookie', 'smart-session', 'referer', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'origin'];
  for (const name of [...hidden, 'x-http-method-override', 'te', 'sec-fetch-site']) {
    assert.equal(asked?.headers[name], undefined, name);
  }
});

test('paths outside the FHIR base, however they are written, are refused before anything is sent', async (t) => {
  const { ehr, ask, smart, browser, id } = await startProxy(t);
  const before = ehr.asked.length;
  const evil = [
    ...['..', '../token', '%2e%2e/token', '..%2ftoken', '%2e%2e%2ftoken', '.%2e/token', '..;/token', '.well-known/../../token'],
    ...['Patient/..%5c..%5ctoken', 'Patient/%2e%2e/%2e%2e/token', 'Patient/%252e%252e/x', 'Patient/%2fx', 'Patient//x'],
    ...['//evil.example/x', '/evil.example', '@evil.example/x', 'https://evil.example', 'https:/evil.example', '\\evil.example'],
    ...['%68ttps://evil.example', 'Patient/%00', 'Patient/a%0d%0ax: y', 'Patient/é', 'Patient/a b', 'Patient/a%3fx', 'Patient/a%23x'],
  ];
  for (const path of evil) {
    const response = await ask(`${BASE_URL}/fhir/${path}`);
    assert.ok([400, 404, 405].includes(response.status), `${path}: ${response.status}`);
  }
  // As Node passes them, without the URL parser of the platform.
  for (const path of evil) {
    const given = /** @type {Request} */ (/** @type {unknown} */ ({
      method: 'GET',
      url: `/auth/fhir/${path}`,
      headers: { cookie: browser.cookie(), 'smart-session': id, 'sec-fetch-site': 'same-origin' },
    }));
    assert.ok([400, 404, 405].includes((await smart.handle(given)).status), path);
  }
  assert.equal(ehr.asked.length, before);
});

test('proxy is off unless it is set; methods and resource types are those of the options', async (t) => {
  const off = await startProxy(t, undefined, { proxy: undefined });
  assert.equal((await off.ask('fhir/Patient')).status, 404);
  const { ehr, ask } = await startProxy(t, { paths: ['Patient'] });
  ehr.answer('/fhir/Patient', { json: {} });
  assert.equal((await ask('fhir/Patient')).status, 200);
  for (const path of ['fhir/Observation', 'fhir', 'fhir/', 'fhir/metadata']) assert.equal((await ask(path)).status, 404, path);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    assert.equal((await ask('fhir/Patient', { method, headers: { origin: ORIGIN } })).status, 405, method);
  }
  assert.equal(ehr.askedFor('/fhir/Patient').length, 1);
});

test('pages of other origins, and requests without a session, get nothing', async (t) => {
  const { ehr, ask, browser, id } = await startProxy(t);
  ehr.answer('/fhir/Patient', { json: {} });
  for (const site of ['cross-site', 'same-site']) {
    assert.equal((await ask('fhir/Patient', { headers: { 'sec-fetch-site': site } })).status, 403);
  }
  assert.equal((await ask('fhir/Patient', { headers: { origin: 'https://evil.example' } })).status, 403);
  const post = { method: 'POST', body: '{}', headers: { origin: 'https://evil.example' } };
  assert.equal((await ask('fhir/Patient', post)).status, 403);
  assert.equal((await browser.visit('fhir/Patient')).status, 401);
  assert.equal((await ask('fhir/Patient', { headers: { cookie: '' } })).status, 401);
  assert.equal(ehr.askedFor('/fhir/Patient').length, 0);
  const url = await browser.visit(`fhir/Patient?name=a&smart_session=${id}&x=1`);
  assert.equal(url.status, 200);
  assert.equal(ehr.askedFor('/fhir/Patient')[0]?.url, '/fhir/Patient?name=a&x=1');
});

test('page links of a Bundle lead to the proxy, in whatever chunks it arrives; nothing else changes', async (t) => {
  const { ehr, ask, id, browser } = await startProxy(t);
  const { fhirBaseUrl: base } = ehr;
  const bundle = (/** @type {string} */ to) =>
    `{"resourceType":"Bundle","note":"\\"link\\":[{\\"url\\":\\"${base}/x\\"}]", "link" : ` +
    `[{"relation":"next","url":"${to}?_getpages=1&_x=%7B"},{"relation":"self","url":"https://other.example/fhir/Patient"}],` +
    `"total":12345678901234567890,"entry":[{"link":[{"url":"${base}/inner"}],"fullUrl":"${base}/Patient/1",` +
    `"resource":{"link":[{"url":"${base}"}],"text":"é"}}]}`;
  for (const drips of [undefined, 0]) {
    const text = bundle(base);
    const headers = { 'content-type': 'application/fhir+json' };
    ehr.answer('/fhir/Patient', { headers, body: text, ...(drips === undefined ? {} : { drips }) });
    assert.equal(await (await ask('fhir/Patient')).text(), bundle(`${BASE_URL}/fhir`));
  }
  const patient = '{"link":[{"extension":[{"valueDecimal":1.50}], "type":"seealso"}],"link":{"url":"x"},"a":["link",[]]}';
  ehr.answer('/fhir/Patient/1', { headers: { 'content-type': 'application/fhir+json' }, body: patient });
  assert.equal(await (await ask('fhir/Patient/1')).text(), patient);
  ehr.answer('/fhir/Patient', { headers: { 'content-type': 'application/fhir+json' }, body: bundle(base) });
  const inUrl = await (await browser.visit(`fhir/Patient?smart_session=${id}`)).json();
  assert.equal(inUrl.link[0].url, `${BASE_URL}/fhir?_getpages=1&_x=%7B&smart_session=${id}`);
  ehr.answer('/fhir', { json: { resourceType: 'Bundle' } });
  assert.equal((await browser.visit(inUrl.link[0].url)).status, 200);
  assert.equal(ehr.askedFor('/fhir')[0]?.url, '/fhir?_getpages=1&_x=%7B');
});

test('FHIR base that is an origin: URLs under it lead to the proxy', async (t) => {
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

test('redirects are not followed, and `Location` of a created resource leads to the proxy', async (t) => {
  const { ehr, ask } = await startProxy(t);
  ehr.answer('/fhir/Patient/moved', { redirect: 'http://169.254.169.254/' });
  const moved = await ask('fhir/Patient/moved');
  assert.deepEqual([moved.status, moved.headers.get('location')], [403, null]);
  ehr.answer('/fhir/Patient', { status: 201, headers: { location: `${ehr.fhirBaseUrl}/Patient/1/_history/1` }, json: { id: '1' } });
  const body = JSON.stringify({ resourceType: 'Patient' });
  const created = await ask('fhir/Patient', { method: 'POST', body, headers: { 'content-type': 'application/fhir+json' } });
  assert.deepEqual([created.status, created.headers.get('location')], [201, `${BASE_URL}/fhir/Patient/1/_history/1`]);
  assert.equal(ehr.askedFor('/fhir/Patient')[0]?.body, body);
});

test('HTML and SVG of the server cannot run as a page of the app', async (t) => {
  const { ehr, ask } = await startProxy(t);
  for (const type of ['text/html', 'image/svg+xml', undefined]) {
    ehr.answer('/fhir/Binary/1', { headers: type ? { 'content-type': type } : {}, body: '<script>alert(1)</script>' });
    const { headers } = await ask('fhir/Binary/1');
    assert.match(String(headers.get('content-security-policy')), /^sandbox;/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('content-type'), type ?? 'application/octet-stream');
  }
});

test('error responses of the FHIR server pass, and a truncated one fails', async (t) => {
  const { ehr, ask } = await startProxy(t);
  ehr.answer('/fhir/Patient/none', { status: 404, json: { resourceType: 'OperationOutcome' } });
  const none = await ask('fhir/Patient/none');
  assert.deepEqual([none.status, (await none.json()).resourceType], [404, 'OperationOutcome']);
  ehr.answer('/fhir/Patient/cut', { body: '{', cut: true });
  await assert.rejects((await ask('fhir/Patient/cut')).text());
  ehr.answer('/fhir/Patient/none', { status: 304 });
  assert.equal((await ask('fhir/Patient/none')).status, 304);
  ehr.answer('/fhir/Patient/garbled', { garbled: true });
  const garbled = await ask('fhir/Patient/garbled');
  assert.equal(isRevealing(await garbled.text().catch(() => '')), false);
});

test('Node: routes; bodies and responses are streams; the server continues after a client disconnects', async (t) => {
  const { ehr, smart, browser, id } = await startProxy(t);
  const routes = toNode(smart);
  const server = createServer((request, response) => routes(request, response, () => response.end('app')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => (server.close(), server.closeAllConnections()));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const headers = { cookie: browser.cookie(), 'smart-session': id, origin: ORIGIN };
  const there = (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', headers, ...init });

  assert.equal(await (await there('/page')).text(), 'app');
  assert.equal(await (await there('/authority')).text(), 'app');
  const login = await there('/auth/login');
  assert.deepEqual([login.status, login.headers.getSetCookie().length], [303, 1]);
  assert.equal((await there('/auth/session')).status, 200);
  for (const method of ['TRACE', 'PATCH', 'QUERY']) {
    const odd = httpRequest({ port, path: '/auth/session', method });
    odd.end();
    const [answer] = await once(odd, 'response');
    answer.resume();
    assert.ok([200, 405].includes(answer.statusCode), method);
  }

  const binary = { 'content-type': 'application/octet-stream' };
  ehr.answer('/fhir/Binary', ({ body }) => ({ status: 201, headers: binary, body: `${body.length}` }));
  const size = 3_000_000;
  const typed = { ...headers, 'content-type': 'text/plain' };
  const sent = await there('/auth/fhir/Binary', { method: 'POST', body: 'x'.repeat(size), headers: typed });
  assert.deepEqual([sent.status, await sent.text()], [201, String(size)]);
  ehr.answer('/fhir/Binary/large', { size: 5_000_000, headers: binary });
  assert.ok((await (await there('/auth/fhir/Binary/large')).arrayBuffer()).byteLength >= 5_000_000);

  ehr.answer('/fhir/Binary/endless', { endless: true, headers: binary });
  const hanging = httpRequest({ port, path: '/auth/fhir/Binary/endless', headers });
  hanging.on('error', () => {});
  hanging.end();
  const [response] = await once(hanging, 'response');
  await once(response, 'data');
  hanging.destroy();
  assert.equal((await there('/auth/session')).status, 200);
});
