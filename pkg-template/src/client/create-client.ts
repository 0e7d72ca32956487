// The client as an app loads it: its state, and the parts of its calls that must run before the engine is loaded. The rest of
// the calls is in the engine's chunk. The calls are in one file because they share the state of the jobs in
// progress, and passing it between files would add bytes to every page.

import { DISPOSED } from '../error/immediate-errors.js';
import { signalOf, unlessAborted } from '../error/abort.js';
import { withSmartErrors, smartError, warnings, withChunk } from '../error/create-error.js';
import { SmartError } from '../error/smart-error.js';
import { preload } from '../engine/preload.js';
import { plain } from '../values/plain.js';
import { pagePlace, pageUrl } from '../page/address.js';
import { callbackOf } from '../page/callback.js';
import type { Callback } from '../page/callback.js';
import { ownerOf, takeCallback } from '../page/callback-url.js';
import { clientsOf } from '../page/client-settings.js';
import type { ClientSettings } from '../page/client-settings.js';
import { isLaunch } from '../page/launch-url.js';
import {
  clearPageSession,
  isReplaced,
  replacedFamilies,
  sessionToRestore,
  setPageSession,
  setPageSessionOf,
  writeHistory,
} from '../page/page-session.js';
import { registerServers } from '../page/servers.js';
import { hasSessions, removeSessions } from '../page/session-keys.js';
import type { ClientContext, EndReason, LoadEngine } from '../session/client-context.js';
import type { JobError } from '../session/jobs.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { SessionRecord } from '../session/session-record.js';
import type { SmartEvents } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { SmartActivity, SmartState } from '../session/smart-state.js';
import type { AuthorizeOptions } from './authorize-options.js';
import { discoverEarly } from './early-discovery.js';
import type { EarlyDiscovery } from './early-discovery.js';
import { throwNotLoaded } from './not-loaded.js';
import type { SmartClientOptions } from './options.js';
import { optionsOf } from './passed-options.js';
import type { PassedOptions } from './passed-options.js';
import type { ReadyOptions } from './ready-options.js';
import { SESSION_CALLS } from './session-calls.js';
import type { AdditionalCall, SessionCall } from './session-calls.js';
import type { SmartClient } from './smart-client.js';
import { createStore } from './state.js';

type AnyAuthorizeOptions = Omit<AuthorizeOptions, 'target'> & { target?: 'page' | 'popup' | 'frame' | undefined };
type Jobs = ReturnType<typeof import('./engine.js').createJobs>;

/** How a failure changes the state if no user is signed in. */
type FailureState = { readonly status?: 'error' | 'unauthenticated' };

interface Attempt {
  readonly promise: Promise<unknown>;
  readonly popup: Window | null | undefined;
  readonly attempt: unknown;
}

/** The settings of the server of a session, and what they were computed from. */
interface CachedSettings {
  readonly record: SessionRecord;
  /** The settings of all servers. */
  readonly list: ClientSettings[];
  /** The settings of the session's server. */
  readonly own: ClientSettings[];
}

/** The additions of other entries of the package to a client. */
interface Internal {
  /** The name of the entry, if its apps sign in to one server after another with one client at a time. */
  readonly entry?: string;
  readonly loadEngine?: LoadEngine;
  /** Names of further calls of session/calls.ts. */
  readonly more?: readonly AdditionalCall[];
  /** Removes the callback from the page's URL, in place of {@link takeCallback}. */
  readonly take?: typeof takeCallback;
}

/**
 * Creates a client. It does no I/O and can be called on a server; the engine is loaded by the first asynchronous call.
 * Invalid options reject that call with `config_invalid`.
 *
 * @example
 * const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const session = await smart.ready() ?? await smart.authorize();
 * const patient = await smart.request(`Patient/${session.patient}`);
 */
export function createSmartClient(options: SmartClientOptions): SmartClient;
/** @internal */
export function createSmartClient(options: SmartClientOptions, internal: Internal): SmartClient;
export function createSmartClient(
  options: PassedOptions = {},
  { entry, loadEngine, more = [], take = takeCallback }: Internal = {},
): SmartClient {
  const { servers = [{}], storage, ...shared } = optionsOf(options);
  const { getState, set, subscribe, on, emit, clear } = createStore<SmartState, SmartEvents>({
    status: 'loading',
    session: null,
    error: null,
    activity: 'idle',
  });
  /** A callback that was removed from the URL, but not processed, since the engine could not be loaded. */
  let unprocessedCallback: string | undefined;
  let jobs: Promise<Jobs> | undefined;
  let discovery: EarlyDiscovery | undefined;
  /** A check whether the session is still stored, which ready() makes if a user is signed in. */
  let storageCheck: Promise<SmartSession | null> | undefined;
  /** Sign-ins in progress that leave the page or are in another window, by target. */
  const attempts = new Map<string, Attempt>();
  /** The sign-out in progress. */
  let signOut: { readonly session: SmartSession | null; readonly promise: Promise<LogoutResult> } | undefined;
  let cachedClients: { readonly redirectUri: string | undefined; readonly list: ClientSettings[] } | undefined;
  let cachedSettings: CachedSettings | undefined;

  /**
   * The settings of each server, as one flat object. Created again if the page's URL changes, since that URL is the default
   * `redirectUri`.
   */
  function clients(): ClientSettings[] {
    const redirectUri = pagePlace();
    if (!cachedClients || cachedClients.redirectUri !== redirectUri) {
      // The engine reports invalid options.
      const list = [servers]
        .flat()
        .map((server) => plain({ redirectUri, ...plain(shared), ...plain(server) }) as object as ClientSettings);
      cachedClients = { redirectUri, list };
    }
    return cachedClients.list;
  }

  /** The settings of a session's server, cached, so that a call with thousands of servers costs as much as with one. */
  function clientsOfSession(record: SessionRecord): ClientSettings[] {
    const list = clients();
    if (!cachedSettings || cachedSettings.record !== record || cachedSettings.list !== list) {
      cachedSettings = { record, list, own: clientsOf(record, list) };
    }
    return cachedSettings.own;
  }

  try {
    registerServers(clients(), entry);
  } catch {
    // The first call reports invalid options.
  }

  /** Runs `work` as an activity. A failure is set in the state, emitted as the event `error`, and thrown. */
  async function during<T>(activity: SmartActivity, work: () => Promise<T>, failed: FailureState = {}): Promise<T> {
    set({ activity });
    try {
      return await work();
    } catch (caught) {
      const error = SmartError.is(caught) ? caught : await errorFrom(caught);
      set(getState().session ? { error } : { error, ...failed });
      emit('error', error);
      throw error;
    } finally {
      set({ activity: 'idle' });
    }
  }

  const client: ClientContext = {
    errors: { SmartError, withSmartErrors, smartError, warnings, withChunk },
    loadEngine,
    clients,
    clientsOf: clientsOfSession,
    storage,
    getState,
    set,
    emit,
    subscribe,
    end,
    gone,
    forget: () => removeSessions(clients()),
    logout: () => logout(),
    takeDiscovery() {
      const started = discovery;
      discovery = undefined;
      return started;
    },
    which: () => sessionToRestore(client),
    former: () => replacedFamilies(client),
    mark: (record) => setPageSession(client, record, record.state),
    unmark: () => clearPageSession(client),
    writeHistory,
    others: () => registerServers(clients(), entry),
    inTurn: Boolean(entry),
    record: undefined,
    lost: undefined,
    disposed: false,
    signOuts: 0,
    closing: new Set(),
    readying: undefined,
  };

  /** Ends the session in this page. `signedOut` is emitted once, even if a listener calls logout() again. */
  function end(reason: EndReason, error: SmartError | null = null) {
    const { status } = getState();
    if (reason === 'logout') client.signOuts += 1;
    client.record = undefined;
    client.readying = { ...client.readying, promise: Promise.resolve(null) };
    set({ status: 'unauthenticated', session: null, error, expiring: undefined });
    if (status !== 'unauthenticated') emit('signedOut', { reason });
  }

  /** Ends the current session, because it is no longer stored, or another one has replaced it. */
  function gone(error: SmartError | undefined, reason: EndReason | undefined) {
    const { record } = client;
    if (!record) return;
    const isOver = isReplaced(record.state) || getState().activity === 'signing-in';
    end(reason ?? (isOver ? 'replaced' : 'logout'), error);
    client.lost = record;
    if (error) emit('error', error);
  }

  function load(): Promise<Jobs> {
    if (!jobs) {
      jobs = import('./engine.js').then((chunk) => chunk.createJobs(client), throwNotLoaded);
      jobs.catch(() => (jobs = undefined));
    }
    return jobs;
  }

  const job =
    <Name extends 'ready' | 'authorize' | 'use'>(name: Name) =>
    async (...args: Parameters<Jobs[Name]>) =>
      // The arguments are those of this job.
      ((await load())[name] as (...args: unknown[]) => ReturnType<Jobs[Name]>)(...args);

  function ready(options: ReadyOptions = {}): Promise<SmartSession | null> {
    const { callback } = options;
    const response: Callback = callback === undefined ? {} : callbackOf(callback);
    // Concurrent calls with the same response are one sign-in, as under React's StrictMode.
    const isSameCallback = callback === undefined || JSON.stringify(response) === client.readying?.answer;
    if (client.readying && isSameCallback) {
      const { promise, entered } = client.readying;
      if (!entered || callback !== undefined || !client.record) return promise;
      // A user is signed in, unless the session was removed from storage.
      const finishCheck = () => {
        storageCheck = undefined;
        return getState().session;
      };
      // One check for concurrent calls, including calls by listeners during the check.
      storageCheck ??= job('use')('look', []).then(finishCheck, finishCheck);
      return storageCheck;
    }
    // Nothing is awaited up to `take`: the code is removed from the visible URL before this function returns.
    if (callback === undefined) {
      response.url = take(clients()) ?? unprocessedCallback;
      unprocessedCallback = undefined;
    }
    const signingIn = Object.values(response).some((value) => value !== undefined);
    // Without the option `callback` the response is in the page's URL.
    const owner = callback === undefined && signingIn && ownerOf(response.url as string);
    // A launch has another context than the stored session.
    const restore = !isLaunch();
    const former = replacedFamilies(client);
    const arrived = signingIn && !owner ? setPageSessionOf(client, response) : undefined;
    if (!signingIn && !restore) setPageSession(client);
    if (signingIn || (restore && hasSessions())) {
      preload('session');
      // Loaded in parallel with the engine, which needs it when there is a session.
      import('../session/calls.js').catch(() => {});
    }
    const pageState = { signingIn, owner, restore, former, arrived: Boolean(arrived) };
    const { record } = client;
    const work = async () => {
      try {
        return await job('ready')(response, pageState, options);
      } catch (error) {
        // Jobs reject only with this type.
        const { code, ended } = error as JobError;
        // The response was not processed.
        if (code === 'wasm_unavailable') arrived?.undo();
        // The previous session belongs to another sign-in and is not the page's session any more.
        else if ((arrived || ended) && record && client.record === record && record.state !== arrived?.state) end('replaced');
        throw error;
      }
    };
    // `readying` is set before listeners are called, because they may call `ready` again.
    let resolveWith!: (result: Promise<SmartSession | null>) => void;
    const promise = new Promise<SmartSession | null>((resolve) => (resolveWith = resolve));
    client.readying = { promise, answer: JSON.stringify(response) };
    resolveWith(during(signingIn ? 'signing-in' : 'restoring', work, { status: 'error' }));
    // After a failure the next call starts again and restores a stored session. If the engine could not be loaded, the next call
    // also gets the unprocessed response, because the response is no longer in the URL.
    promise.catch(({ code }: SmartError) => {
      client.readying = undefined;
      if (callback === undefined && code === 'wasm_unavailable') unprocessedCallback = response.url;
    });
    return promise;
  }

  function authorize({ navigate = true, target = 'page', ...wanted }: AnyAuthorizeOptions = {}): Promise<unknown> {
    // Concurrent calls are one sign-in, since two would both leave the page.
    const isSingle = navigate || target !== 'page';
    const inProgress = isSingle && attempts.get(target);
    if (inProgress) {
      inProgress.popup?.focus();
      return inProgress.promise;
    }
    // Browsers allow a popup only during the user's click, so nothing is awaited before `open`.
    const popup =
      target === 'popup' ? globalThis.open?.('about:blank', '_blank', 'popup,width=500,height=650') : undefined;
    // An EHR launch, if the page's URL is one and the options have neither `iss` nor `launch`.
    const launchUrl = wanted.iss === undefined && wanted.launch === undefined ? pageUrl() : undefined;
    // A launch has another context, so the page forgets its session: a user who goes back does not see the previous session.
    if (target === 'page' && (wanted.launch !== undefined || (launchUrl && isLaunch()))) setPageSession(client);
    if (target !== 'page') preload('session');
    // Nothing is requested early if the engine is loaded, since the engine may have the metadata; nor for an iframe or a blocked
    // popup, since such a sign-in may be refused before any request.
    if (!jobs && (target === 'page' || popup)) discovery = discoverEarly(clients, wanted.iss);
    const startedDiscovery = discovery;
    // The navigation has begun. If the page stays after all, the next call starts a new sign-in.
    const onLeave = () => attempts.delete(target);
    const work = () => job('authorize')({ navigate, target, popup, launchUrl, left: onLeave, wanted: plain(wanted) });
    const attempt = async () => {
      try {
        // A silent sign-in is compared with the stored session.
        if (target === 'frame') await ready().catch(() => {});
        // If ready() was not called before, the state after a failure is `unauthenticated`.
        return await during('signing-in', work, getState().status === 'loading' ? { status: 'unauthenticated' } : {});
      } finally {
        if (attempts.get(target)?.attempt === attempt) attempts.delete(target);
        popup?.close();
        // A later sign-in must not use the early response that this sign-in did not use.
        if (discovery === startedDiscovery) client.takeDiscovery()?.abort();
      }
    };
    let resolveWith!: (result: Promise<unknown>) => void;
    const promise = new Promise((resolve) => (resolveWith = resolve));
    // Set before listeners are called, because they may call `authorize` again.
    if (isSingle) attempts.set(target, { promise, popup, attempt });
    resolveWith(attempt());
    // A failure is also in the state, so apps that read it there need not catch this promise.
    promise.catch(() => {});
    return promise;
  }

  function logout(options?: LogoutOptions): Promise<LogoutResult> {
    const { session } = getState();
    // Concurrent calls for one session are one sign-out.
    if (signOut && [null, signOut.session].includes(session)) return signOut.promise;
    const promise = during('signing-out', async () => {
      const { logout } = await load().catch((error) => {
        // The stored sessions are removed even if the chunk cannot be loaded.
        client.forget();
        clearPageSession(client);
        end('logout');
        throw error;
      });
      return logout(plain(options));
    }).finally(() => {
      if (signOut?.promise === promise) signOut = undefined;
    });
    signOut = { session, promise };
    return promise;
  }

  /** Converts anything that was thrown, such as by a getter of an argument, to an error. */
  const errorFrom = (cause: unknown): Promise<SmartError> =>
    load()
      .then(({ withSmartErrors }) => withSmartErrors(() => Promise.reject(cause))())
      .catch((error: SmartError) => error);

  function dispose() {
    client.disposed = true;
    client.record = undefined;
    for (const close of client.closing) close();
    client.closing.clear();
    for (const { popup } of attempts.values()) popup?.close();
    clear();
  }

  /** Wraps a call so that it rejects instead of throwing, and always rejects after `dispose()`. */
  const rejecting =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> => {
      if (client.disposed) return Promise.reject(new SmartError(DISPOSED));
      try {
        return call(...args);
      } catch (cause) {
        return errorFrom(cause).then((error) => Promise.reject(error));
      }
    };

  async function use(name: SessionCall | AdditionalCall, args: unknown[]) {
    try {
      return await unlessAborted(signalOf(args), () => job('use')(name, args));
    } catch (caught) {
      throw SmartError.is(caught) ? caught : await errorFrom(caught);
    }
  }

  const { pages, ...calls } = Object.fromEntries(
    [...SESSION_CALLS, ...more].map((name) => [name, rejecting((...args) => use(name, args))]),
  ) as Record<SessionCall, (...args: unknown[]) => Promise<unknown>>;
  return Object.freeze<SmartClient>({
    ...({
      ready: rejecting(ready),
      // The overloads state the result for each option.
      authorize: rejecting(authorize) as SmartClient['authorize'],
      logout: rejecting(logout),
      getState,
      subscribe,
      on,
      dispose,
      // Wraps the generator of session/calls.ts, because a loop needs a generator before that file is loaded.
      async *pages<T>(...args: Parameters<SmartClient['pages']>) {
        yield* (await pages(...args)) as AsyncGenerator<T, void, undefined>;
      },
    } satisfies Omit<SmartClient, Exclude<SessionCall, 'pages'>>),
    // The calls of session/calls.ts are checked against the interface in client/calls.ts.
    ...(calls as Pick<SmartClient, Exclude<SessionCall, 'pages'>>),
  });
}
