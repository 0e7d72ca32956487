// The client of a page whose session is on the server. Its calls are in one file, because each compares the id of the page's
// session before and after it waits.

import { withSmartErrors, smartError, withChunk } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { DISPOSED } from '../error/immediate-errors.js';
import { signalOf, unlessAborted } from '../error/abort.js';
import { SmartError } from '../error/smart-error.js';
import { createActivity } from '../client/activity.js';
import { createStore } from '../client/state.js';
import { isPage, pageUrl } from '../page/address.js';
import { isLaunch } from '../page/launch-url.js';
import { leave } from '../page/navigation.js';
import { leave as leaveForSignOut } from '../session/sign-out.js';
import { createExchange, requestOf } from '../session/fhir-exchange.js';
import { addBody, partsOf } from '../session/request-parts.js';
import type { Exchange } from '../session/fhir-exchange.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import { lateFhirCalls } from '../session/late-fhir-calls.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import { discard } from '../values/discard.js';
import { USE_PARAMETER } from '../values/session-names.js';
import { baseUrlOf } from './base-url.js';
import { createEndTimer } from './end-timer.js';
import { isSessionEndError } from './session-end-error.js';
import { deferred } from './deferred.js';
import type { PageSession, PageSessionEvents, PageSessionState } from './page-session.js';
import { proxyUrl } from './proxy-url.js';
import { sessionOf } from './read-session.js';
import { requestJson, send } from './routes.js';
import type { RouteResponse } from './routes.js';
import type { ServerAuthorizeOptions, ServerSessionClient, ServerSessionClientOptions } from './server-session-client.js';
import { forgetId, isEnded, replacement, storeId, storeInHistory, storedId, takeId } from './session-id.js';
import { signInUrl } from './sign-in-url.js';
import { createTabs } from './tabs.js';

type EndReason = PageSessionEvents['signedOut']['reason'];

/**
 * Creates the client of a page whose session is on the server (`createSmartServer`). It does no I/O, and can be called on a
 * server. It loads no WebAssembly.
 *
 * @example
 * import { createServerSessionClient } from 'smart-launch/server-session';
 *
 * const smart = createServerSessionClient({ baseUrl: '/auth' });
 * const session = (await smart.ready()) ?? (await smart.authorize());
 * const patient = await smart.request(`Patient/${session.patient}`);
 */
export function createServerSessionClient(options: ServerSessionClientOptions): ServerSessionClient {
  const baseUrlOption: unknown = options?.baseUrl;
  /** The option `baseUrl`. Each call checks it, because the page's URL may change. */
  const base = () => baseUrlOf(baseUrlOption);
  const { getState, set, subscribe, on, emit, clear } = createStore<PageSessionState, PageSessionEvents>({
    status: 'loading',
    session: null,
    error: null,
    activity: 'idle',
  });
  const during = createActivity<PageSessionState, PageSessionEvents>({ getState, set, emit });
  /** The id of the page's session, even before it is known whether the server has that session. */
  let id: string | undefined;
  /** The id of a session that was signed out here, but not at the server. */
  let unfinishedSignOut: string | undefined;
  let readying: Promise<PageSession | null> | undefined;
  let currentSignIn: Promise<never> | undefined;
  let signingOut: Promise<LogoutResult> | undefined;
  let checking: Promise<void> | undefined;
  let disposed = false;
  /** The id of the session whose access token the FHIR server has refused. */
  let refusedId: string | undefined;
  /** The number of the request whose response stated the end of the session. */
  let lastNumber = 0;

  const timer = createEndTimer({
    expiring(expiresAt) {
      const { session } = getState();
      if (!session) return;
      const expiring = Object.freeze({ reason: 'session', expiresAt, session } as const);
      set({ expiring });
      emit('expiring', expiring);
    },
    extended: () => set({ expiring: undefined }),
    // Another tab may have used the session, so the server is asked. `check` does not extend the session.
    over: () => void check().then(undefined, timer.again),
  });
  const tabs = createTabs({
    async ended(reason) {
      const sessionId = id;
      const error = reason === 'logout' ? null : await smartError({ code: reason } satisfies Failure);
      if (id === sessionId) end(reason, error);
    },
    used: timer.set,
  });

  /** Ends the session in this page. */
  function end(reason: EndReason, error: SmartError | null = null) {
    const { status } = getState();
    if (id !== undefined && reason !== 'replaced') storeId(base(), '');
    id = undefined;
    readying = Promise.resolve(null);
    timer.stop();
    tabs.close();
    set({ status: 'unauthenticated', session: null, error });
    if (status === 'authenticated') emit('signedOut', { reason });
    if (error) emit('error', error);
  }

  /**
   * Whether the error says that the session with this id has ended. If this is the page's session, the page's state changes.
   */
  async function endIfOver(sessionId: string, failure: unknown): Promise<boolean> {
    if (!isSessionEndError(failure)) return false;
    // The server does not know why it has no such session. The session has expired if the FHIR server has refused its access
    // token, or if the time of its end has passed.
    const isExpired = failure.code === 'signed_out' && (refusedId === sessionId || timer.isOver());
    const error = isExpired ? await smartError({ code: 'session_expired', status: 401 } satisfies Failure) : failure;
    if (sessionId === id) {
      const reason = error.code === 'signed_out' ? 'logout' : 'session_expired';
      tabs.ended(reason);
      end(reason, reason === 'logout' ? null : error);
    }
    return true;
  }

  /** Sets the end of the session that a response has stated, unless the response to a later request has. */
  function setEnd({ number, ends }: Pick<RouteResponse, 'number' | 'ends'>) {
    if (ends === undefined || number < lastNumber) return;
    lastNumber = number;
    timer.set(ends);
    tabs.used(ends);
  }

  /** Reads the session; `undefined` if the page no longer has this session when the response arrives. */
  async function read(sessionId: string): Promise<PageSession | undefined> {
    // The channel is opened before the request, so that a sign-out in another tab meanwhile is noticed.
    await tabs.open(sessionId);
    if (id !== sessionId) return undefined;
    const routeData = await requestJson(`${base()}/session`, sessionId);
    if (id !== sessionId) return undefined;
    const session = sessionOf(sessionId, routeData, user);
    setEnd(routeData);
    return session;
  }

  /** Asks the server whether the session still exists, without extending it. */
  function check(): Promise<void> {
    const sessionId = id;
    if (sessionId === undefined) return Promise.resolve();
    const checkOnce = async () => {
      try {
        const { ends } = await requestJson(`${base()}/session?${USE_PARAMETER}=false`, sessionId);
        if (id !== sessionId) return;
        refusedId = undefined;
        // At least a second from now: the timer calls `check` at the end, and must not call it again at once.
        if (ends !== undefined) timer.set(Math.max(ends, Date.now() + 1000));
        else timer.again();
      } catch (error) {
        if (!(await endIfOver(sessionId, error))) throw error;
      }
    };
    checking ??= checkOnce().finally(() => (checking = undefined));
    return checking;
  }

  function ready(): Promise<PageSession | null> {
    if (readying) return readying;
    // Nothing is awaited up to this line, so the id is removed from the visible URL before this function returns.
    const takenId = isPage() ? takeId() : undefined;
    const restore = async () => {
      const baseUrl = base();
      // A launch starts a new session, so an earlier one is not restored.
      const idFromUrl = isLaunch() ? '' : takenId;
      // A forged id must not end the sessions of older history entries, nor make ended ones available again.
      const forget = isEnded(baseUrl) ? () => storeId(baseUrl, '') : () => forgetId(baseUrl);
      // The id is stored before the server has accepted it, so that a reload meanwhile does not lose it.
      if (idFromUrl) storeId(baseUrl, idFromUrl);
      else if (idFromUrl !== undefined) forget();
      // If an earlier call has failed, `id` is still set; a router may have replaced the state of the history entry since.
      const sessionId = (id = (idFromUrl ?? id ?? storedId(baseUrl)) || undefined);
      if (sessionId === undefined) {
        set({ status: 'unauthenticated', session: null, error: null });
        return null;
      }
      try {
        const session = await read(sessionId);
        if (!session) return getState().session;
        set({ status: 'authenticated', session, error: null });
        if (takenId !== undefined) emit('signedIn', session);
        return getState().session;
      } catch (error) {
        if (id !== sessionId) return null;
        // The server does not have the session, or the session is of another browser: the user has to sign in.
        if (!isSessionEndError(error)) throw error;
        end('session_expired');
        if (idFromUrl !== undefined) forget();
        return null;
      }
    };
    const { promise, resolve } = deferred<PageSession | null>();
    readying = promise;
    resolve(during('restoring', restore, 'error'));
    // The id is stored, so the next call tries again.
    promise.catch(() => {
      if (readying === promise) readying = undefined;
    });
    return promise;
  }

  function authorize(signInOptions: ServerAuthorizeOptions = {}): Promise<never> {
    if (currentSignIn) return currentSignIn;
    const signIn = async (): Promise<never> => {
      // Further calls at the same time get the promise of this sign-in: `currentSignIn` is removed below only after this await.
      await undefined;
      const { url, fields } = signInUrl(base(), signInOptions);
      emit('redirecting', { method: 'GET', url });
      const navigation = leave({ method: 'GET', url: `${url}?${fields}`, state: '' });
      // The navigation has begun. If the page stays after all, the next call starts a new sign-in.
      if (currentSignIn === promise) currentSignIn = undefined;
      await navigation;
      throw { code: 'sign_in_abandoned' } satisfies Failure;
    };
    const { promise, resolve } = deferred<never>();
    currentSignIn = promise;
    resolve(during('signing-in', signIn, getState().status === 'loading' ? 'unauthenticated' : undefined));
    // A failure is in the state too, so apps that read it there need not catch this promise.
    promise.catch(() => {
      if (currentSignIn === promise) currentSignIn = undefined;
    });
    return promise;
  }

  /** The session of this page, for a call. */
  async function currentSession(): Promise<PageSession> {
    await readying?.catch(() => {});
    const { session } = getState();
    if (!session) throw { code: 'signed_out' } satisfies Failure;
    return session;
  }

  async function smartFetch(input: string | URL | Request, init: SmartFetchInit = {}): Promise<Response> {
    const { id: sessionId, serverUrl } = await currentSession();
    const { address, request, init: rest } = await partsOf(input, init, smartError);
    const url = proxyUrl(address, serverUrl, `${base()}/fhir`);
    const { authorization: _, ...headers } = rest.headers;
    rest.headers = headers;
    await addBody(rest, request, smartError);
    if (id !== sessionId) throw { code: 'signed_out' } satisfies Failure;
    try {
      const routeResponse = await send(url, sessionId, rest, (event) => emit('request', event));
      const { response } = routeResponse;
      if (id !== sessionId) {
        // The user has signed out meanwhile: the page does not get data of that session any more.
        discard(response.body);
        throw { code: 'signed_out' } satisfies Failure;
      }
      setEnd(routeResponse);
      // The FHIR server has refused the token, so the session may have ended.
      if (response.status === 401) {
        refusedId = sessionId;
        // The response to a question in progress may be older than the refusal.
        const previousCheck = Promise.resolve(checking).catch(() => {});
        const checkAgain = () => {
          refusedId = sessionId;
          return check();
        };
        previousCheck.then(checkAgain).catch(() => {});
      }
      return response;
    } catch (error) {
      await endIfOver(sessionId, error);
      throw error;
    }
  }

  const readJson = createExchange(smartFetch, smartError);

  async function exchangeOfSession(...args: Parameters<Exchange>): ReturnType<Exchange> {
    const { id: sessionId } = await currentSession();
    const result = await readJson(...args).catch((error: SmartError) => {
      // An `http_status` error contains the body of the response, which belongs to the earlier session.
      if (id === sessionId || error.code !== 'http_status') throw error;
    });
    // The session may have ended while the body was read.
    if (id !== sessionId || !result) throw { code: 'signed_out' } satisfies Failure;
    return result;
  }

  async function refresh(): Promise<PageSession> {
    const { id: sessionId, scopes } = await currentSession();
    set({ activity: 'refreshing' });
    try {
      const session = await read(sessionId);
      if (!session) throw { code: 'signed_out' } satisfies Failure;
      readying = Promise.resolve(session);
      set({ status: 'authenticated', session });
      emit('refreshed', session);
      if (session.scopes.join(' ') !== scopes.join(' ')) emit('scopeChanged', session);
      return session;
    } catch (error) {
      await endIfOver(sessionId, error);
      throw error;
    } finally {
      set({ activity: 'idle' });
    }
  }

  function logout({ redirect = false }: Pick<LogoutOptions, 'redirect'> = {}): Promise<LogoutResult> {
    if (signingOut) return signingOut;
    const { promise, resolve } = deferred<LogoutResult>();
    signingOut = promise;
    const signOut = async (): Promise<LogoutResult> => {
      try {
        // If `ready()` was not called, the id may still be in the URL, where a reload would find it.
        const sessionId = id ?? unfinishedSignOut ?? ((isPage() && takeId()) || storedId(base()));
        tabs.ended('logout');
        id = sessionId;
        end('logout');
        unfinishedSignOut = sessionId;
        if (sessionId === undefined) {
          storeId(base(), '');
          return { revoked: null, logoutUrl: null, error: null };
        }
        // The message above is not sent if this page has not read its session, since the channel was not open.
        const notification = tabs.open(sessionId).then(() => {
          tabs.ended('logout');
          tabs.close();
        });
        notification.catch(() => {});
        const { data } = await requestJson(`${base()}/logout`, sessionId, { method: 'POST', keepalive: true });
        unfinishedSignOut = undefined;
        const { revoked, logoutUrl } = data;
        const url = typeof logoutUrl === 'string' && /^https?:/.test(logoutUrl) ? logoutUrl : null;
        // The server has ended its session, but the SMART server has not confirmed that the tokens are revoked.
        const error = revoked === false ? await smartError({ code: 'logout_remote_failed' } satisfies Failure) : null;
        if (error) emit('error', error);
        if (redirect && url) await leaveForSignOut(url);
        return { revoked: typeof revoked === 'boolean' ? revoked : null, logoutUrl: url, error };
      } catch (cause) {
        if (isSessionEndError(cause)) {
          unfinishedSignOut = undefined;
          return { revoked: null, logoutUrl: null, error: null };
        }
        const error = await smartError({ code: 'logout_remote_failed', retryable: true, cause } satisfies Failure);
        emit('error', error);
        return { revoked: null, logoutUrl: null, error };
      } finally {
        signingOut = undefined;
      }
    };
    resolve(during('signing-out', signOut));
    return promise;
  }

  function onPageHide() {
    if (id !== undefined) storeInHistory(base(), id);
    // An open channel prevents the back/forward cache.
    tabs.close();
  }

  function onPageShow({ persisted }: PageTransitionEvent) {
    if (!persisted || id === undefined) return;
    const replacedBy = replacement(base(), id);
    if (replacedBy !== undefined) return end(replacedBy ? 'replaced' : 'logout');
    tabs.open(id).catch(() => {});
    // Messages of other tabs may have been missed.
    check().catch(() => {});
  }

  globalThis.addEventListener?.('pagehide', onPageHide);
  globalThis.addEventListener?.('pageshow', onPageShow);

  /** Wraps a call so that it rejects with `aborted` after `dispose()`, and rejects instead of throwing. */
  const rejecting =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> => {
      if (disposed) return Promise.reject(new SmartError(DISPOSED));
      try {
        return call(...args);
      } catch (cause) {
        return withSmartErrors(() => Promise.reject(cause))();
      }
    };
  const signalled = <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    rejecting(withSmartErrors((...args: Args): Promise<T> => unlessAborted(signalOf(args), () => call(...args))));

  const exchange = signalled(exchangeOfSession);
  const { user, ...fhirCalls } = lateFhirCalls({
    exchange,
    signIn: () => id ?? (getState().status === 'loading' ? undefined : null),
    errors: { withSmartErrors, withChunk },
  });

  return Object.freeze<ServerSessionClient>({
    ready: rejecting(ready),
    authorize: rejecting(authorize),
    fetch: signalled(smartFetch),
    // The app states the type of the result by the type parameter.
    request: requestOf(exchange) as ServerSessionClient['request'],
    ...fhirCalls,
    refresh: rejecting(withSmartErrors(({ signal }: { signal?: AbortSignal | undefined } = {}) => unlessAborted(signal, refresh))),
    getAccessToken: rejecting(withSmartErrors((): never => {
      throw { code: 'config_invalid', ...NO_TOKEN } satisfies Failure;
    })),
    logout: rejecting(logout),
    getState,
    subscribe,
    on,
    dispose() {
      disposed = true;
      id = undefined;
      timer.stop();
      tabs.close();
      clear();
      globalThis.removeEventListener?.('pagehide', onPageHide);
      globalThis.removeEventListener?.('pageshow', onPageShow);
    },
  });
}

const NO_TOKEN = {
  about: 'the page has no access token: the session is on the server',
  hint: 'Use `fetch` or `request` of this client, or `session.getAccessToken()` on the server.',
};
