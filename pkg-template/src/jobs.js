// What the calls of a client do. Decides nothing about the protocol.

import { createEnv, named, run as runEngine } from './client-engine.js';
import { smartError, withChunk } from './error.js';
import { createFetch, createRequest } from './fhir.js';
import { deepFreeze } from './freeze.js';
import { plain } from './input.js';
import { leave, pageUrl } from './page.js';
import { createPresent } from './present.js';
import { metadata } from './server.js';

/** @param {object} client what the entry's part of the client shares */
export function createJobs(client) {
  const { clients, storage, set, emit } = client;

  const observe = (event) => emit('request', event);

  const run = (job, input) =>
    runEngine(job, { clients: clients(), storage, ...input }, observe).catch(async (failure) => {
      throw await smartError(failure);
    });

  const { present, enter, end, own, good } = createPresent(client, run);

  /** Has the engine sign out. */
  const wipe = (input) =>
    run('logout', input).catch((error) => {
      client.forget();
      throw error;
    });

  const windows = () => withChunk(import('./windows.js'), (chunk) => chunk);

  async function ready(answer, { signingIn, owner, restore }, options) {
    // Does not come back where the owner takes it.
    if (owner) await (await windows()).handOver(owner, answer.url, options);
    const record = signingIn || restore ? await run('ready', answer) : null;
    if (record) return enter(record, signingIn ? 'signedIn' : undefined);
    set({ status: 'unauthenticated' });
    return null;
  }

  async function authorize({ navigate, target, popup, launchUrl, wanted }) {
    const begin = (wanted) => run('authorize', { launchUrl, options: plain(wanted) });
    if (target !== 'page') {
      const { signIn } = await windows();
      const record = await signIn({ target, popup, wanted }, { begin, run, wipe, end, present, smartError });
      return enter(record, 'signedIn');
    }
    const { request, persisted } = await begin(wanted);
    if (!navigate) return request;
    if (!globalThis.document) {
      throw await smartError({ code: 'config_invalid', about: '`navigate: false` is needed where there is no page' });
    }
    if (!persisted) throw await smartError({ code: 'storage_unavailable' });
    emit('redirecting', { method: request.method, url: (request.url ?? request.action).split('?')[0] });
    await leave(request);
    throw await smartError({ code: 'sign_in_abandoned' });
  }

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
    return run('resource', { ...(await own()), url });
  }

  async function ask(job, options = {}) {
    const { key } = await good({});
    const input = { job, key, clients: clients(), storage, options: plain(options) };
    return deepFreeze(await withChunk(import('./inquiries-engine.js'), (chunk) => chunk.ask(input, createEnv(observe))));
  }

  async function logout({ postLogoutRedirectUri } = {}) {
    await client.readying?.promise.catch(() => {});
    const ended = wipe(plain({ postLogoutRedirectUri }));
    // Gone here at once, whatever the network does.
    end('logout');
    const { revoked = null, logoutUrl = null, error } = await ended;
    const failure = error ? await smartError(named(error)) : null;
    if (failure) emit('error', failure);
    const back = logoutUrl && postLogoutRedirectUri;
    const url = back ? await withChunk(import('./sign-out.js'), ({ withState }) => withState(logoutUrl)) : logoutUrl;
    return { revoked, logoutUrl: url, error: failure };
  }

  const smartFetch = createFetch(resolve, token, observe);

  return {
    ready,
    authorize,
    fetch: smartFetch,
    request: createRequest(smartFetch),

    getAccessToken: ({ minValiditySeconds, signal } = {}) =>
      unlessAborted(signal, () => good(plain({ seconds: minValiditySeconds })).then((record) => record.access_token)),

    refresh: ({ signal } = {}) =>
      unlessAborted(signal, () =>
        refreshing(async () => {
          await good({ renew: true });
          await own();
          return client.getState().session;
        }),
      ),

    userInfo: () => ask('userinfo'),
    introspect: (options) => ask('introspect', options),

    logout,
    completeLogout: (url = pageUrl()) => withChunk(import('./sign-out.js'), (chunk) => chunk.completeLogout(url)),
    frontChannelLogout: (url = pageUrl()) =>
      withChunk(import('./sign-out.js'), (chunk) => chunk.frontChannelLogout(url, clients())),

    discover: async (fhirBaseUrl) => metadata(await run('discover', plain({ iss: fhirBaseUrl }))),
  };
}

/** Ends the wait, not the work: a refresh that was begun has to be finished, or its new token is lost. */
async function unlessAborted(signal, work) {
  const aborted = () => smartError({ code: 'aborted', cause: signal.reason });
  if (signal?.aborted) throw await aborted();
  if (!signal) return work();
  return new Promise((resolve, reject) => {
    const onAbort = () => aborted().then(reject);
    signal.addEventListener('abort', onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
