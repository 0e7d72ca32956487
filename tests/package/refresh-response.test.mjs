// The response to a refresh is not lost if something fails after its arrival: the server may accept the refresh token only once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pemOf } from './authenticating.mjs';
import { loadWithEffects } from './effects.mjs';
import { startEhr } from './ehr.mjs';

import { createWebLocks, setGlobal, SharedStorage } from './platform.mjs';
import { beOnePage, callbackOf, signIn } from './sign-in.mjs';
import { openTab } from './tab.mjs';

const throwError = () => {
  throw new Error('on purpose');
};

/** Signed-in users, each with a client of its own, at a server that rotates refresh tokens. */
async function openClients(t, { users = 1, status = 200, rotates = true, clientAuth } = {}) {
  beOnePage(t);
  setGlobal(t, 'localStorage', { value: new SharedStorage() });
  setGlobal(t, 'navigator', { value: { locks: createWebLocks() } });
  const ehr = await startEhr(t);
  const validTokens = new Set();
  const reused = [];
  ehr.answer('/token', ({ fields }) => {
    const token = fields.get('refresh_token');
    if (token && rotates && !validTokens.delete(token)) {
      reused.push(token);
      return { status: 400, json: { error: 'invalid_grant' } };
    }
    const json = ehr.tokenResponse(rotates ? {} : { refresh_token: 'canary-refresh' });
    validTokens.add(json.refresh_token);
    return { status: token ? status : 200, json };
  });
  const { createSmartClient, effectsOf, load } = await loadWithEffects(t);
  const { createConfidentialClient } = await load('confidential.js');
  const create = clientAuth ? createConfidentialClient : createSmartClient;
  const clients = Array.from({ length: users }, () => create(ehr.options({ clientAuth })));
  for (const client of clients) await signIn(client);
  const effects = await effectsOf(clients[0]);
  const originalAsk = effects.ask;
  effects.ask = async () => '';
  const { save } = effects;
  /** Makes storage fail once the response to the next refresh has arrived. Returns a function that repairs it. */
  function breakStorageAfterResponse() {
    const { send } = effects;
    effects.send = async (...args) => {
      const response = await send(...args);
      effects.save = throwError;
      return response;
    };
    return () => Object.assign(effects, { send, save });
  }
  return { ehr, reused, clients, client: clients[0], originalAsk, breakStorageAfterResponse };
}

for (const [description, settings] of Object.entries({
  'a response with 200': { status: 200 },
  'a response with 201': { status: 201 },
  'a response to a client with a key': { clientAuth: { key: pemOf('ES384') } },
})) {
  test(`${description} is used by the next refresh if its tokens could not be stored`, async (t) => {
    const { ehr, reused, client, breakStorageAfterResponse } = await openClients(t, settings);
    const restoreEffects = breakStorageAfterResponse();
    await assert.rejects(client.refresh(), { code: 'storage_unavailable' });
    restoreEffects();
    await client.refresh();
    assert.equal(await client.getAccessToken(), ehr.issued.at(-1).access_token);
    assert.deepEqual(reused, []);
  });
}

test('responses whose tokens could not be stored are kept for several users at the same time', async (t) => {
  const { reused, clients, breakStorageAfterResponse } = await openClients(t, { users: 3 });
  const restoreEffects = breakStorageAfterResponse();
  const outcomes = await Promise.allSettled(clients.map((client) => client.refresh()));
  assert.deepEqual(outcomes.map(({ reason }) => reason?.code), Array(3).fill('storage_unavailable'));
  restoreEffects();
  for (const client of clients) await client.refresh();
  assert.deepEqual(reused, []);
});

test('a kept response is used once: the next refresh sends a request', async (t) => {
  const { ehr, client, breakStorageAfterResponse } = await openClients(t, { rotates: false });
  const restoreEffects = breakStorageAfterResponse();
  await assert.rejects(client.refresh(), { code: 'storage_unavailable' });
  restoreEffects();
  for (let number = 2; number < 5; number++) {
    await client.refresh();
    assert.equal(await client.getAccessToken(), `canary-access-${number}`);
    assert.equal(ehr.issued.length, number);
  }
});

test('an incomplete response is not kept: the next refresh sends a request', async (t) => {
  const { ehr, client, breakStorageAfterResponse } = await openClients(t, { rotates: false });
  ehr.answer('/token', { cut: true, json: {} }, () => ({ json: ehr.tokenResponse() }));
  const restoreEffects = breakStorageAfterResponse();
  await assert.rejects(client.refresh(), { code: 'storage_unavailable' });
  restoreEffects();
  await client.refresh();
  assert.equal(await client.getAccessToken(), ehr.issued.at(-1).access_token);
});

/** Functions of the platform that a refresh uses: the object of each, and the name of the function. */
const PLATFORM = {
  'Date.now': [() => Date, 'now'],
  'Date.parse': [() => Date, 'parse'],
  setTimeout: [() => globalThis, 'setTimeout'],
  clearTimeout: [() => globalThis, 'clearTimeout'],
  AbortController: [() => globalThis, 'AbortController'],
  'Headers.get': [() => Headers.prototype, 'get'],
  'TextDecoder.decode': [() => TextDecoder.prototype, 'decode'],
  'TextEncoder.encode': [() => TextEncoder.prototype, 'encode'],
  'TextEncoder.encodeInto': [() => TextEncoder.prototype, 'encodeInto'],
};

const RESULTS = {
  throws: throwError,
  'returns nothing': () => undefined,
  'returns a bigint': () => 7n,
  'returns a promise': async () => {},
  'returns a symbol': () => Symbol('on purpose'),
};

for (const [name, [getOwner, member]] of Object.entries(PLATFORM)) {
  for (const [description, returnResult] of Object.entries(RESULTS)) {
    test(`${name} ${description} at any point of a refresh: no token is sent twice, and the session stays`, async (t) => {
      const { ehr, reused, client } = await openClients(t);
      const owner = getOwner();
      const original = Object.getOwnPropertyDescriptor(owner, member);
      t.after(() => Object.defineProperty(owner, member, original));
      for (let number = 0, count = 1; number < count; number++) {
        count = 0;
        const value = function (...args) {
          // Node and the test server also call this function.
          const isOurs = new Error('').stack.split('\n').slice(2, 4).join().includes('/dist/engine.js');
          if (isOurs && count++ === number) return returnResult();
          return new.target ? Reflect.construct(original.value, args) : Reflect.apply(original.value, this, args);
        };
        Object.defineProperty(owner, member, { ...original, value });
        const outcome = await client.refresh().then(
          () => 'SmartError',
          (error) => error.name,
        );
        Object.defineProperty(owner, member, original);
        const position = `call ${number}`;
        assert.equal(outcome, 'SmartError', position);
        assert.equal(client.getState().status, 'authenticated', position);
        await client.refresh();
        assert.equal(await client.getAccessToken(), ehr.issued.at(-1).access_token, position);
        assert.deepEqual(reused, [], position);
      }
    });
  }
}

/** Replacements of BroadcastChannel. */
const CHANNELS = {
  'whose close throws': class extends BroadcastChannel {
    close() {
      super.close();
      throwError();
    }
  },
  'that cannot be listened to': class {
    set onmessage(_) {
      throwError();
    }
  },
  'without any members': class {},
};

for (const [description, value] of Object.entries(CHANNELS)) {
  test(`a channel ${description}: sign-in, refresh, sign-out and dispose() work`, async (t) => {
    setGlobal(t, 'BroadcastChannel', { value });
    const { ehr, client, originalAsk } = await openClients(t);
    assert.equal(client.getState().status, 'authenticated');
    const before = ehr.issued.length;
    await client.refresh();
    assert.equal(ehr.issued.length, before + 1);
    assert.equal(await originalAsk({}, 'a channel', 'a family', '1'), '', 'no tab replies');
    assert.equal((await client.logout()).revoked, true);
    await signIn(client);
    client.dispose();
  });
}

/** Makes a call, during which a listener makes the same call. Returns the promises of both calls. */
async function callTwice(t, call) {
  const ehr = await startEhr(t);
  const tab = openTab(t);
  const { createSmartClient } = await tab.open('https://app.example/');
  const client = createSmartClient(ehr.options({ storage: 'session' }));
  const argument = await call.prepare?.(client);
  const promises = [];
  const stop = client.subscribe(() => {
    if (promises.length === 0) promises.push(client[call.name](argument));
  });
  const first = client[call.name](argument);
  stop();
  return { ehr, tab, first, second: promises[0] };
}

test('authorize() called by a listener during authorize(): one sign-in', async (t) => {
  const { tab, first, second } = await callTwice(t, { name: 'authorize' });
  assert.equal(second, first);
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 500))]).catch(() => {});
  assert.equal(Object.keys(tab.storage).filter((key) => key.startsWith('smart-launch:sign-in:')).length, 1);
});

test('ready() called by a listener during a callback exchanges the code once', async (t) => {
  const prepare = async (client) => ({ callback: callbackOf(await client.authorize({ navigate: false })) });
  const { ehr, first, second } = await callTwice(t, { name: 'ready', prepare });
  assert.equal(second, first);
  assert.equal((await first).patient, 'zoe');
  assert.equal(ehr.requestsTo('/token').length, 1);
});

test('logout() called by a listener of signedOut emits no further event', async (t) => {
  const { client } = await openClients(t);
  const reasons = [];
  const promises = [];
  client.on('signedOut', ({ reason }) => {
    reasons.push(reason);
    promises.push(client.logout());
  });
  await client.logout();
  await Promise.all(promises);
  assert.deepEqual(reasons, ['logout']);
});
