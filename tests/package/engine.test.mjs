// The WebAssembly module is started when it is needed, and again after a trap.

import assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEhr } from './ehr.mjs';
import { watchEngine } from './engine.mjs';
import { copyOfPackage } from './installed.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

/** Loads a copy of the package, whose WebAssembly module is not started yet. */
async function load(test) {
  const engine = watchEngine(test);
  return { engine, ...(await import(pathToFileURL(await copyOfPackage(test)))) };
}

/** Waits until the chunk for sessions is loaded and has checked the session, so that the test makes the next call of the module. */
const loadSessionChunk = (client) => client.discover();

test('module is started once for all calls of all clients', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const clients = Array.from({ length: 5 }, () => createSmartClient(ehr.options()));
  assert.equal(engine.starts(), 0);
  await Promise.all(clients.map((client) => client.authorize({ navigate: false })));
  await signIn(clients[0]);
  assert.equal(engine.starts(), 1);
});

test('if the module cannot be compiled: wasm_unavailable with the CSP directive, and the next call tries again', async (t) => {
  const { engine, createSmartClient, parseLaunch } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const cause = new WebAssembly.CompileError(
    "Refused to compile: 'wasm-unsafe-eval' is not an allowed source of script",
  );
  engine.failWith(cause);
  for (const call of [
    () => client.ready(),
    () => client.authorize({ navigate: false }),
    () => parseLaunch('https://a.example'),
  ]) {
    await assert.rejects(call(), (error) => {
      assert.deepEqual([error.code, error.fault], ['wasm_unavailable', 'browser']);
      assert.match(error.hint, /'wasm-unsafe-eval'/);
      return error.cause === cause;
    });
  }
  assert.equal(ehr.requests.length, 0);
  engine.failWith(undefined);
  assert.equal((await signIn(client)).patient, 'zoe');
  assert.equal(await parseLaunch('https://a.example'), null);
});

test('if the module cannot be loaded: wasm_unavailable, and a sign-out still removes the stored session', async (t) => {
  const entry = await copyOfPackage(t);
  await rm(join(dirname(entry), 'engine.js'));
  const { createSmartClient, SmartError } = await import(pathToFileURL(entry));
  const { localStorage } = globalThis;
  t.after(() => Object.assign(globalThis, { localStorage }));
  globalThis.localStorage = { 'smart-launch:session:app:https%3A%2F%2Fehr.example:': '{}', mine: '', removeItem };
  function removeItem(key) {
    delete this[key];
  }
  const client = createSmartClient({ clientId: 'app', fhirBaseUrl: 'https://ehr.example', scope: 'openid' });
  const events = [];
  for (const event of ['signedOut', 'error']) client.on(event, (detail) => events.push(detail.reason ?? detail.code));
  await assert.rejects(client.ready(), (error) => {
    assert.ok(error instanceof SmartError);
    assert.equal(client.getState().error, error);
    return error.code === 'wasm_unavailable' && error.retryable && error.cause instanceof Error;
  });
  assert.equal(client.getState().status, 'error');
  await assert.rejects(client.logout(), { code: 'wasm_unavailable' });
  assert.equal(client.getState().status, 'unauthenticated');
  assert.deepEqual(events, ['wasm_unavailable', 'logout', 'wasm_unavailable']);
  assert.deepEqual(Object.keys(globalThis.localStorage), ['mine', 'removeItem']);
});

/** Loads a copy of the package. `part` is the path of the WebAssembly module's part for sessions. */
async function loadCopy(test) {
  const engine = watchEngine(test);
  const entry = await copyOfPackage(test);
  const { createSmartClient } = await import(pathToFileURL(entry));
  return { engine, createSmartClient, part: join(dirname(entry), 'session-engine.js') };
}

test('if the part for sessions cannot be loaded: wasm_unavailable; the next call loads it for the same instance', async (t) => {
  const { engine, createSmartClient, part } = await loadCopy(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await rename(part, `${part}.away`);
  const callback = callbackOf(await client.authorize({ navigate: false }));
  const expected = { code: 'wasm_unavailable', fault: 'network', retryable: true };
  await assert.rejects(client.ready({ callback }), expected);
  // Without a network the texts of errors are not loaded either.
  const texts = join(dirname(part), 'texts.js');
  await rename(texts, `${texts}.away`);
  await assert.rejects(client.ready({ callback }), expected);
  await rename(`${texts}.away`, texts);
  await rename(`${part}.away`, part);
  assert.equal((await client.ready({ callback })).patient, 'zoe');
  assert.equal(engine.starts(), 1);
});

test('part for sessions of another build is refused', async (t) => {
  const { engine, createSmartClient, part } = await loadCopy(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const [, id] = /['"`]([0-9a-f]{16})['"`]/.exec(await readFile(join(dirname(part), 'engine.js'), 'utf8'));
  const text = await readFile(part, 'utf8');
  assert.ok(text.includes(encoded(id)));
  await rm(part);
  await writeFile(part, text.replace(encoded(id), encoded([...id].reverse().join(''))));
  const callback = callbackOf(await client.authorize({ navigate: false }));
  await assert.rejects(client.ready({ callback }), (error) => {
    assert.ok(error.cause instanceof WebAssembly.LinkError);
    return error.code === 'wasm_unavailable';
  });
  assert.ok(await client.authorize({ navigate: false }));
  assert.equal(engine.starts(), 1);
});

/** Encodes ASCII as in the text of a module (xtask/src/wasm_encoding.rs). */
function encoded(text) {
  const character = (value) => String.fromCharCode(value + (value < 57 ? 35 : 36));
  const bytes = [...text].map((letter) => letter.charCodeAt());
  return bytes.map((byte) => (byte < 84 ? '' : character(84 + Math.floor(byte / 84) - 1)) + character(byte % 84)).join('');
}

for (const [description, prepare] of [
  ['callback', () => ({ callback: 'https://app.example/?code=c&state=s' })],
  ['stored session', (t) => storeSession(t)],
]) {
  test(`page with a ${description} loads the part for sessions in parallel with the engine`, { timeout: 60_000 }, async (t) => {
    const { createSmartClient, part } = await loadCopy(t);
    const order = [];
    const partLoaded = new Promise((resolve) => (globalThis.smartLaunchPart = () => resolve(order.push('part'))));
    globalThis.smartLaunchEngine = partLoaded.then(() => order.push('engine'));
    t.after(() => ['smartLaunchPart', 'smartLaunchEngine'].forEach((name) => delete globalThis[name]));
    await runBefore(part, 'smartLaunchPart();');
    await runBefore(join(dirname(part), 'engine.js'), 'await smartLaunchEngine;');
    const ehr = await startEhr(t);
    await createSmartClient(ehr.options()).ready(prepare(t)).catch(() => {});
    assert.deepEqual(order, ['part', 'engine']);
  });
}

/** Puts a statement in front of a module. */
async function runBefore(file, statement) {
  const text = await readFile(file, 'utf8');
  await rm(file);
  await writeFile(file, `${statement}\n${text}`);
}

function storeSession(test) {
  const { localStorage } = globalThis;
  test.after(() => Object.assign(globalThis, { localStorage }));
  globalThis.localStorage = { 'smart-launch:session:app:https%3A%2F%2Fehr.example:': '{}' };
}

test('page without a stored session does not load the part for sessions', async (t) => {
  const { createSmartClient, part } = await loadCopy(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await rm(part);
  assert.equal(await client.ready(), null);
  assert.ok(await client.authorize({ navigate: false }));
});

test('if the module cannot be started, logout() signs the client out and rejects', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  engine.failWith(new WebAssembly.CompileError('no'));
  await assert.rejects(client.logout(), { code: 'wasm_unavailable' });
  assert.equal(client.getState().status, 'unauthenticated');
});

for (const kind of ['export', 'import']) {
  test(`trap in an ${kind}: the call rejects with internal, and the next call works with a new instance`, async (t) => {
    const { engine, createSmartClient } = await load(t);
    const ehr = await startEhr(t);
    const client = createSmartClient(ehr.options());
    await signIn(client);
    await loadSessionChunk(client);
    const calls = [
      () => client.getAccessToken(),
      () => client.refresh(),
      () => client.fetch('Patient/zoe'),
      () => client.authorize({ navigate: false }),
      () => client.discover(),
    ];
    for (const [index, call] of calls.entries()) {
      engine.trapIn(kind);
      await assert.rejects(call(), (error) => {
        assert.equal(error.code, 'internal');
        return error.cause instanceof WebAssembly.RuntimeError;
      });
      await call();
      assert.equal(engine.starts(), index + 2);
    }
    assert.equal(client.getState().status, 'authenticated');
  });
}

test('trap in a synchronous call: the call throws internal, and the next call works', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const session = await signIn(client);
  engine.trapIn('export');
  assert.throws(() => session.can('patient/Patient.r'), (error) => error.name === 'SmartError' && error.code === 'internal');
  assert.equal(session.can('patient/Patient.r'), true);
  assert.ok(await client.refresh());
  assert.equal(engine.starts(), 2);
});

test('synchronous calls work while the instance after a trap has only the part for sign-ins', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const session = await signIn(client);
  await loadSessionChunk(client);
  engine.trapIn('export');
  await assert.rejects(client.authorize({ navigate: false }), { code: 'internal' });
  await client.authorize({ navigate: false });
  assert.equal(engine.starts(), 2);
  assert.equal(session.can('patient/Patient.r'), true);
});

test('pending sign-in survives a trap', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const callback = callbackOf(await client.authorize({ navigate: false }));
  engine.trapIn('export');
  await assert.rejects(client.ready({ callback }), { code: 'internal' });
  assert.equal((await client.ready({ callback })).patient, 'zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('session survives a trap', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t, { tokens: { expires_in: 0 } });
  const client = createSmartClient(ehr.options());
  await signIn(client);
  await loadSessionChunk(client);
  engine.trapIn('import');
  await assert.rejects(client.getAccessToken(), { code: 'internal' });
  assert.equal(await client.getAccessToken(), 'canary-access-2');
});

test('trap of one flow does not block another flow that waits for its lock', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  const respondWithToken = () => ({ json: ehr.tokenResponse() });
  const trapAndRespond = () => {
    engine.trapIn('export');
    return respondWithToken();
  };
  ehr.answer('/token', trapAndRespond, respondWithToken);
  const outcomes = await Promise.allSettled([client.refresh(), client.refresh()]);
  assert.deepEqual(
    outcomes.map(({ status, reason }) => reason?.code ?? status),
    ['internal', 'fulfilled'],
  );
  assert.equal(ehr.requestsTo('/token').length, 2, 'a request that has a response is not sent again');
});

test('flow that waits for a response survives a trap of another flow', async (t) => {
  const { engine, createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  await signIn(client);
  ehr.answer('/token', async () => {
    engine.trapIn('export');
    await assert.rejects(client.discover(), { code: 'internal' });
    return { json: ehr.tokenResponse({ access_token: 'after-the-trap' }) };
  });
  await client.refresh();
  assert.equal(await client.getAccessToken(), 'after-the-trap');
});

test('calls work after a framework has replaced Promise', async (t) => {
  const { createSmartClient } = await load(t);
  const ehr = await startEhr(t);
  const { Promise: OriginalPromise } = globalThis;
  t.after(() => (globalThis.Promise = OriginalPromise));
  globalThis.Promise = class extends OriginalPromise {};
  const client = createSmartClient(ehr.options());
  assert.equal((await signIn(client)).patient, 'zoe');
  assert.ok(await client.refresh());
});

test('calls work after two hundred traps in a row', async (t) => {
  const { engine, parseLaunch } = await load(t);
  for (let count = 0; count < 200; count++) {
    engine.trapIn('export');
    await assert.rejects(parseLaunch('https://a.example'), { code: 'internal' });
  }
  assert.equal(await parseLaunch('https://a.example'), null);
});
