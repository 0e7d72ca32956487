// The client: one session, its state, and the calls an app makes. Decides nothing about the protocol.

import { smartError, warnings, withChunk } from './error.js';
import { createEars } from './ears.js';
import { createFetch, createRequest } from './fhir.js';
import { forget, isLaunch, leave, ownerOf, pagePlace, pageUrl, takeCallback } from './page.js';
import { deepFreeze, sessionOf } from './session.js';
import { createStore } from './store.js';

export function createSmartClient(options = {}) {
  const { servers = [{}], storage, ...shared } = options;
  const { getState, set, subscribe, on, emit } = createStore({
    status: 'loading',
    session: null,
    error: null,
    activity: 'idle',
  });
  /** The session's record as the engine knows it: its key, above all. */
  let current;
  let readying;
  let leaving;
  /** Sign-ins through other windows, by target, and the popup. */
  const through = {};
  let popup;
  /** The engine's: there is no session before it is loaded. */
  let loaded;
  let losing;

  /** One flat object for each server; without `redirectUri` the page itself. */
  const clients = () =>
    [servers].flat().map((server) => plain({ redirectUri: pagePlace(), ...plain(shared), ...plain(server) }));

  const observe = (event) => emit('request', event);

  function run(job, input) {
    const whole = { clients: clients(), storage, ...input };
    return withChunk(import('./engine.js'), (engine) => {
      loaded = engine;
      return engine.run(job, whole, observe);
    });
  }

  /** Runs `work` as an activity. A failure is in the state, told as an event, and thrown. */
  async function during(activity, work, failed = {}) {
    set({ activity });
    try {
      return await work();
    } catch (error) {
      set(getState().session ? { error } : { error, ...failed });
      emit('error', error);
      throw error;
    } finally {
      set({ activity: 'idle' });
    }
  }

  async function enter(record, event) {
    const session = await sessionOf(record, loaded.can);
    const before = current;
    current = record;
    settled(session);
    listen(record);
    set({ status: 'authenticated', session, error: null });
    if (event) emit(event, session);
    if (before?.state === record.state && before.granted !== record.granted) emit('scopeChanged', session);
    return session;
  }

  /** Enters a session that was renewed, here or in another tab, unless a newer one is there. */
  async function renewed(record) {
    const age = (record.generation ?? 0) - (current?.generation ?? 0) || record.issued - current?.issued;
    if (record.state !== current?.state || age <= 0) return;
    await enter(record, record.access_token === current.access_token ? undefined : 'refreshed');
  }

  /** The session as the engine has it: another tab may have renewed or ended it. */
  async function look(record) {
    const { key, state: family } = current ?? {};
    if (!key) return;
    try {
      await renewed(await run('adopt', plain({ key, family, record })));
    } catch (error) {
      if (error.code === 'signed_out' && current?.state === family) end('logout');
    }
  }

  async function heard(kind, of, text) {
    const { key, state: family, claims } = current ?? {};
    if (kind === 'logout' && claims && of === claims.iss && text === claims.sid) await logout();
    if (of !== family) return;
    if (kind === 'renewed') await look(text);
    if (kind === 'ended') {
      end('logout');
      await run('end', { key, family, generation: Number(text) });
    }
  }

  const listen = createEars({
    heard: (...said) => void heard(...said).catch(() => {}),
    awake: () => void look(),
    due: () => void good({}).catch(() => {}),
    expiring: () => emit('expiring', getState().session),
  });

  /** What ready() gives from here on. */
  const settled = (session) => (readying = { ...readying, promise: Promise.resolve(session) });

  /** Nobody is signed in here from now on. */
  function end(reason, error = null) {
    current = undefined;
    settled(null);
    listen();
    set({ status: 'unauthenticated', session: null, error });
    emit('signedOut', { reason });
  }

  /** Has the engine sign out. */
  const wipe = (input) =>
    run('logout', input).catch((error) => {
      forget(clients());
      throw error;
    });

  const windows = () => withChunk(import('./windows.js'), (chunk) => chunk);

  function ready(options = {}) {
    const { callback } = options;
    const answer = callback === undefined ? {} : answerOf(callback);
    // The same answer twice at once is one sign-in, as under React's StrictMode.
    const same = callback === undefined || JSON.stringify(answer) === readying?.answer;
    if (readying && same) return readying.promise;
    // From here through takeCallback nothing is awaited: the code is out of the visible URL when this returns.
    if (callback === undefined) answer.url = takeCallback(clients());
    const signingIn = answer.url !== undefined || answer.body !== undefined;
    const owner = callback === undefined && signingIn && ownerOf(answer.url);
    const promise = during(
      signingIn ? 'signing-in' : 'restoring',
      async () => {
        // Does not come back where the owner takes it.
        if (owner) await (await windows()).handOver(owner, answer.url, options);
        // A launch is for another context than the stored session's.
        const record = signingIn || !isLaunch() ? await run('ready', answer) : null;
        if (record) return enter(record, signingIn ? 'signedIn' : undefined);
        set({ status: 'unauthenticated' });
        return null;
      },
      { status: 'error' },
    );
    readying = { promise, answer: JSON.stringify(answer) };
    // A failure is not kept: the URL is clean by now, and the next call restores what there is.
    promise.catch(() => (readying = undefined));
    return promise;
  }

  /** Begins a sign-in: an EHR launch if the page's URL is one and nothing else is wanted. */
  function begin(wanted) {
    const launchUrl = wanted.iss === undefined && wanted.launch === undefined ? pageUrl() : undefined;
    return run('authorize', { launchUrl, options: plain(wanted) });
  }

  /** A sign-in that was not begun yet: a failure leaves a user that nobody signed in. */
  const failed = () => (getState().status === 'loading' ? { status: 'unauthenticated' } : {});

  /** Signs in through another window. A popup is opened while the user's gesture lasts: before anything is awaited. */
  async function signInThrough(target, wanted) {
    const isPopup = target === 'popup';
    if (isPopup) popup = globalThis.open?.('about:blank', '_blank', 'popup,width=500,height=650');
    try {
      // The stored session is the one that a silent sign-in is compared with.
      if (!isPopup) await ready().catch(() => {});
      return await during(
        'signing-in',
        async () => {
          const { signIn } = await windows();
          const client = { begin, run, wipe, end, present: () => current, smartError };
          return enter(await signIn({ target, popup, wanted }, client), 'signedIn');
        },
        failed(),
      );
    } finally {
      through[target] = undefined;
      if (isPopup) popup = popup?.close();
    }
  }

  function authorize({ navigate = true, target = 'page', ...wanted } = {}) {
    if (target !== 'page') {
      if (target === 'popup') popup?.focus();
      return (through[target] ??= signInThrough(target, wanted));
    }
    if (navigate && leaving) return leaving;
    const attempt = during(
      'signing-in',
      async () => {
        const { request, persisted } = await begin(wanted);
        if (!navigate) return request;
        if (!globalThis.document) {
          throw await smartError({ code: 'config_invalid', about: '`navigate: false` is needed where there is no page' });
        }
        if (!persisted) throw await smartError({ code: 'storage_unavailable' });
        emit('redirecting', { method: request.method, url: (request.url ?? request.action).split('?')[0] });
        await leave(request);
        throw await smartError({ code: 'sign_in_abandoned' });
      },
      failed(),
    );
    // Twice at once is once: two sign-ins would both leave the page.
    if (navigate) {
      leaving = attempt;
      attempt.catch(() => (leaving = undefined));
    }
    return attempt;
  }

  /** Which session a job is for. */
  async function own() {
    await readying?.promise.catch(() => {});
    if (!current) throw await smartError({ code: 'signed_out' });
    return { key: current.key, family: current.state };
  }

  /** The session with a good token. */
  async function good(input) {
    const which = await own();
    try {
      const record = await run('token', { ...which, ...input });
      await renewed(record);
      if (current?.state === which.family) set({ error: null });
      return record;
    } catch (error) {
      const tell = () => (current?.state === which.family ? lost(error) : undefined);
      // One after the other: the first to fail knows why the others are signed out.
      await (losing = Promise.resolve(losing).then(tell, tell));
      throw error;
    }
  }

  /** Whether the engine has ended a session. */
  const isGone = async () =>
    run('resource', { ...(await own()), url: '' }).then(
      () => false,
      ({ code }) => code === 'signed_out',
    );

  /** A session that cannot be renewed lasts until its token expires. */
  async function lost(error) {
    const changed = error.code === 'id_token_invalid' && (await isGone());
    const ended = error.code === 'signed_out';
    // It has no refresh token any more.
    if (error.code === 'refresh_rejected') await look();
    const over = OVER.includes(error.code) && !((getState().session?.expiresAt ?? 0) > Date.now());
    if (changed || ended || over) {
      end(changed ? 'identity_changed' : ended ? 'logout' : 'session_expired', error);
    } else {
      set({ error });
    }
    emit('error', error);
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
    return deepFreeze(
      await withChunk(import('./inquiries-engine.js'), (chunk) => chunk.ask(input, loaded.createEnv(observe))),
    );
  }

  const logout = ({ postLogoutRedirectUri } = {}) =>
    during('signing-out', async () => {
      await readying?.promise.catch(() => {});
      const ended = wipe(plain({ postLogoutRedirectUri }));
      // Gone here at once, whatever the network does.
      end('logout');
      const { revoked = null, logoutUrl = null, error } = await ended;
      const failure = error ? await smartError((await import('./engine.js')).named(error)) : null;
      if (failure) emit('error', failure);
      const back = logoutUrl && postLogoutRedirectUri;
      const url = back ? await withChunk(import('./sign-out.js'), ({ withState }) => withState(logoutUrl)) : logoutUrl;
      return { revoked, logoutUrl: url, error: failure };
    });

  const smartFetch = createFetch(resolve, token, observe);

  return Object.freeze({
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
          return getState().session;
        }),
      ),

    userInfo: () => ask('userinfo'),
    introspect: (options) => ask('introspect', options),

    logout,
    completeLogout: (url = pageUrl()) => withChunk(import('./sign-out.js'), (chunk) => chunk.completeLogout(url)),
    frontChannelLogout: (url = pageUrl()) =>
      withChunk(import('./sign-out.js'), (chunk) => chunk.frontChannelLogout(url, clients())),

    async discover(fhirBaseUrl) {
      return metadata(await run('discover', plain({ iss: fhirBaseUrl })));
    },

    getState,
    subscribe,
    on,
  });
}

/** What ends a session whose token has expired. */
const OVER = ['session_expired', 'refresh_rejected', 'refresh_in_doubt'];

/** The engine's `Server` as `SmartServerMetadata`. */
export const metadata = (server) => withChunk(import('./metadata.js'), (chunk) => chunk.metadata(server, warnings));

/** Where an answer is: the URL it came to, or the body that was posted. */
export function answerOf(callback) {
  if (callback instanceof FormData) return { body: String(new URLSearchParams(callback)) };
  const text = String(callback);
  return /^https?:/i.test(text) ? { url: text } : { body: text };
}

/** Options as plain data: URL objects as text, `undefined` left out. */
export function plain(options) {
  return Object.fromEntries(
    Object.entries({ ...options }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value instanceof URL ? value.href : value]],
    ),
  );
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
