// What is requested beside the engine rather than after it.

import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEhr } from './ehr.mjs';
import { copyOfPackage, packageDirectory } from './installed.mjs';
import { signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

/** The package as a page loads it. */
const load = async (t) => import(pathToFileURL(await copyOfPackage(t)).href);

/** Requests that are made before anything is awaited. */
function atOnce(t, call) {
  const begun = [];
  const { fetch } = globalThis;
  t.mock.method(globalThis, 'fetch', (...given) => {
    begun.push(String(given[0]));
    return fetch(...given);
  });
  const outcome = call();
  const before = [...begun];
  return { before, outcome };
}

const NAVIGATE = { navigate: false };
const documents = (ehr) => ehr.askedFor('/fhir/.well-known/smart-configuration');

test('chunks of a sign-in import nothing of the entry', async () => {
  for (const name of ['engine', 'session', 'windows', 'sign-out', 'texts', 'lease', 'metadata', 'inquiries-engine', 'blocks-engine']) {
    const text = await readFile(new URL(`dist/${name}.js`, packageDirectory), 'utf8');
    assert.doesNotMatch(text, /index\.js/, name);
  }
});

test('smart-configuration is requested beside the engine, once', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  const client = createSmartClient(ehr.options());
  const { before, outcome } = atOnce(t, () => client.authorize(NAVIGATE));
  assert.deepEqual(before, [`${ehr.fhirBaseUrl}/.well-known/smart-configuration`]);
  assert.match((await outcome).url, /code_challenge=/);
  await client.authorize(NAVIGATE);
  assert.equal(documents(ehr).length, 1);
  assert.equal(documents(ehr)[0].headers.cookie, undefined);
});

test('the server that is named is the one, if it is configured', async (t) => {
  const [ehr, other] = [await startEhr(t), await startEhr(t)];
  const servers = [ehr, other].map((each) => ({ ...each.options(), redirectUri: `https://app.example/${each === ehr ? 'one' : 'two'}` }));
  const { createSmartClient } = await load(t);
  const first = (options) => atOnce(t, () => createSmartClient({ servers }).authorize({ ...NAVIGATE, ...options }));
  for (const [options, expected] of [
    [{}, []],
    [{ iss: other.fhirBaseUrl }, [`${other.fhirBaseUrl}/.well-known/smart-configuration`]],
    [{ iss: 'https://evil.example/fhir' }, []],
    [{ iss: `${other.fhirBaseUrl}/../x` }, []],
    [{ iss: 7 }, []],
  ]) {
    const { before, outcome } = first(options);
    assert.deepEqual(before, expected, JSON.stringify(options));
    await outcome.catch(() => {});
    t.mock.restoreAll();
  }
});

test('a launch is for the server of its URL, if that is configured', async (t) => {
  const ehr = await startEhr(t);
  for (const [iss, count] of [[ehr.fhirBaseUrl, 1], ['https://evil.example/fhir', 0]]) {
    const tab = openTab(t);
    await tab.open(`https://app.example/?iss=${encodeURIComponent(iss)}&launch=x`, { fresh: false });
    const { createSmartClient } = await load(t);
    const { before, outcome } = atOnce(t, () => createSmartClient(ehr.options({ redirectUri: 'https://app.example/' })).authorize(NAVIGATE));
    assert.equal(before.length, count, iss);
    await outcome.catch(() => {});
    t.mock.restoreAll();
  }
});

for (const [what, change] of [
  ['endpoints are given', (ehr) => ({ endpoints: { authorizationEndpoint: `${ehr.origin}/authorize`, tokenEndpoint: `${ehr.origin}/token` } })],
  ['the server may not be contacted', () => ({ fhirBaseUrl: 'http://ehr.example/fhir' })],
  ['the address is of this machine without the setting', () => ({ allowInsecureLoopback: undefined })],
  ['the FHIR base is written in another way', (ehr) => ({ fhirBaseUrl: ehr.fhirBaseUrl.replace('http:', 'HTTP:') })],
]) {
  test(`nothing is requested beside the engine where ${what}`, async (t) => {
    const ehr = await startEhr(t);
    const { createSmartClient } = await load(t);
    const { before, outcome } = atOnce(t, () => createSmartClient(ehr.options(change(ehr))).authorize(NAVIGATE));
    assert.deepEqual(before, []);
    await outcome.catch(() => {});
  });
}

test('a request beside the engine that fails is as if it had not been made', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  const { fetch } = globalThis;
  let calls = 0;
  t.mock.method(globalThis, 'fetch', (...given) => (calls++ === 0 ? Promise.reject(new TypeError('lost')) : fetch(...given)));
  assert.match((await createSmartClient(ehr.options()).authorize(NAVIGATE)).url, /code_challenge=/);
  assert.equal(calls, 2);
});

test('a response beside the engine is checked as any other', async (t) => {
  const ehr = await startEhr(t);
  const { createSmartClient } = await load(t);
  ehr.answer('/fhir/.well-known/smart-configuration', { status: 302, headers: { location: 'https://evil.example/' } });
  await assert.rejects(createSmartClient(ehr.options()).authorize(NAVIGATE), { code: 'redirected' });
});

for (const [what, isStored] of [['where a session is stored', true], ['nowhere else', false]]) {
  test(`session chunk is loaded beside the engine ${what}`, async (t) => {
    const tab = openTab(t);
    await tab.open('https://app.example/', { fresh: false });
    const ehr = await startEhr(t);
    const settings = ehr.options({ storage: 'session' });
    const before = (await load(t)).createSmartClient(settings);
    if (isStored) await signIn(before);
    before.dispose();
    const entry = await copyOfPackage(t);
    /** Lets a chunk come when it may, and notes that it was asked for. */
    const gate = async (name, opened) => {
      const [file, itself] = [name, `${name}-itself`].map((one) => join(dirname(entry), `${one}.js`));
      await rename(file, itself);
      await writeFile(file, `globalThis.asked.push('${name}'); await globalThis.${opened}; export * from './${name}-itself.js';`);
    };
    globalThis.asked = [];
    let open;
    globalThis.opened = new Promise((resolve) => (open = resolve));
    t.after(() => ['asked', 'opened'].forEach((name) => delete globalThis[name]));
    await gate('engine', 'opened');
    await gate('session', 'asked');
    const { createSmartClient } = await import(pathToFileURL(entry).href);
    const client = createSmartClient(settings);
    t.after(() => client.dispose());
    const ready = client.ready();
    for (let turn = 0; turn < 10_000 && globalThis.asked.length < (isStored ? 2 : 1); turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(globalThis.asked.sort(), isStored ? ['engine', 'session'] : ['engine']);
    open();
    assert.equal((await ready)?.patient, isStored ? 'zoe' : undefined);
    assert.equal(globalThis.asked.includes('session'), isStored);
  });
}
