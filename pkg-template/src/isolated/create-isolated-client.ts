// The client whose session is in a worker: the page's side. It has no token, and decides nothing about the protocol. Its calls are
// in one file because they share the state of the sign-in.

import { DISPOSED } from '../error/immediate-errors.js';
import { withSmartErrors, smartError, withChunk } from '../error/create-error.js';
import { createExchange, requestOf } from '../session/fhir-exchange.js';
import { submit } from '../page/form.js';
import { deepFreeze } from '../values/freeze.js';
import { signalOf, unlessAborted } from '../error/abort.js';
import { SmartError } from '../error/smart-error.js';
import { plain } from '../values/plain.js';
import { createLink, revived } from './worker-connection.js';
import { pagePlace, pageUrl } from '../page/address.js';
import { callbackOf } from '../page/callback.js';
import type { ClientSettings } from '../page/client-settings.js';
import { takeCallback } from '../page/callback-url.js';
import { leave, originOf } from '../page/navigation.js';
import { SIGN_IN, isPending, writeRecord, pendingRecords } from '../page/pending-sign-ins.js';
import { registerServers } from '../page/servers.js';
import { permission } from '../session/create-session.js';
import { exchangeOfSession, fetchOfSession, resultOfSession } from '../session/requests-of-session.js';
import type { FhirAccess } from '../session/fhir-access.js';
import { lateFhirCalls } from '../session/late-fhir-calls.js';
import { createStore } from '../client/state.js';
import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { ReadyOptions } from '../client/ready-options.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { UserOptions } from '../session/fhir-calls.js';
import type { IntrospectOptions } from '../session/introspection.js';
import type { LogoutOptions } from '../session/logout.js';
import type {
  IsolatedEnvironment,
  IsolatedSmartClient,
  IsolatedSmartClientOptions,
} from './isolated-client.js';
import type { IsolatedSession } from './isolated-session.js';
import type { IsolatedEvents, IsolatedState } from './isolated-state.js';
import type { Changes, Data, ErrorData, Inputs, Notice, Results, SessionData } from './message.js';
import { createPageFetch } from './page-fetch.js';
import { covers } from './page-scopes.js';
import { plainData } from './plain-data.js';
import { createScriptUrls, withTrustedWorker } from '../page/trusted-types.js';

const scriptUrl = createScriptUrls('smart-launch');
/** The state and its listeners; changes and events come from the worker. */
interface Store {
  getState(): IsolatedState;
  set(changes: Changes<IsolatedSession, SmartError>): void;
  subscribe: IsolatedSmartClient['subscribe'];
  on: IsolatedSmartClient['on'];
  emit(event: keyof IsolatedEvents, detail: unknown): void;
  clear(): void;
}

/** Events whose detail is the session. */
const SESSION_EVENTS: readonly unknown[] = ['signedIn', 'refreshed', 'scopeChanged'];

/**
 * Creates a client whose session is in a worker. It needs a page. The options are read once, by this call.
 *
 * @example
 * import { createIsolatedSmartClient } from 'smart-launch/isolated';
 *
 * const smart = createIsolatedSmartClient({ fhirBaseUrl: 'https://ehr.example/fhir', clientId: 'growth-chart', scope: 'launch/patient patient/*.rs' });
 * const session = (await smart.ready()) ?? (await smart.authorize());
 * const patient = await smart.request(`Patient/${session.patient}`);
 */
export function createIsolatedSmartClient(
  options: IsolatedSmartClientOptions,
  environment: IsolatedEnvironment = {},
): IsolatedSmartClient {
  const suppliedWorker = environment?.worker;
  const settings = plainData(options);
  const { getState, set, subscribe, on, emit, clear }: Store = createStore({
    status: 'loading',
    session: null,
    error: null,
    activity: 'idle',
  });
  let readying: Promise<IsolatedSession | null> | undefined;
  let currentSignIn: Promise<AuthorizationRequest> | undefined;
  /** Whether the navigation to the server has begun. */
  let hasLeft = false;
  /** A callback that was removed from the URL, but not processed yet by a worker. */
  let unprocessedCallback: string | undefined;
  let isWorkerUsed = false;
  const disposal = new AbortController();
  /** By session: the object that identifies its sign-in. A refresh does not change the object. */
  const signIns = new WeakMap<IsolatedSession, object>();

  const link = createLink(open, () => ({ options: settings ?? {}, records: pendingRecords(), url: pageUrl() ?? '' }), {
    onNotice,
    onLost,
  });

  function open(): Worker {
    // Bundlers recognize exactly this expression.
    const start = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    if (!suppliedWorker) return withTrustedWorker(scriptUrl, start);
    if (isWorkerUsed) throw new Error('the worker that was passed has ended');
    isWorkerUsed = true;
    return suppliedWorker;
  }

  /** The options of a call, checked and in a form that can be sent. */
  async function sendable(options: object | undefined): Promise<Data> {
    const data = plainData(options);
    if (!data) throw await smartError({ code: 'config_invalid', about: 'an option is not plain data' });
    return data;
  }

  async function call<Name extends keyof Inputs>(
    name: Name,
    input: Inputs[Name],
    callOptions?: Parameters<typeof link.call>[2],
  ): Promise<Results[Name]> {
    if (!settings) throw await smartError({ code: 'config_invalid' });
    if (settings.idleTimeoutSeconds !== undefined) {
      throw await smartError({ code: 'config_invalid', about: 'setting `idleTimeoutSeconds` is not for a worker' });
    }
    if (disposal.signal.aborted) throw new SmartError(DISPOSED);
    return link.call(name, input, callOptions);
  }

  async function onNotice({ record, text, state, event, detail }: Notice, isLost: () => boolean) {
    if (record !== undefined) writeRecord(record, text ?? null);
    const newSession = state?.session && (await sessionFrom(state.session));
    // Meanwhile the worker may have been lost, and with it its session.
    if (isLost()) return;
    if (state) showState(state, newSession, event === 'signedIn');
    if (!event) return;
    const { session } = getState();
    if (SESSION_EVENTS.includes(event)) emit(event, session);
    // The worker does not send the functions of a session, so the page adds its own session.
    else if (event === 'expiring') emit(event, Object.freeze({ ...(detail as object), session }));
    // The worker sends an error as data.
    else emit(event, event === 'error' ? revived(detail as ErrorData) : deepFreeze(detail));
  }

  function showState({ session: _, error, ...rest }: Changes, newSession: IsolatedSession | null | undefined, isSignIn: boolean) {
    const { session } = getState();
    const changes: Changes<IsolatedSession, SmartError> = rest;
    if (newSession) signIns.set(newSession, (!isSignIn && session && signIns.get(session)) || {});
    if (newSession !== undefined && newSession !== session) {
      changes.session = newSession;
      // The result of ready() from here on, also for listeners.
      readying = Promise.resolve(newSession);
    }
    if (error !== undefined) changes.error = error && revived(error);
    // For the worker a sign-in ends when the worker returns the request; for the page it lasts until the navigation.
    if (currentSignIn || hasLeft) changes.activity = 'signing-in';
    set(changes);
  }

  function onLost(error: SmartError) {
    const { session, status } = getState();
    readying = undefined;
    const statusAfterLoss = status === 'loading' || status === 'error' ? 'error' : 'unauthenticated';
    set({ status: statusAfterLoss, session: null, error, activity: 'idle' });
    if (session) emit('signedOut', { reason: 'worker_lost' });
    emit('error', error);
  }

  /** Reports a failure of the page in the same way as one of the worker: in the state and as an event. */
  async function reportFailure(failure: object) {
    const error = await smartError(failure);
    set({ error, ...(getState().status === 'loading' && { status: 'unauthenticated' }) });
    emit('error', error);
    return error;
  }

  const clients = () => {
    // The worker reports invalid options.
    const { servers = [{}], ...shared } = (settings ?? {}) as { servers?: object[] };
    return [servers].flat().map((server) => ({ redirectUri: pagePlace(), ...shared, ...server }) as object as ClientSettings);
  };

  // `plainData` turns the list into an object whose values are plain objects.
  const otherServers = () => Object.values((plainData(registerServers(clients())) ?? {}) as Record<string, Data>);
  otherServers();

  function ready({ callback }: ReadyOptions = {}): Promise<IsolatedSession | null> {
    if (callback === undefined && readying) return readying;
    // Nothing is awaited before this line, so the code is removed from the visible URL before this function returns.
    if (callback === undefined) unprocessedCallback = takeCallback(clients()) ?? unprocessedCallback;
    const { url, part = url, body } = callback === undefined ? { url: unprocessedCallback } : callbackOf(callback);
    const response = body === undefined ? part : url === undefined ? body : { url, body };
    const result = call('ready', { url: pageUrl() ?? '', callback: response, others: otherServers() });
    const promise = result.then((session) => (session ? getState().session : null));
    readying = promise;
    // If the worker was lost, the callback is kept for the next worker.
    const discardCallback = () => response === unprocessedCallback && (unprocessedCallback = undefined);
    promise.then(discardCallback, (error) => {
      if (error.code !== 'worker_lost') discardCallback();
      if (readying === promise) readying = undefined;
    });
    return promise;
  }

  function authorize({ navigate = true, target, ...signInOptions }: AuthorizeOptions = {}): Promise<AuthorizationRequest> {
    if (navigate && currentSignIn) return currentSignIn;
    const signIn = async (): Promise<AuthorizationRequest> => {
      if (target !== undefined && target !== 'page')
        throw await reportFailure({ code: 'config_invalid', about: 'setting `target` is not for a worker' });
      const options = plainData(signInOptions);
      if (!options) throw await reportFailure({ code: 'config_invalid', about: 'an option is not plain data' });
      const request = await call('authorize', { url: pageUrl() ?? '', options, others: otherServers() });
      if (!navigate) return request;
      const [origin, redirectOrigin] = [globalThis.origin, originOf(request)];
      if (![redirectOrigin, 'null', undefined].includes(origin)) {
        writeRecord(SIGN_IN + request.state, null);
        const about = `this page is at ${origin} and \`redirectUri\` at ${redirectOrigin}: both must have the same origin`;
        throw await reportFailure({ code: 'config_invalid', about });
      }
      if (!isPending(request.state)) throw await reportFailure({ code: 'storage_unavailable' });
      const address = request.method === 'GET' ? request.url : request.action;
      emit('redirecting', { method: request.method, url: address.split('?')[0] });
      // The navigation has begun. If the page stays after all, the next call starts a new sign-in.
      if (currentSignIn === attempt) currentSignIn = undefined;
      hasLeft = true;
      await leave(request, submit);
      hasLeft = false;
      throw await reportFailure({ code: 'sign_in_abandoned' });
    };
    const attempt = signIn();
    // Concurrent calls are one sign-in, since two would both leave the page.
    if (navigate) {
      currentSignIn = attempt;
      attempt.catch(() => {
        if (currentSignIn === attempt) currentSignIn = undefined;
        if (!currentSignIn) set({ activity: 'idle' });
      });
    }
    return attempt;
  }

  /** Wraps a call so that it rejects when its signal is aborted. */
  const signalled =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> =>
      unlessAborted(signalOf(args), () => work(...args));

  /** As `withSmartErrors`. At `dispose()` the call rejects at once as later calls do, whatever it waits for. */
  const withErrors: typeof withSmartErrors = (work) =>
    withSmartErrors(async (...args) => {
      try {
        return await unlessAborted(disposal.signal, async () => work(...args));
      } catch (error) {
        throw disposal.signal.aborted ? new SmartError(DISPOSED) : error;
      }
    });

  /** Resolves when it is known for the first time whether a user is signed in. */
  const loaded = new Promise<void>((resolve) => {
    const unsubscribe = subscribe(() => {
      if (getState().status === 'loading') return;
      unsubscribe();
      resolve();
    });
  });
  const smartFetch = createPageFetch(call);
  const exchange = withErrors(signalled(createExchange(smartFetch, smartError)));
  const access: FhirAccess = {
    exchange,
    signIn() {
      const { session, status } = getState();
      if (session) return signIns.get(session);
      return status === 'loading' ? undefined : null;
    },
    settled: () => readying,
    errors: {
      withSmartErrors: withErrors,
      withChunk(chunk, call) {
        // After `dispose()` nobody waits for it.
        chunk.catch(() => {});
        return withErrors(() => withChunk(chunk, call))();
      },
    },
  };
  const { user, ...fhirCalls } = lateFhirCalls(access);
  // The result of a call before `ready()` belongs to the first sign-in of the page. A call waits for `loaded` only when it has a
  // result, which it has only after a sign-in.
  const resultAccess = { ...access, settled: () => readying ?? loaded };

  /** The session from the worker's data. `can` is synchronous, so the page loads the engine too. */
  async function sessionFrom(data: SessionData): Promise<IsolatedSession> {
    // `can` and `user`, which the data lacks, are defined below.
    const session = data as IsolatedSession;
    const comparison = await covers();
    const throwError = () => {
      throw comparison;
    };
    // If the engine is not available in this page, only `can` throws.
    const can = SmartError.is(comparison) ? throwError : permission(session.scopes.join(' '), comparison, { SmartError });
    const readUser = (options?: UserOptions) => user(session.fhirUser, signIns.get(session), options);
    return deepFreeze(Object.defineProperties(session, { can: { value: can }, user: { value: readUser } }));
  }

  return Object.freeze<IsolatedSmartClient>({
    ready: rejectingOnThrow(ready),
    // `authorize` returns the request with `navigate: false`, and otherwise never resolves.
    authorize: rejectingOnThrow(authorize) as IsolatedSmartClient['authorize'],
    fetch: withErrors(fetchOfSession(signalled(smartFetch), resultAccess, smartError)),
    // The app states the type of the result by the type parameter.
    request: requestOf(withErrors(exchangeOfSession(exchange, resultAccess, smartError))) as IsolatedSmartClient['request'],
    ...fhirCalls,

    refresh: withErrors(async ({ signal }: { signal?: AbortSignal | undefined } = {}) => {
      await call('refresh', {}, { signal });
      // After a refresh there is a session.
      return getState().session as IsolatedSession;
    }),

    userInfo: withErrors(resultOfSession(async () => deepFreeze(await call('userInfo', {})), resultAccess, smartError)),
    introspect: withErrors(
      resultOfSession(
        async (options?: IntrospectOptions) => deepFreeze(await call('introspect', { options: await sendable(options) })),
        resultAccess,
        smartError,
      ),
    ),

    logout: withErrors(async ({ redirect, postLogoutRedirectUri }: LogoutOptions = {}) => {
      const options = await sendable({ postLogoutRedirectUri });
      const { error, ...outcome } = await call('logout', { options });
      const { logoutUrl } = outcome;
      if (redirect && logoutUrl) await withChunk(import('../session/sign-out.js'), (chunk) => chunk.leave(logoutUrl));
      return { ...outcome, error: error && revived(error) };
    }),

    discover: withErrors(async (fhirBaseUrl?: string | URL) =>
      deepFreeze(await call('discover', plain({ fhirBaseUrl: fhirBaseUrl === undefined ? undefined : String(fhirBaseUrl) }))),
    ),

    getState,
    subscribe,
    on,

    dispose() {
      disposal.abort();
      clear();
      link.close();
    },
  });
}

/** Wraps a call so that it rejects instead of throwing, for example if a getter of an argument throws. */
const rejectingOnThrow =
  <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
  (...args: Args): Promise<Result> => {
    try {
      return call(...args);
    } catch (cause) {
      return withSmartErrors(() => Promise.reject(cause))();
    }
  };
