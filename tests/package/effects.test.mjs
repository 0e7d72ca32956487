// Effects may run code of the page, which may throw, return anything, or call the client again.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { packageDirectory } from './installed.mjs';
import { SharedStorage } from './platform.mjs';
import { assertSession, BAD, callAgain, CALLS, fault, openPage, outcomeOf, story } from './faulty-effects.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

test('effects that call the client again do not change outcomes and requests', async (t) => {
  const called = new Set();
  let effectNames;
  const expected = await story(t);
  const actual = await story(t, (page) => {
    effectNames = Object.keys(page.originalEffects);
    callAgain(page, effectNames, (name) => called.add(name));
  });
  assert.deepEqual(actual, expected);
  assert.deepEqual(expected.outcomes.slice(0, 8), ['Amara', 'Amara', 'Amara', 'network', 'zoe', 1, 'GET', 'zoe']);
  assert.equal(expected.outcomes[8], true);
  assert.deepEqual(new Set(expected.outcomes.slice(9)), new Set(['signed_out']));
  // `sendEarly` is not called, because the keys are cached. early-keys.test.mjs tests a sign-in without cached keys.
  assert.deepEqual(effectNames.filter((name) => !called.has(name)), ['sendEarly'], 'every other effect was called');
});

for (const [description, isFaulty] of [
  ['one effect fails', (index, firstFault) => index === firstFault],
  ['all effects fail after the first failure', (index, firstFault) => index >= firstFault],
]) {
  test(`refresh during which ${description}: the response is used, no token is sent twice, and the session is kept`, async (t) => {
    const { ehr, client, effects, originalEffects } = await openPage(t);
    let firstFault = 0;
    let failed = true;
    while (failed) {
      failed = false;
      let index = 0;
      let refresh;
      for (const name of Object.keys(originalEffects)) {
        effects[name] = (...args) => {
          // Effects of other flows do not fail.
          refresh ??= args[0];
          if (args[0] === refresh && isFaulty(index++, firstFault)) {
            failed = name;
            throw fault();
          }
          return originalEffects[name](...args);
        };
      }
      const outcome = await outcomeOf(client.refresh());
      // `ask` does not wait for replies, because there is no other tab.
      Object.assign(effects, originalEffects, { ask: async () => '' });
      if (failed) assert.equal(outcome.name ?? outcome, 'SmartError', `${firstFault}: ${failed}`);
      assert.equal(client.getState().status, 'authenticated', `${firstFault}: ${failed}`);
      await client.refresh();
      assert.equal(await client.getAccessToken(), ehr.issued.at(-1).access_token, `${firstFault}: ${failed}`);
      assert.deepEqual(ehr.reused, [], `${firstFault}: ${failed}`);
      firstFault++;
    }
    assert.ok(firstFault > 20, `${firstFault} effects`);
  });
}

/** Functions of the platform that effects call: for each, the object that has the function, and the name of the function. */
const PLATFORM = {
  'sessionStorage.getItem': [() => Object.getPrototypeOf(sessionStorage), 'getItem'],
  'sessionStorage.setItem': [() => Object.getPrototypeOf(sessionStorage), 'setItem'],
  'sessionStorage.removeItem': [() => Object.getPrototypeOf(sessionStorage), 'removeItem'],
  'localStorage.getItem': [() => SharedStorage.prototype, 'getItem'],
  'localStorage.setItem': [() => SharedStorage.prototype, 'setItem'],
  'localStorage.removeItem': [() => SharedStorage.prototype, 'removeItem'],
  'Date.now': [() => Date, 'now'],
  'performance.now': [() => performance, 'now'],
  'crypto.getRandomValues': [() => crypto, 'getRandomValues'],
  'crypto.subtle.digest': [() => crypto.subtle, 'digest'],
  'crypto.subtle.importKey': [() => crypto.subtle, 'importKey'],
  'crypto.subtle.verify': [() => crypto.subtle, 'verify'],
  fetch: [() => globalThis, 'fetch'],
  'navigator.locks.request': [() => navigator.locks, 'request'],
  'navigator.locks.query': [() => navigator.locks, 'query'],
  'BroadcastChannel.postMessage': [() => BroadcastChannel.prototype, 'postMessage'],
};

/** The replacements for each of these functions. */
const REPLACEMENTS = {
  throws: BAD.throws,
  rejects: BAD.rejects,
  'returns undefined': () => undefined,
  'returns a number': () => 7,
  'returns an object': () => ({}),
  'throws once': 'once',
};

for (const [name, [getOwner, member]] of Object.entries(PLATFORM)) {
  test(`if ${name} fails, calls succeed or reject with a SmartError, and the session is kept`, async (t) => {
    const page = await openPage(t);
    const { ehr, client, effects, originalEffects } = page;
    effects.ask = async () => '';
    const owner = getOwner();
    const descriptor = Object.getOwnPropertyDescriptor(owner, member);
    const restore = () => (descriptor ? Object.defineProperty(owner, member, descriptor) : delete owner[member]);
    t.after(restore);
    const original = owner[member];
    let totalCalls = 0;
    for (const [description, replacement] of Object.entries(REPLACEMENTS)) {
      for (const [call, run] of Object.entries(CALLS)) {
        const label = `${call}: ${description}`;
        page.callback = callbackOf(await client.authorize({ navigate: false }));
        if (member === 'importKey') await page.forgetKeys();
        let callCount = 0;
        const value = function (...args) {
          callCount++;
          if (replacement !== 'once') return replacement();
          return callCount === 1 ? BAD.throws() : Reflect.apply(original, this, args);
        };
        Object.defineProperty(owner, member, { configurable: true, writable: true, value });
        const outcome = await outcomeOf(run(page));
        restore();
        totalCalls += callCount;
        if (outcome !== 'ok') {
          assert.equal(outcome.name, 'SmartError', `${label}: ${outcome.stack}`);
          assert.match(outcome.code, /^[a-z_]+$/, label);
          assert.ok(callCount > 0, label);
        }
        await assertSession(page, call, outcome, label);
        await client.refresh();
        assert.equal((await client.userInfo()).name, 'Amara', label);
      }
    }
    assert.ok(totalCalls > 0, 'the function was called');
    assert.deepEqual(ehr.reused, []);
    assert.equal(effects.send, originalEffects.send);
  });
}

for (const [description, get] of [
  ['throws once', (count, storage) => (count === 0 ? BAD.throws() : storage)],
  ['throws', () => BAD.throws()],
  ['returns null', () => null],
  ['returns null once', (count, storage) => (count === 0 ? null : storage)],
  ['returns an object', () => ({})],
]) {
  test(`if the getter of sessionStorage ${description}, the user stays signed in`, async (t) => {
    const page = await openPage(t);
    const { client, tab, ehr } = page;
    page.callback = callbackOf(await client.authorize({ navigate: false }));
    for (const [call, run] of Object.entries(CALLS)) {
      let count = 0;
      Object.defineProperty(globalThis, 'sessionStorage', { configurable: true, get: () => get(count++, tab.storage) });
      const outcome = await outcomeOf(run(page));
      tab.show();
      if (outcome !== 'ok') assert.equal(outcome.code, 'storage_unavailable', `${call}: ${outcome.stack}`);
      assert.equal(client.getState().status, 'authenticated', call);
      await client.refresh();
    }
    assert.deepEqual(ehr.reused, []);
  });
}

for (const name of ['digest', 'importKey', 'verify']) {
  test(`if crypto.subtle.${name} never settles, refresh() rejects with internal, and the next refresh works`, async (t) => {
    const { client, ehr, forgetKeys } = await openPage(t);
    if (name === 'importKey') await forgetKeys();
    const subtle = t.mock.method(crypto.subtle, name, () => new Promise(() => {}));
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let outcome;
    void outcomeOf(client.refresh()).then((settled) => (outcome = settled));
    for (let second = 0; !outcome && second < 600; second++) {
      // The mocked clock does not affect the network.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (subtle.mock.callCount() > 0) t.mock.timers.tick(1_000);
    }
    t.mock.timers.reset();
    subtle.mock.restore();
    assert.equal(outcome?.code, 'internal');
    assert.equal(client.getState().status, 'authenticated');
    await client.refresh();
    assert.deepEqual(ehr.reused, []);
  });
}

test('WebAssembly module of another version is refused before it is used', async (t) => {
  const { createSmartClient, setWasm } = await import(`${import.meta.resolve('smart-launch/slim')}?effects`);
  const ehr = await startEhr(t);
  const wasm = await readFile(new URL('dist/smart-launch.wasm', packageDirectory));
  const otherVersion = Buffer.from(wasm);
  otherVersion[otherVersion.length - 1] ^= 1;
  setWasm(otherVersion);
  await assert.rejects(createSmartClient(ehr.options()).ready(), { code: 'wasm_unavailable' });
  setWasm(wasm);
  const client = createSmartClient(ehr.options());
  assert.ok(await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) }));
});
