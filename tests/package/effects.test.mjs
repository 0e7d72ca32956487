// Effects may run code of the page, which may throw, return anything, or call the client again.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startEhr } from './ehr.mjs';
import { packageDirectory } from './installed.mjs';
import { SharedStorage } from './platform.mjs';
import { assertSession, BAD, callAgain, CALLS, fault, openPage, outcomeOf, story } from './faulty-effects.mjs';
import { callbackOf, signIn } from './sign-in.mjs';

test('any effect may call the client again: outcomes and requests are the same', async (t) => {
  const called = new Set();
  let all;
  const expected = await story(t);
  const actual = await story(t, (page) => {
    all = Object.keys(page.own);
    callAgain(page, all, (name) => called.add(name));
  });
  assert.deepEqual(actual, expected);
  assert.deepEqual(expected.outcomes.slice(0, 8), ['Amara', 'Amara', 'Amara', 'network', 'zoe', 1, 'GET', 'zoe']);
  assert.equal(expected.outcomes[8], true);
  assert.deepEqual(new Set(expected.outcomes.slice(9)), new Set(['signed_out']));
  // The keys are cached: early-keys.test.mjs has the first sign-in.
  assert.deepEqual(all.filter((name) => !called.has(name)), ['sendEarly'], 'every other effect was called');
});

for (const [description, isBad] of [
  ['one effect fails', (at, number) => at === number],
  ['all effects fail after the first failure', (at, number) => at >= number],
]) {
  test(`refresh during which ${description}: its response is used, no token is sent twice, and the session stays`, async (t) => {
    const { ehr, client, effects, own } = await openPage(t);
    let number = 0;
    let failed = true;
    while (failed) {
      failed = false;
      let at = 0;
      let refresh;
      for (const name of Object.keys(own)) {
        effects[name] = (...args) => {
          // Effects of other flows do not fail.
          refresh ??= args[0];
          if (args[0] === refresh && isBad(at++, number)) {
            failed = name;
            throw fault();
          }
          return own[name](...args);
        };
      }
      const outcome = await outcomeOf(client.refresh());
      // There is no other tab that could reply.
      Object.assign(effects, own, { ask: async () => '' });
      if (failed) assert.equal(outcome.name ?? outcome, 'SmartError', `${number}: ${failed}`);
      assert.equal(client.getState().status, 'authenticated', `${number}: ${failed}`);
      await client.refresh();
      assert.equal(await client.getAccessToken(), ehr.issued.at(-1).access_token, `${number}: ${failed}`);
      assert.deepEqual(ehr.reused, [], `${number}: ${failed}`);
      number++;
    }
    assert.ok(number > 20, `${number} effects`);
  });
}

/** Functions of the platform that an effect calls: their object and names. */
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

/** Their replacements. */
const ANSWERS = {
  throws: BAD.throws,
  rejects: BAD.rejects,
  'returns undefined': () => undefined,
  'returns a number': () => 7,
  'returns an object': () => ({}),
  'throws once': 'once',
};

for (const [name, [of, member]] of Object.entries(PLATFORM)) {
  test(`${name} that fails: a SmartError or the documented result, and the session stays`, async (t) => {
    const page = await openPage(t);
    const { ehr, client, effects, own } = page;
    effects.ask = async () => '';
    const owner = of();
    const before = Object.getOwnPropertyDescriptor(owner, member);
    const restore = () => (before ? Object.defineProperty(owner, member, before) : delete owner[member]);
    t.after(restore);
    const itself = owner[member];
    let uses = 0;
    for (const [description, answer] of Object.entries(ANSWERS)) {
      for (const [call, run] of Object.entries(CALLS)) {
        const where = `${call}: ${description}`;
        page.callback = callbackOf(await client.authorize({ navigate: false }));
        if (member === 'importKey') await page.forgetKeys();
        let used = 0;
        const value = function (...args) {
          used++;
          if (answer !== 'once') return answer();
          return used === 1 ? BAD.throws() : Reflect.apply(itself, this, args);
        };
        Object.defineProperty(owner, member, { configurable: true, writable: true, value });
        const outcome = await outcomeOf(run(page));
        restore();
        uses += used;
        if (outcome !== 'ok') {
          assert.equal(outcome.name, 'SmartError', `${where}: ${outcome.stack}`);
          assert.match(outcome.code, /^[a-z_]+$/, where);
          assert.ok(used > 0, where);
        }
        await assertSession(page, call, outcome, where);
        await client.refresh();
        assert.equal((await client.userInfo()).name, 'Amara', where);
      }
    }
    assert.ok(uses > 0, 'it was called');
    assert.deepEqual(ehr.reused, []);
    assert.equal(effects.send, own.send);
  });
}

for (const [description, get] of [
  ['throws once', (count, storage) => (count === 0 ? BAD.throws() : storage)],
  ['throws', () => BAD.throws()],
  ['returns null', () => null],
  ['returns null once', (count, storage) => (count === 0 ? null : storage)],
  ['returns an object', () => ({})],
]) {
  test(`sessionStorage whose getter ${description} does not sign out`, async (t) => {
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
  test(`crypto.subtle.${name} that never settles: the call still ends, and the next one works`, async (t) => {
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

test('a module of another version is refused before its first job', async (t) => {
  const { createSmartClient, setWasm } = await import(`${import.meta.resolve('smart-launch/slim')}?effects`);
  const ehr = await startEhr(t);
  const own = await readFile(new URL('dist/smart-launch.wasm', packageDirectory));
  const other = Buffer.from(own);
  other[other.length - 1] ^= 1;
  setWasm(other);
  await assert.rejects(createSmartClient(ehr.options()).ready(), { code: 'wasm_unavailable' });
  setWasm(own);
  const client = createSmartClient(ehr.options());
  assert.ok(await client.ready({ callback: callbackOf(await client.authorize({ navigate: false })) }));
});
