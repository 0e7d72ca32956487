// A page with all effects that a browser has, what an app does there, and effects that are bad.

import { SCOPE_WHO, startEhr } from './ehr.mjs';
import { loadWithEffects } from './effects.mjs';
import { watchEngine } from './engine.mjs';
import { createWebLocks, setGlobal, SharedStorage } from './platform.mjs';
import { signIn } from './sign-in.mjs';
import { keyFor, leftHash, signed } from './signer.mjs';
import { openTab } from './tab.mjs';

/** A server that says who signs in, signs its UserInfo, and takes each refresh token once. */
async function startRotatingEhr(t) {
  const ehr = await startEhr(t, { tokens: { scope: SCOPE_WHO }, idToken: {} });
  const good = new Set();
  /** Refresh tokens that came a second time. */
  const reused = [];
  const grant = ({ fields }) => {
    const token = fields.get('refresh_token');
    if (token && !good.delete(token)) {
      reused.push(token);
      return { status: 400, json: { error: 'invalid_grant' } };
    }
    const at_hash = leftHash(256, `canary-access-${ehr.issued.length + 1}`);
    const json = ehr.tokenResponse({ id_token: ehr.idToken({ at_hash }) });
    good.add(json.refresh_token);
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
  /** The next token request is lost on its way. */
  const lose = () => ehr.answer('/token', { cut: true, json: {} }, grant);
  return { ...ehr, reused, lose };
}

/** A page of a tab with all that a browser has, and a user who is signed in there. */
export async function openPage(t, options = {}) {
  const engine = watchEngine(t);
  const tab = openTab(t);
  await tab.open('https://app.example/', { fresh: false });
  setGlobal(t, 'localStorage', { value: new SharedStorage() });
  setGlobal(t, 'navigator', { value: { locks: createWebLocks() } });
  const ehr = await startRotatingEhr(t);
  const settings = ehr.options({ scope: SCOPE_WHO, storage: 'session', ...options });
  const { createSmartClient, effectsOf } = await loadWithEffects(t);
  const client = createSmartClient(settings);
  const session = await signIn(client);
  const effects = await effectsOf(client);
  return { engine, tab, ehr, settings, createSmartClient, client, session, effects, own: { ...effects } };
}

/** `ok`, or the error. */
export const outcomeOf = (promise) =>
  promise.then(
    () => 'ok',
    (error) => error,
  );

/** What an app does: uses a session in two clients and in another tab, loses an answer, signs in again, signs out. */
export async function story(t, watch = () => {}) {
  const page = await openPage(t, { storage: 'local' });
  const { engine, ehr, settings, client } = page;
  const second = page.createSmartClient(settings);
  const tab = (await loadWithEffects(t)).createSmartClient(settings);
  for (const other of [second, tab]) await other.ready();
  watch(page);
  const outcomes = [];
  const note = async (promise) => outcomes.push(await promise.catch(({ code }) => code));
  for (const each of [client, second, tab]) {
    await note(each.refresh().then(() => each.userInfo()).then(({ name }) => name));
  }
  ehr.lose();
  await note(client.refresh());
  await note(client.refresh().then(({ patient }) => patient));
  const tokens = await Promise.all([client, second, tab].map((each) => each.getAccessToken()));
  outcomes.push(new Set(tokens).size);
  await note(client.authorize({ navigate: false }).then(({ method }) => method));
  await note(signIn(client).then(({ patient }) => patient));
  await note(client.logout().then(({ revoked }) => revoked));
  for (const each of [client, second, tab]) await note(each.getAccessToken());
  const sent = ehr.asked.map(({ method, path, fields }) => [method, path, fields.get('grant_type')]);
  return { outcomes, sent, reused: ehr.reused, starts: engine.starts() };
}

export const fault = () => new Error('on purpose');

export const BAD = {
  throws: () => {
    throw fault();
  },
  rejects() {
    const rejection = Promise.reject(fault());
    // Nobody looks at what a function gives that is to give nothing.
    rejection.catch(() => {});
    return rejection;
  },
  'gives null': () => null,
  'gives a number': () => 7,
  'gives an object': () => ({}),
  'gives a text that is an object': () => new String('7'),
  'resolves to nothing': async () => undefined,
  'resolves to a number': async () => 7,
};

/** The code of an effect that fails. */
export const failure = (name) => (['load', 'save', 'remove', 'keys'].includes(name) ? 'storage_unavailable' : 'internal');

/** Calls that have, between them, every effect. */
export const CALLS = {
  refresh: ({ client }) => client.refresh(),
  userInfo: ({ client }) => client.userInfo(),
  authorize: ({ client }) => client.authorize({ navigate: false }),
  'ready of another client': ({ createSmartClient, settings }) => createSmartClient(settings).ready(),
  'ready with a callback': ({ client, callback }) => client.ready({ callback }),
};
