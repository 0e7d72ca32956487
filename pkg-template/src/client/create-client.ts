// The client as an app loads it: its state, and what cannot wait for the rest. What its calls do is in the engine's chunk.

import { DISPOSED } from '../error/immediate-errors.js';
import { signalOf, unlessAborted } from '../error/abort.js';
import { careful, smartError, warnings, withChunk } from '../error/create-error.js';
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
import type { ClientContext, EndReason } from '../session/client-context.js';
import type { JobError } from '../session/jobs.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { SessionRecord } from '../session/session-record.js';
import type { SmartEvents } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { SmartActivity, SmartState } from '../session/smart-state.js';
import type { AuthorizeOptions } from './authorize-options.js';
import { discoverEarly } from './early-discovery.js';
import type { EarlyDiscovery } from './early-discovery.js';
import type { SmartClientBehaviour, SmartClientOptions, SmartServerDefaults } from './options.js';
import type { ReadyOptions } from './ready-options.js';
import { SESSION_CALLS } from './session-calls.js';
import type { SessionCall } from './session-calls.js';
import type { SmartClient } from './smart-client.js';
import { createStore } from './state.js';

/** Options as they are read: the first call refuses them where a member is missing. */
type GivenOptions = SmartClientBehaviour & SmartServerDefaults & { servers?: readonly SmartServerDefaults[] };
type AnyAuthorizeOptions = Omit<AuthorizeOptions, 'target'> & { target?: 'page' | 'popup' | 'frame' | undefined };
type Jobs = ReturnType<typeof import('./engine.js').createJobs>;

/** How the state changes at a failure while nobody is signed in. */
type Failed = { readonly status?: 'error' | 'unauthenticated' };

interface Attempt {
  readonly promise: Promise<unknown>;
  readonly popup: Window | null | undefined;
  readonly attempt: unknown;
}

/**
 * Makes a client. Does no I/O and is safe on a server; the engine loads with the first asynchronous call. Mistakes in the
 * options reject that call with `config_invalid`.
 *
 * @example
 * const smart = createSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const session = await smart.ready() ?? await smart.authorize();
 * const patient = await smart.request(`Patient/${session.patient}`);
 */
export function createSmartClient(options: SmartClientOptions): SmartClient;
/** @internal */
export function createSmartClient(options: SmartClientOptions, internal: { entry: string }): SmartClient;
export function createSmartClient(options: GivenOptions = {}, { entry }: { entry?: string } = {}): SmartClient {
  const { servers = [{}], storage, ...shared } = optionsOf(options);
  const { getState, set, subscribe, on, emit, clear } = createStore<SmartState, SmartEvents>({
    status: 'loading',
    session: null,
    error: null,
    activity: 'idle',
  });
  /** A callback that no engine has read yet. */
  let taken: string | undefined;
  let jobs: Promise<Jobs> | undefined;
  let discovery: EarlyDiscovery | undefined;
  /** A look at what is stored, which ready() makes where somebody is signed in. */
  let looking: Promise<SmartSession | null> | undefined;
  /** Sign-ins that leave the page or are in another window, by target. */
  const attempts = new Map<string, Attempt>();
  /** The sign-out that is under way. */
  let leaving: { readonly session: SmartSession | null; readonly promise: Promise<LogoutResult> } | undefined;
  let listed: { readonly redirectUri: string | undefined; readonly list: ClientSettings[] } | undefined;
  let session: { readonly record: SessionRecord; readonly list: ClientSettings[]; readonly own: ClientSettings[] } | undefined;

  /** One flat object for each server; without `redirectUri` the page itself. Made anew where the page's address changes. */
  function clients(): ClientSettings[] {
    const redirectUri = pagePlace();
    if (!listed || listed.redirectUri !== redirectUri) {
      // The engine says what is wrong with them.
      const list = [servers]
        .flat()
        .map((server) => plain({ redirectUri, ...plain(shared), ...plain(server) }) as object as ClientSettings);
      listed = { redirectUri, list };
    }
    return listed.list;
  }

  /** That of a session's server, where it is one of these: a call costs as much with thousands of servers as with one. */
  function clientsOfSession(record: SessionRecord): ClientSettings[] {
    const list = clients();
    if (!session || session.record !== record || session.list !== list) {
      session = { record, list, own: clientsOf(record, list) };
    }
    return session.own;
  }

  try {
    registerServers(clients(), entry);
  } catch {
    // The first call says what is wrong with them.
  }

  /** Runs `work` as an activity. A failure is in the state, told as an event, and thrown. */
  async function during<T>(activity: SmartActivity, work: () => Promise<T>, failed: Failed = {}): Promise<T> {
    set({ activity });
    try {
      return await work();
    } catch (caught) {
      const error = SmartError.is(caught) ? caught : await refusal(caught);
      set(getState().session ? { error } : { error, ...failed });
      emit('error', error);
      throw error;
    } finally {
      set({ activity: 'idle' });
    }
  }

  const client: ClientContext = {
    errors: { SmartError, careful, smartError, warnings, withChunk },
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
      const begun = discovery;
      discovery = undefined;
      return begun;
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

  /** Nobody is signed in here from now on. That is told once: who is told may call logout() again. */
  function end(reason: EndReason, error: SmartError | null = null) {
    const { status } = getState();
    if (reason === 'logout') client.signOuts += 1;
    client.record = undefined;
    client.readying = { ...client.readying, promise: Promise.resolve(null) };
    set({ status: 'unauthenticated', session: null, error });
    if (status !== 'unauthenticated') emit('signedOut', { reason });
  }

  /** The session that is present was found to be stored no more, or another in its place. */
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
      jobs = import('./engine.js').then((chunk) => chunk.createJobs(client), unloaded);
      jobs.catch(() => (jobs = undefined));
    }
    return jobs;
  }

  const job =
    <Name extends 'ready' | 'authorize' | 'use'>(name: Name) =>
    async (...given: Parameters<Jobs[Name]>) =>
      // The parameters are those of this job.
      ((await load())[name] as (...given: unknown[]) => ReturnType<Jobs[Name]>)(...given);

  function ready(options: ReadyOptions = {}): Promise<SmartSession | null> {
    const { callback } = options;
    const answer: Callback = callback === undefined ? {} : callbackOf(callback);
    // The same answer twice at once is one sign-in, as under React's StrictMode.
    const same = callback === undefined || JSON.stringify(answer) === client.readying?.answer;
    if (client.readying && same) {
      const { promise, entered } = client.readying;
      // Somebody is signed in, if that is still so.
      if (!entered || callback !== undefined || !client.record) return promise;
      const found = () => {
        looking = undefined;
        return getState().session;
      };
      // Once for all who ask at once, the page's own code in the midst of it above all.
      looking ??= job('use')('look', []).then(found, found);
      return looking;
    }
    // From here through takeCallback nothing is awaited: the code is out of the visible URL when this returns.
    if (callback === undefined) {
      answer.url = takeCallback(clients()) ?? taken;
      taken = undefined;
    }
    const signingIn = Object.values(answer).some((given) => given !== undefined);
    // Without a callback an answer is one of the page's URL.
    const owner = callback === undefined && signingIn && ownerOf(answer.url as string);
    // A launch is for another context than the stored session's.
    const restore = !isLaunch();
    const former = replacedFamilies(client);
    const arrived = signingIn && !owner ? setPageSessionOf(client, answer) : undefined;
    if (!signingIn && !restore) setPageSession(client);
    if (signingIn || (restore && hasSessions())) {
      preload('session');
      // Beside the engine, which asks for it when there is a session.
      import('../session/calls.js').catch(() => {});
    }
    const way = { signingIn, owner, restore, former, arrived: Boolean(arrived) };
    const { record } = client;
    const work = async () => {
      try {
        return await job('ready')(answer, way, options);
      } catch (error) {
        // Jobs reject with these alone.
        const { code, ended } = error as JobError;
        // Nothing could read it yet.
        if (code === 'wasm_unavailable') arrived?.undo();
        // The session before is of another sign-in, and the page has that one no more.
        else if ((arrived || ended) && record && client.record === record && record.state !== arrived?.state) end('replaced');
        throw error;
      }
    };
    // Before anybody is told, who may ask again.
    let begin!: (given: Promise<SmartSession | null>) => void;
    const promise = new Promise<SmartSession | null>((resolve) => (begin = resolve));
    client.readying = { promise, answer: JSON.stringify(answer) };
    begin(during(signingIn ? 'signing-in' : 'restoring', work, { status: 'error' }));
    // A failure is not kept: the URL is clean by now, and the next call restores what there is. But an answer that nothing
    // could read is.
    promise.catch(({ code }: SmartError) => {
      client.readying = undefined;
      if (callback === undefined && code === 'wasm_unavailable') taken = answer.url;
    });
    return promise;
  }

  function authorize({ navigate = true, target = 'page', ...wanted }: AnyAuthorizeOptions = {}): Promise<unknown> {
    // Twice at once is once: two sign-ins would both leave the page.
    const single = navigate || target !== 'page';
    const under = single && attempts.get(target);
    if (under) {
      under.popup?.focus();
      return under.promise;
    }
    // While the user's gesture lasts: before anything is awaited.
    const popup =
      target === 'popup' ? globalThis.open?.('about:blank', '_blank', 'popup,width=500,height=650') : undefined;
    // An EHR launch if the page's URL is one and nothing else is wanted.
    const launchUrl = wanted.iss === undefined && wanted.launch === undefined ? pageUrl() : undefined;
    // What is launched is for another context, and is not seen by who gives it up.
    if (target === 'page' && (wanted.launch !== undefined || (launchUrl && isLaunch()))) setPageSession(client);
    if (target !== 'page') preload('session');
    // Before the engine is loaded nothing is known of the server. Other sign-ins may be refused before any request.
    if (!jobs && (target === 'page' || popup)) discovery = discoverEarly(clients(), wanted.iss);
    // The page is being left. If that does not happen, the next call begins anew.
    const left = () => attempts.delete(target);
    const work = () => job('authorize')({ navigate, target, popup, launchUrl, left, wanted: plain(wanted) });
    const attempt = async () => {
      try {
        // The stored session is the one that a silent sign-in is compared with.
        if (target === 'frame') await ready().catch(() => {});
        // A sign-in that was not begun yet: a failure leaves a user that nobody signed in.
        return await during('signing-in', work, getState().status === 'loading' ? { status: 'unauthenticated' } : {});
      } finally {
        if (attempts.get(target)?.attempt === attempt) attempts.delete(target);
        popup?.close();
      }
    };
    let begin!: (given: Promise<unknown>) => void;
    const promise = new Promise((resolve) => (begin = resolve));
    // Before anybody is told, who may ask again.
    if (single) attempts.set(target, { promise, popup, attempt });
    begin(attempt());
    // A failure is in the state as well: who looks there need not take it here.
    promise.catch(() => {});
    return promise;
  }

  function logout(options?: LogoutOptions): Promise<LogoutResult> {
    const { session } = getState();
    // Of one session there is one sign-out, however often it is asked for meanwhile.
    if (leaving && [null, leaving.session].includes(session)) return leaving.promise;
    const promise = during('signing-out', async () => {
      const { logout } = await load().catch((error) => {
        // What is stored is wiped all the same.
        client.forget();
        clearPageSession(client);
        end('logout');
        throw error;
      });
      return logout(plain(options));
    }).finally(() => {
      if (leaving?.promise === promise) leaving = undefined;
    });
    leaving = { session, promise };
    return promise;
  }

  /** The error of what an app gave that cannot be used. */
  const refusal = (cause: unknown): Promise<SmartError> =>
    load()
      .then(({ careful }) => careful(() => Promise.reject(cause))())
      .catch((error: SmartError) => error);

  function dispose() {
    client.disposed = true;
    client.record = undefined;
    for (const close of client.closing) close();
    client.closing.clear();
    for (const { popup } of attempts.values()) popup?.close();
    clear();
  }

  /** The same call, which rejects where it would throw at once, at what an app gave it, and when the client is put away. */
  const rejecting =
    <Given extends unknown[], T>(call: (...given: Given) => Promise<T>) =>
    (...given: Given): Promise<T> => {
      if (client.disposed) return Promise.reject(new SmartError(DISPOSED));
      try {
        return call(...given);
      } catch (cause) {
        return refusal(cause).then((error) => Promise.reject(error));
      }
    };

  async function use(name: SessionCall, given: unknown[]) {
    try {
      return await unlessAborted(signalOf(given), () => job('use')(name, given));
    } catch (caught) {
      throw SmartError.is(caught) ? caught : await refusal(caught);
    }
  }

  const calls = Object.fromEntries(SESSION_CALLS.map((name) => [name, rejecting((...given) => use(name, given))]));
  return Object.freeze<SmartClient>({
    ...({
      ready: rejecting(ready),
      // Its overloads say which options give what.
      authorize: rejecting(authorize) as SmartClient['authorize'],
      logout: rejecting(logout),
      getState,
      subscribe,
      on,
      dispose,
    } satisfies Omit<SmartClient, SessionCall>),
    // They are those of session/calls.ts, which are checked against the interface where they are loaded.
    ...(calls as Pick<SmartClient, SessionCall>),
  });
}

/** What cannot be read is refused with the first call that needs it; but a getter or a proxy may throw here already. */
function optionsOf(options: GivenOptions): GivenOptions {
  try {
    return { ...options };
  } catch (cause) {
    const hint = 'Give plain data: a member of it throws when it is read.';
    throw new SmartError({ code: 'config_invalid', message: 'the options cannot be read', hint }, cause);
  }
}

/** The texts of errors are in a chunk as well, which is not to be had then. */
function unloaded(cause: unknown): never {
  const hint = 'Try again; if the app was deployed anew, reload the page.';
  const userMessage = 'Something could not be loaded. Check the connection and try again.';
  const told = { hint, fault: 'network', userMessage, retryable: true } as const;
  const members = { code: 'wasm_unavailable', message: 'the engine was not loaded', ...told } as const;
  throw new SmartError(members, cause);
}
