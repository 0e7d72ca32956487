// A page with all effects that a browser has, typical calls of an app, and faulty effects.

import assert from 'node:assert/strict';
import { SCOPE_OPENID, startEhr } from './ehr.mjs';
import { loadWithEffects } from './effects.mjs';
import { watchEngine } from './engine.mjs';
import { createWebLocks, setGlobal, SharedStorage } from './platform.mjs';
import { required } from './required.mjs';
import { callbackOf, signIn } from './sign-in.mjs';
import { keyFor, leftHash, signed } from './signer.mjs';
import { openTab } from './tab.mjs';

/**
 * @typedef {import('node:test').TestContext} TestContext
 * @typedef {Awaited<ReturnType<typeof openPage>> & { callback?: string }} Page
 * @typedef {(...args: unknown[]) => unknown} Effect
 */

/**
 * A server that issues ID tokens, signs UserInfo responses, and rotates refresh tokens.
 *
 * @param {TestContext} t
 */
async function startRotatingEhr(t) {
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_OPENID }, idToken: {} });
  /** @type {Set<string>} */
  const validTokens = new Set();
  /** Refresh tokens that were received twice. @type {string[]} */
  const reused = [];
  const grant = (/** @type {import('./scripted-server.mjs').ReceivedRequest} */ { fields }) => {
    const token = fields.get('refresh_token');
    if (token && !validTokens.delete(token)) {
      reused.push(token);
      return { status: 400, json: { error: 'invalid_grant' } };
    }
    const at_hash = leftHash(256, `canary-access-${ehr.issued.length + 1}`);
    const json = ehr.tokenResponse({ id_token: ehr.idToken({ at_hash }) });
    validTokens.add(json.refresh_token);
    return { json };
  };
  ehr.answer('/token', grant);
  ehr.answer('/.well-known/openid-configuration', {
    json: { issuer: ehr.origin, jwks_uri: `${ehr.origin}/jwks`, userinfo_endpoint: `${ehr.origin}/userinfo` },
  });
  const key = keyFor();
  const claims = { iss: ehr.origin, aud: 'growth-chart', sub: 'amara', name: 'Amara' };
  const body = signed({ alg: key.algorithm, kid: key.kid }, claims, key);
  ehr.answer('/userinfo', { headers: { 'content-type': 'application/jwt' }, body });
  /** Cuts the connection of the next token request. */
  const lose = () => ehr.answer('/token', { cut: true, json: {} }, grant);
  return { ...ehr, reused, lose };
}

/**
 * A page with all effects that a browser has, and a signed-in user.
 *
 * @param {TestContext} t
 * @param {object} options
 */
export async function openPage(t, options = {}) {
  const engine = watchEngine(t);
  const tab = openTab(t);
  await tab.open('https://app.example/', { fresh: false });
  setGlobal(t, 'localStorage', { value: new SharedStorage() });
  setGlobal(t, 'navigator', { value: { locks: createWebLocks() } });
  const ehr = await startRotatingEhr(t);
  const settings = ehr.options({ scope: SCOPE_OPENID, storage: 'session', ...options });
  const { createSmartClient, readIdToken, effectsOf } = await loadWithEffects(t);
  const client = createSmartClient(settings);
  const session = await signIn(client);
  const effects = await effectsOf(client);
  t.after(() => client.dispose());
  const forgetKeys = () => useOtherKeys(readIdToken);
  return { engine, tab, ehr, settings, createSmartClient, client, session, effects, originalEffects: { ...effects }, forgetKeys };
}

let keys = 0;

/**
 * Verifies tokens with so many other keys that no earlier key remains in the cache.
 *
 * @param {typeof import('smart-launch').readIdToken} readIdToken
 */
export async function useOtherKeys(readIdToken) {
  const [issuer, clientId, nonce] = ['https://ehr.example', 'growth-chart', 'n'];
  for (let count = 0; count < 16; count++) {
    const key = keyFor('ES256', `other ${keys++}`);
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: clientId, nonce, sub: 'amara', iat, exp: iat + 300 };
    const idToken = signed({ alg: key.algorithm, kid: key.kid }, claims, key);
    await readIdToken({ idToken, issuer, clientId, nonce, jwks: { keys: [key.jwk] } });
  }
}

/**
 * `ok`, or the error.
 *
 * @param {Promise<unknown>} promise
 * @returns {Promise<'ok' | import('smart-launch').SmartError>}
 */
export const outcomeOf = (promise) =>
  promise.then(
    () => 'ok',
    (error) => error,
  );

/**
 * Typical calls of an app: uses a session in two clients and in another tab, loses a response, signs in again, signs out.
 *
 * @param {TestContext} t
 * @param {(page: Page) => void} watch
 */
export async function story(t, watch = () => {}) {
  const page = await openPage(t, { storage: 'local' });
  const { engine, ehr, settings, client } = page;
  const secondClient = page.createSmartClient(settings);
  const clientOfTab = (await loadWithEffects(t)).createSmartClient(settings);
  for (const each of [secondClient, clientOfTab]) await each.ready();
  watch(page);
  /** @type {unknown[]} */
  const outcomes = [];
  const record = async (/** @type {Promise<unknown>} */ promise) => outcomes.push(await promise.catch(({ code }) => code));
  for (const each of [client, secondClient, clientOfTab]) {
    await record(each.refresh().then(() => each.userInfo()).then(({ name }) => name));
  }
  ehr.lose();
  await record(client.refresh());
  await record(client.refresh().then(({ patient }) => patient));
  const tokens = await Promise.all([client, secondClient, clientOfTab].map((each) => each.getAccessToken()));
  outcomes.push(new Set(tokens).size);
  await record(client.authorize({ navigate: false }).then(({ method }) => method));
  await record(signIn(client).then((session) => session?.patient));
  await record(client.logout().then(({ revoked }) => revoked));
  for (const each of [client, secondClient, clientOfTab]) await record(each.getAccessToken());
  for (const each of [client, secondClient, clientOfTab]) each.dispose();
  const sent = ehr.requests.map(({ method, path, fields }) => [method, path, fields.get('grant_type')]);
  return { outcomes, sent, reused: ehr.reused, starts: engine.starts() };
}

export const fault = () => new Error('on purpose');

/** @satisfies {Record<string, Effect>} */
export const BAD = {
  throws: () => {
    throw fault();
  },
  rejects() {
    const rejection = Promise.reject(fault());
    // The client ignores what an effect without a result returns, so nothing else handles this rejection.
    rejection.catch(() => {});
    return rejection;
  },
  'returns null': () => null,
  'returns a number': () => 7,
  'returns an object': () => ({}),
  'returns a String object': () => new String('7'),
  'resolves to nothing': async () => undefined,
  'resolves to a number': async () => 7,
};

/**
 * The code of the error with which a call rejects if this effect fails.
 *
 * @param {string} name
 */
export const failure = (name) => (['load', 'save', 'remove', 'keys'].includes(name) ? 'storage_unavailable' : 'internal');

/**
 * Calls that together use every effect except `sendEarly`, `sendAll`, which logout() uses, and `ask`, which refresh() uses after
 * a lost response.
 *
 * @satisfies {Record<string, (page: Page) => Promise<unknown>>}
 */
export const CALLS = {
  refresh: ({ client }) => client.refresh(),
  userInfo: ({ client }) => client.userInfo(),
  authorize: ({ client }) => client.authorize({ navigate: false }),
  'ready of another client': ({ createSmartClient, settings }) => createSmartClient(settings).ready(),
  'ready with a callback': ({ client, callback }) => client.ready({ callback }),
};

/**
 * Makes effects of a page call the client again before and after their work.
 *
 * @param {Page} page
 * @param {string[]} names
 * @param {(name: string) => void} onCall
 */
export function callAgain({ client, session, effects, originalEffects }, names, onCall) {
  const again = () => {
    assert.equal(session?.can('patient/Patient.r'), true);
    client.getState();
    client.ready().catch(() => {});
  };
  for (const name of names) {
    effects[name] = (...args) => {
      onCall(name);
      again();
      const result = required(originalEffects[name])(...args);
      again();
      return result;
    };
  }
}

/**
 * Asserts that the user is still signed in. A failed sign-in may have ended the previous session; after such a failure, asserts
 * that the new session was stored or that the next sign-in works.
 *
 * @param {Page} page
 * @param {string} call
 * @param {unknown} outcome
 * @param {string} label
 */
export async function assertSession({ client }, call, outcome, label) {
  const { status } = client.getState();
  if (call !== 'ready with a callback' || outcome === 'ok' || status !== 'error') {
    return assert.equal(status, 'authenticated', label);
  }
  // The sign-in may have failed after its session was stored.
  const session = (await client.ready()) ?? (await signIn(client));
  assert.equal(session?.patient, 'zoe', label);
}

/**
 * Makes an effect fail in each call, and finally in logout(). Asserts that the call rejects with a SmartError, and that the next
 * call works.
 *
 * @param {Page} page
 * @param {string} name
 * @param {Effect} faultyEffect
 */
export async function assertFails(page, name, faultyEffect) {
  const { ehr, client, effects, originalEffects } = page;
  // `ask` does not wait for replies, because there is no other tab.
  const restore = () => Object.assign(effects, originalEffects, { ask: async () => '' });
  restore();
  let uses = 0;
  const breakEffect = () => {
    effects[name] = (...args) => {
      uses++;
      return faultyEffect(...args);
    };
  };
  for (const [call, run] of Object.entries(CALLS)) {
    const label = `${name}, ${call}`;
    page.callback = callbackOf(await client.authorize({ navigate: false }));
    if (name === 'ask') {
      ehr.lose();
      await assert.rejects(client.refresh(), { code: 'network' });
    }
    const usesBefore = uses;
    breakEffect();
    const outcome = await outcomeOf(run(page));
    restore();
    if (uses > usesBefore) {
      assert.ok(outcome !== 'ok' && outcome.name === 'SmartError', label);
      assert.equal(outcome.code, failure(name), label);
    } else assert.equal(outcome, 'ok', label);
    await assertSession(page, call, outcome, label);
    await client.refresh();
    assert.equal((await client.userInfo()).name, 'Amara', label);
  }
  breakEffect();
  const outcome = await outcomeOf(client.logout());
  restore();
  assert.ok(uses > 0, `${name} was called`);
  if (outcome !== 'ok') assert.equal(outcome.code, failure(name), `${name}, logout`);
  assert.equal(client.getState().status, 'unauthenticated');
  assert.equal((await signIn(client))?.patient, 'zoe');
}
