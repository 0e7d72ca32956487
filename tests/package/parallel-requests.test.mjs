// Requests that are sent while the engine is loading, not afterwards.

import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEhr } from './ehr.mjs';
import { copyOfPackage, packageDirectory } from './installed.mjs';
import { signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** Loads the package as a page does. */
const load = async (t) => import(pathToFileURL(await copyOfPackage(t)).href);

/** Makes a call, and returns its promise and the URLs that it requests before it awaits anything. */
function startCall(t, call) {
  const requested = [];
  const { fetch } = globalThis;
  t.mock.method(globalThis, 'fetch', (...args) => {
    requested.push(String(args[0]));
    return fetch(...args);
  });
  const outcome = call();
  const urls = [...requested];
  return { urls, outcome };
}

const NAVIGATE = { navigate: false };
const metadataRequests = (ehr) => ehr.requestsTo('/fhir/.well-known/smart-configuration');

test('chunks of a sign-in do not import the entry', async () => {
  for (const name of ['engine', 'session', 'windows', 'sign-out', 'idle-timeout', 'texts', 'lease', 'metadata', 'inquiries-engine', 'blocks-engine', 'push-engine']) {
    const text = await readFile(new URL(`dist/${name}.js`, packageDirectory), 'utf8');
    assert.doesNotMatch(text, /index\.js/, name);
  }
});

test('smart-configuration is requested in parallel with the engine, once', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  const client = createSmartClient(ehr.options());
  const { urls, outcome } = startCall(t, () => client.authorize(NAVIGATE));
  assert.deepEqual(urls, [`${ehr.fhirBaseUrl}/.well-known/smart-configuration`]);
  assert.match((await outcome).url, /code_challenge=/);
  await client.authorize(NAVIGATE);
  assert.equal(metadataRequests(ehr).length, 1);
  assert.equal(metadataRequests(ehr)[0].headers.cookie, undefined);
});

test('`iss` of authorize(): smart-configuration is requested in parallel only from a configured server', async (t) => {
  const [ehr, otherEhr] = [await startEhr(t), await startEhr(t)];
  const servers = [ehr, otherEhr].map((server, index) => ({ ...server.options(), redirectUri: `https://app.example/${index}` }));
  const { createSmartClient } = await load(t);
  const startAuthorize = (options) => startCall(t, () => createSmartClient({ servers }).authorize({ ...NAVIGATE, ...options }));
  for (const [options, expected] of [
    [{}, []],
    [{ iss: otherEhr.fhirBaseUrl }, [`${otherEhr.fhirBaseUrl}/.well-known/smart-configuration`]],
    [{ iss: 'https://evil.example/fhir' }, []],
    [{ iss: `${otherEhr.fhirBaseUrl}/../x` }, []],
    [{ iss: 7 }, []],
  ]) {
    const { urls, outcome } = startAuthorize(options);
    assert.deepEqual(urls, expected, JSON.stringify(options));
    await outcome.catch(() => {});
    t.mock.restoreAll();
  }
});

test('`iss` of the launch URL: smart-configuration is requested in parallel only from a configured server', async (t) => {
  const ehr = await startEhr(t);
  const launch = (iss) => `iss=${encodeURIComponent(iss)}&launch=x`;
  for (const [query, count] of [
    [launch(ehr.fhirBaseUrl), 1],
    [launch('https://evil.example/fhir'), 0],
    [`${launch(ehr.fhirBaseUrl)}&iss=https%3A%2F%2Fevil.example`, 0],
    [`${launch(ehr.fhirBaseUrl)}&launch=y`, 0],
  ]) {
    const tab = openTab(t);
    await tab.open(`https://app.example/?${query}`, { fresh: false });
    const { createSmartClient } = await load(t);
    const { urls, outcome } = startCall(t, () => createSmartClient(ehr.options({ redirectUri: 'https://app.example/' })).authorize(NAVIGATE));
    assert.equal(urls.length, count, query);
    await outcome.catch(() => {});
    t.mock.restoreAll();
  }
});

for (const [description, change] of [
  ['endpoints are configured', (ehr) => ({ endpoints: { authorizationEndpoint: `${ehr.origin}/authorize`, tokenEndpoint: `${ehr.origin}/token` } })],
  ['the FHIR base is an http URL', () => ({ fhirBaseUrl: 'http://ehr.example/fhir' })],
  ['the server is on this machine, and `allowInsecureLoopback` is not set', () => ({ allowInsecureLoopback: undefined })],
  ['the FHIR base is not in normal form', (ehr) => ({ fhirBaseUrl: ehr.fhirBaseUrl.replace('http:', 'HTTP:') })],
]) {
  test(`nothing is requested in parallel with the engine if ${description}`, async (t) => {
    const ehr = await startEhr(t);
    const { createSmartClient } = await load(t);
    const { urls, outcome } = startCall(t, () => createSmartClient(ehr.options(change(ehr))).authorize(NAVIGATE));
    assert.deepEqual(urls, []);
    await outcome.catch(() => {});
  });
}

test('a failed request in parallel with the engine is repeated', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  const { fetch } = globalThis;
  let calls = 0;
  t.mock.method(globalThis, 'fetch', (...args) => (calls++ === 0 ? Promise.reject(new TypeError('lost')) : fetch(...args)));
  assert.match((await createSmartClient(ehr.options()).authorize(NAVIGATE)).url, /code_challenge=/);
  assert.equal(calls, 2);
});

test('a response that a sign-in has not used is not used by a later sign-in', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  const client = createSmartClient(ehr.options());
  await assert.rejects(client.authorize({ ...NAVIGATE, scope: 'a"b' }), { code: 'config_invalid' });
  ehr.configure({ authorization_endpoint: `${ehr.origin}/moved` });
  const { url } = await client.authorize(NAVIGATE);
  assert.equal(new URL(url).pathname, '/moved');
});

test('a response received in parallel with the engine is checked like any other', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  ehr.answer('/fhir/.well-known/smart-configuration', { status: 302, headers: { location: 'https://evil.example/' } });
  await assert.rejects(createSmartClient(ehr.options()).authorize(NAVIGATE), { code: 'redirected' });
});

for (const [description, call] of [
  ['in parallel with the engine', (client) => client.authorize(NAVIGATE)],
  ['by the engine', (client) => client.discover()],
]) {
  test(`smart-configuration is requested ${description} with the options of the page’s preload link if there is one, and a redirect is refused`, async (t) => {
    const { createSmartClient } = await load(t);
    const { fetch } = globalThis;
    t.after(() => delete globalThis.document);
    const requestsIn = async (links, isMoved) => {
      // Each call has a server of its own, because the page caches the metadata of a server.
      const ehr = await startEhr(t);
      const url = `${ehr.fhirBaseUrl}/.well-known/smart-configuration`;
      if (isMoved) ehr.answer('/fhir/.well-known/smart-configuration', { status: 302, headers: { location: '/elsewhere' } });
      // An SVG `link` has no `href`.
      globalThis.document = { querySelectorAll: () => [{}, ...links.map((end) => ({ href: `${url}${end}` }))] };
      const fetchOptions = [];
      t.mock.method(globalThis, 'fetch', (requested, init) => {
        if (requested === url) fetchOptions.push([init.redirect, init.credentials, init.cache]);
        return fetch(requested, init);
      });
      const code = await call(createSmartClient(ehr.options({ storage: 'memory' }))).then(() => 'done', ({ code }) => code);
      t.mock.restoreAll();
      return [code, ...fetchOptions];
    };
    const [strict, likePreload] = [['manual', 'omit', 'no-store'], [undefined, undefined, undefined]];
    assert.deepEqual(await requestsIn([]), ['done', strict]);
    assert.deepEqual(await requestsIn(['?other']), ['done', strict]);
    assert.deepEqual(await requestsIn(['?other', '']), ['done', likePreload]);
    assert.deepEqual(await requestsIn([''], true), ['redirected', likePreload]);
  });
}

test('popup is closed if the options cannot be read, and the state has the error', async (t) => {
  const tab = openTab(t);
  const popup = { closed: false, focus() {}, close: t.mock.fn() };
  await tab.open('https://app.example/', { fresh: false, globals: { open: () => popup } });
  const { createSmartClient } = await load(t);
  const server = Object.defineProperty({}, 'fhirBaseUrl', { enumerable: true, get: () => { throw new Error('not now'); } });
  const client = createSmartClient({ clientId: 'growth-chart', scope: 'patient/*.rs', servers: [server] });
  await assert.rejects(client.authorize({ target: 'popup' }), { code: 'config_invalid' });
  assert.equal(client.getState().error?.code, 'config_invalid');
  assert.equal(popup.close.mock.callCount(), 1);
});

for (const [description, isStored] of [['loaded in parallel with the engine if a session is stored', true], ['not loaded in parallel with the engine without a stored session', false]]) {
  test(`session chunk: ${description}`, async (t) => {
    const tab = openTab(t);
    await tab.open('https://app.example/', { fresh: false });
    const ehr = await startEhr(t);
    const settings = ehr.options({ storage: 'session' });
    const earlierClient = (await load(t)).createSmartClient(settings);
    if (isStored) await signIn(earlierClient);
    earlierClient.dispose();
    const entry = await copyOfPackage(t);
    /** Replaces a chunk by one that records the request, and loads the original chunk once the global `gateName` is resolved. */
    const replaceChunk = async (name, gateName) => {
      const [file, movedFile] = [name, `${name}-itself`].map((chunk) => join(dirname(entry), `${chunk}.js`));
      await rename(file, movedFile);
      const code = `globalThis.requestedChunks.push('${name}'); await globalThis.${gateName}; export * from './${name}-itself.js';`;
      await writeFile(file, code);
    };
    globalThis.requestedChunks = [];
    let open;
    globalThis.opened = new Promise((resolve) => (open = resolve));
    t.after(() => ['requestedChunks', 'opened'].forEach((name) => delete globalThis[name]));
    await replaceChunk('engine', 'opened');
    await replaceChunk('session', 'requestedChunks');
    const { createSmartClient } = await import(pathToFileURL(entry).href);
    const client = createSmartClient(settings);
    t.after(() => client.dispose());
    const ready = client.ready();
    for (let turn = 0; turn < 10_000 && globalThis.requestedChunks.length < (isStored ? 2 : 1); turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(globalThis.requestedChunks.sort(), isStored ? ['engine', 'session'] : ['engine']);
    open();
    assert.equal((await ready)?.patient, isStored ? 'zoe' : undefined);
    assert.equal(globalThis.requestedChunks.includes('session'), isStored);
  });
}

test('session that is replaced while its refresh loads the texts of warnings: the refresh does not restore it', async (t) => {
  const tab = openTab(t);
  await tab.open('https://app.example/', { fresh: false });
  const ehr = await startEhr(t);
  const entry = await copyOfPackage(t);
  const [file, movedFile] = ['texts', 'texts-itself'].map((chunk) => join(dirname(entry), `${chunk}.js`));
  await rename(file, movedFile);
  await writeFile(file, `globalThis.onTextsRequested(); await globalThis.opened; export * from './texts-itself.js';`);
  let open;
  globalThis.opened = new Promise((resolve) => (open = resolve));
  const requested = new Promise((resolve) => (globalThis.onTextsRequested = resolve));
  t.after(() => ['onTextsRequested', 'opened'].forEach((name) => delete globalThis[name]));
  const { createSmartClient } = await import(pathToFileURL(entry).href);
  const client = createSmartClient(ehr.options({ storage: 'session' }));
  t.after(() => client.dispose());
  await signIn(client);
  // The record as this tab stores it after a refresh.
  const key = Object.keys(sessionStorage).find((name) => name.startsWith('smart-launch:session:'));
  const record = JSON.parse(sessionStorage.getItem(key));
  const refreshed = { ...record, generation: 1, issued: record.issued + 1, access_token: 'renewed', warnings: ['scope_not_granted'] };
  sessionStorage.setItem(key, JSON.stringify(refreshed));
  const token = client.getAccessToken();
  token.catch(() => {});
  await requested;
  ehr.grant({ patient: 'max' });
  await signIn(client);
  open();
  await assert.rejects(token, { code: 'signed_out' });
  assert.equal(client.getState().session?.patient, 'max');
  assert.equal(await client.getAccessToken(), 'canary-access-2');
});
