// `smart-launch/static`, `smart-launch/slim` and the CommonJS file of the main entry, which load the engine in other ways.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as smartLaunch from 'smart-launch';
import * as slim from 'smart-launch/slim';
import * as staticEntry from 'smart-launch/static';
import { startEhr } from './ehr.mjs';
import { packageDirectory } from './installed.mjs';
import { signIn } from './sign-in.mjs';

const require = createRequire(import.meta.url);
const commonJs = require(fileURLToPath(new URL('dist/index.cjs', packageDirectory)));
const wasm = await readFile(new URL(import.meta.resolve('smart-launch/smart-launch.wasm')));

for (const [name, entry] of Object.entries({ static: staticEntry, require: commonJs })) {
  test(`${name}: exports the same as the main entry, and signs in`, async (t) => {
    assert.deepEqual(Object.keys(entry).sort(), Object.keys(smartLaunch).sort());
    const ehr = await startEhr(t);
    assert.equal((await signIn(entry.createSmartClient(ehr.options()))).patient, 'zoe');
    assert.equal((await entry.createPkcePair()).codeChallengeMethod, 'S256');
    assert.equal(await entry.scopeCovers('patient/*.rs', 'patient/Patient.r'), true);
  });

  test(`${name}: errors of the entry have hints, and SmartError.is of the main entry recognizes them`, async () => {
    await assert.rejects(entry.createSmartClient({}).ready(), (error) => {
      assert.ok(error instanceof entry.SmartError);
      assert.ok(smartLaunch.SmartError.is(error));
      assert.equal(error.code, 'config_invalid');
      return error.hint.length > 0;
    });
  });

  test(`${name}: the entry is one file that imports nothing`, async () => {
    const file = name === 'require' ? 'index.cjs' : 'static.js';
    const code = await readFile(new URL(`dist/${file}`, packageDirectory), 'utf8');
    assert.doesNotMatch(code, /\bimport\b *[("'{*]|\brequire\(/);
  });
}

for (const [name, entry] of Object.entries({ static: staticEntry, require: commonJs, slim })) {
  test(`${name}: calls with a session work, and their errors are instances of the entry's SmartError`, async (t) => {
    slim.setWasm(wasm);
    const ehr = await startEhr(t);
    ehr.answer('/fhir/Patient/zoe', { json: { id: 'zoe' } }, { status: 404 });
    const client = entry.createSmartClient(ehr.options());
    const isErrorOfEntry = (code) => (error) => error instanceof entry.SmartError && error.code === code;
    await assert.rejects(client.getAccessToken(), isErrorOfEntry('signed_out'));
    await signIn(client);
    assert.deepEqual(await client.request('Patient/zoe'), { id: 'zoe' });
    await assert.rejects(client.request('Patient/zoe'), isErrorOfEntry('http_status'));
    assert.equal((await client.refresh()).patient, 'zoe');
    assert.equal((await client.discover()).issuer, ehr.origin);
    assert.deepEqual(await client.logout(), { revoked: true, logoutUrl: null, error: null });
  });
}

test('slim: exports the same as the main entry, and setWasm', () => {
  assert.deepEqual(Object.keys(slim).sort(), [...Object.keys(smartLaunch), 'setWasm'].sort());
});

const respondWithWasm = (status, type) => () => new Response(wasm, { status, headers: { 'content-type': type } });

const INPUTS = {
  'the bytes of the module': () => wasm,
  'a buffer': () => Uint8Array.from(wasm).buffer,
  'a response': respondWithWasm(200, 'application/wasm'),
  'a response with another content type': respondWithWasm(200, 'application/octet-stream'),
  'a promise of a response': async () => respondWithWasm(200, 'application/wasm')(),
  'a compiled module': () => WebAssembly.compile(wasm),
  'the URL of the module': () => new URL(`data:application/wasm;base64,${wasm.toString('base64')}`),
  'the URL of the module as text': () => `data:application/wasm;base64,${wasm.toString('base64')}`,
};

for (const [name, createInput] of Object.entries(INPUTS)) {
  test(`slim: signs in after setWasm with ${name}`, async (t) => {
    const { createSmartClient, setWasm } = await loadSlim();
    setWasm(createInput());
    const ehr = await startEhr(t);
    assert.equal((await signIn(createSmartClient(ehr.options()))).patient, 'zoe');
  });
}

const INVALID_INPUTS = {
  'no call of setWasm': undefined,
  'a response with an error status': respondWithWasm(404, 'application/wasm'),
  'other bytes': () => new TextEncoder().encode('<!doctype html>'),
  'a promise that rejects': () => Promise.reject(new TypeError('no network')),
};

for (const [name, createInput] of Object.entries(INVALID_INPUTS)) {
  test(`slim: wasm_unavailable after ${name}; signs in after setWasm with the module`, async (t) => {
    const { createSmartClient, setWasm } = await loadSlim();
    if (createInput) setWasm(createInput());
    const ehr = await startEhr(t);
    const client = createSmartClient(ehr.options());
    await assert.rejects(client.ready(), (error) => error.code === 'wasm_unavailable' && error.cause instanceof Error);
    assert.equal(ehr.requests.length, 0);
    setWasm(wasm);
    assert.equal((await signIn(client)).patient, 'zoe');
  });
}

test('slim: the module is compiled once', async (t) => {
  const { createSmartClient, setWasm } = await loadSlim();
  const compile = t.mock.method(WebAssembly, 'compile');
  setWasm(wasm);
  const ehr = await startEhr(t);
  await Promise.all([1, 2, 3].map(() => createSmartClient(ehr.options()).ready()));
  assert.equal(compile.mock.callCount(), 1);
});

let loads = 0;
/** Loads the entry again, as another page does. */
const loadSlim = () => import(`${import.meta.resolve('smart-launch/slim')}?${(loads += 1)}`);
