// The seam between the engine and the page: an effect may run code of the page, which may throw, give anything, or call again.

import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEhr } from './ehr.mjs';
import { watchEngine } from './engine.mjs';
import { copyOfPackage, packageDirectory } from './installed.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

/** The package, signed in, and its effects: the chunk that is given them is replaced by one that shows them. */
async function open(t) {
  const engine = watchEngine(t);
  const entry = await copyOfPackage(t);
  const use = join(dirname(entry), 'use.js');
  await rename(use, join(dirname(entry), 'use-itself.js'));
  const shown = `import { createUse as own } from './use-itself.js';
export const createUse = (client, engine) => ((globalThis.effectsOfTest = engine.effects), own(client, engine));`;
  await writeFile(use, shown);
  const { createSmartClient } = await import(pathToFileURL(entry));
  const ehr = await startEhr(t);
  const client = createSmartClient(ehr.options());
  const session = await signIn(client);
  await client.discover();
  const effects = globalThis.effectsOfTest;
  delete globalThis.effectsOfTest;
  return { engine, ehr, client, session, effects, own: { ...effects } };
}

test('an effect may call the client again: the outcome is the same', async (t) => {
  const { engine, client, session, effects, own } = await open(t);
  const called = new Set();
  for (const name of Object.keys(effects)) {
    effects[name] = (...given) => {
      called.add(name);
      assert.equal(session.can('patient/Patient.r'), true);
      client.getState();
      client.ready();
      const gives = own[name](...given);
      assert.equal(session.can('patient/Patient.r'), true);
      return gives;
    };
  }
  for (let count = 0; count < 3; count++) {
    await client.refresh();
    assert.equal(await client.getAccessToken(), client.getState().session.tokenResponse.access_token);
  }
  await client.authorize({ navigate: false });
  assert.equal(engine.starts(), 1);
  assert.ok(called.size > 8, [...called].join());
  assert.deepEqual(await client.logout(), { revoked: true, logoutUrl: null, error: null });
});

const BAD = {
  throws: () => {
    throw new Error('on purpose');
  },
  rejects: () => Promise.reject(new Error('on purpose')),
  'gives null': () => null,
  'gives a number': () => 7,
  'gives an object': () => ({}),
  'gives a text that is an object': () => new String('7'),
  'resolves to nothing': async () => undefined,
  'resolves to a number': async () => 7,
};

for (const [what, bad] of Object.entries(BAD)) {
  test(`an effect that ${what} ends the flow with a typed error, and nobody is signed out`, async (t) => {
    const { engine, client, effects, own } = await open(t);
    for (const name of Object.keys(effects)) {
      let used = false;
      effects[name] = (...given) => {
        used = true;
        return bad(...given);
      };
      const calls = [() => client.refresh(), () => client.authorize({ navigate: false })];
      for (const call of calls) {
        const error = await call().then(
          () => undefined,
          (error) => error,
        );
        if (used) assert.match(error?.code ?? 'ok', /^(internal|storage_unavailable|ok)$/, name);
        if (error) assert.equal(error.name, 'SmartError');
      }
      effects[name] = own[name];
      assert.equal(client.getState().status, 'authenticated', name);
      await client.refresh();
    }
    assert.equal(engine.starts(), 1);
  });
}

test('a module of another part of the package, or of another version, is refused before its first job', async (t) => {
  const { createSmartClient, setWasm } = await import(`${import.meta.resolve('smart-launch/slim')}?seam`);
  const file = async (name) => readFile(new URL(`dist/${name}`, packageDirectory));
  const ehr = await startEhr(t);
  const own = await file('smart-launch.wasm');
  const other = Buffer.from(own);
  other[other.length - 1] ^= 1;
  for (const wasm of [await file('smart-launch-blocks.wasm'), await file('smart-launch-inquiries.wasm'), other]) {
    setWasm(wasm);
    await assert.rejects(createSmartClient(ehr.options()).ready(), { code: 'wasm_unavailable' });
  }
  setWasm(own);
  const client = createSmartClient(ehr.options());
  assert.ok(await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) }));
});
