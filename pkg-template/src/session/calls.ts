// @ts-nocheck
// What a client does with a session, and what keeps it. A chunk of its own, which follows the session: a sign-in does not
// wait for it.

import { ask as askOtherTabs } from '../../../src/web/other-tabs.js';
import { reach } from '../../../src/web/reachability.js';
import { createFetch, createRequest } from './fhir-fetch.js';
import { deepFreeze } from '../values/freeze.js';
import { plain } from '../values/plain.js';
import { pageUrl } from '../page/address.js';
import { createPresent } from './current-session.js';
import { loadMetadata } from '../server/load-metadata.js';

const TOKENS = ['access_token', 'refresh_token', 'id_token'];

/**
 * @param {object} client what the entry's part of the client shares
 * @param {object} engine what the engine's chunk shares. Nothing of it is imported here: it may be in one file with the
 *   entry, and would come twice
 */
export function createSessionCalls(client, engine) {
  const { clients, set, emit } = client;
  const { run, named, smartError, warnings, withChunk } = engine;
  Object.assign(engine.effects, { ask: askOtherTabs, reach });
  const { about, own, good, heard, look } = createPresent(client, engine);

  async function refreshing(work) {
    set({ activity: 'refreshing' });
    try {
      return await work();
    } finally {
      set({ activity: 'idle' });
    }
  }

  async function token(refused) {
    const { access_token } = await (refused === undefined
      ? good({})
      : refreshing(() => good({ instead: refused })));
    return access_token;
  }

  async function resolve(url) {
    return about((session) => run('resource', { ...session, url }));
  }

  async function ask(job, options = {}) {
    const { key } = await good({});
    const input = { job, key, ...engine.settings(key), options: plain(options) };
    const asked = () => withChunk(import('../engine/inquiries-engine.js'), (chunk) => chunk.ask(input, engine.createEnv()));
    return deepFreeze(await about(asked));
  }

  const signOut = (call) => withChunk(import('./sign-out.js'), call);

  /** What an app is told of a sign-out: the servers' part of it, for here it is done. */
  async function signedOut({ revoked = null, logoutUrl = null, error }, postLogoutRedirectUri) {
    const failure = error ? await smartError(named(error)) : null;
    if (failure) emit('error', failure);
    const back = logoutUrl && postLogoutRedirectUri;
    const url = back ? await signOut((chunk) => chunk.withState(logoutUrl)) : logoutUrl;
    return { revoked, logoutUrl: url, error: failure };
  }

  /** The token that a request went with, of which its answer may tell: the session may be another by then, or none. */
  const sent = new WeakMap();
  const carried = (response, accessToken) => sent.set(response, accessToken);
  const smartFetch = createFetch({ resolve, token, observe: (event) => emit('request', event), carried, smartError });

  return {
    heard,
    look,
    fetch: smartFetch,
    request: createRequest(smartFetch, smartError, async (text, response) => {
      const { masked } = await withChunk(import('../values/mask.js'), (chunk) => chunk);
      return masked(text, [sent.get(response), ...TOKENS.map((name) => client.record?.[name])]);
    }),

    // Their signals are the entry's to look at, which does not wait for this chunk either.
    getAccessToken: async ({ minValiditySeconds } = {}) =>
      (await good(plain({ seconds: minValiditySeconds }))).access_token,

    refresh: () =>
      refreshing(async () => {
        await good({ renew: true });
        await own();
        return client.getState().session;
      }),

    userInfo: () => ask('userinfo'),
    introspect: (options) => ask('introspect', options),

    signedOut,
    completeLogout(url = pageUrl()) {
      const text = String(url);
      return signOut((chunk) => chunk.completeLogout(text));
    },
    frontChannelLogout(url = pageUrl()) {
      const [text, list] = [String(url), clients()];
      return signOut((chunk) => chunk.frontChannelLogout(text, list));
    },

    discover: async (fhirBaseUrl) =>
      loadMetadata(await run('discover', plain({ iss: fhirBaseUrl })), { warnings, withChunk }),
  };
}
