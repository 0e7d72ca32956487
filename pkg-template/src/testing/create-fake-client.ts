// Creates the fake client.

import type { AuthorizeOptions } from '../client/authorize-options.js';
import type { ReadyOptions } from '../client/ready-options.js';
import type { SmartClient } from '../client/smart-client.js';
import { createActivity } from '../client/activity.js';
import { createStore } from '../client/state.js';
import { signalOf, unlessAborted } from '../error/abort.js';
import { withSmartErrors, smartError, withChunk } from '../error/create-error.js';
import type { Failure } from '../error/failure.js';
import { DISPOSED } from '../error/immediate-errors.js';
import type { SmartErrorCode } from '../error/smart-error-code.js';
import { SmartError } from '../error/smart-error.js';
import { describe } from '../error/texts.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { UserOptions } from '../session/fhir-calls.js';
import { createExchange, requestOf } from '../session/fhir-exchange.js';
import { addBody, partsOf } from '../session/request-parts.js';
import type { SmartFetchInit } from '../session/fhir-request-options.js';
import { lateFhirCalls } from '../session/late-fhir-calls.js';
import type { LogoutResult } from '../session/logout.js';
import type { SmartEvents } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { SmartState } from '../session/smart-state.js';
import type { FakeResource, FakeSmartClient, FakeSmartClientOptions } from './fake-client.js';
import { respond, urlUnder } from './resources.js';
import { createSession, renewed } from './session.js';
import type { FakeSession } from './session.js';

type AnyAuthorizeOptions = Omit<AuthorizeOptions, 'target'> & { target?: 'page' | 'popup' | 'frame' | undefined };

/**
 * Creates a client for tests: the state, events and calls of a {@link SmartClient}, without network, WebAssembly and
 * storage. Without options, `ready()` restores a session of one patient.
 *
 * @example
 * const smart = createFakeSmartClient({
 *   session: { patient: 'zoe', scopes: ['patient/Observation.rs'] },
 *   resources: [{ resourceType: 'Patient', id: 'zoe', name: [{ text: 'Zoe Example' }] }],
 * });
 */
export function createFakeSmartClient({
  session: initialSession,
  resources = PATIENTS,
}: FakeSmartClientOptions = {}): FakeSmartClient {
  const { getState, set, subscribe, on, emit, clear } = createStore<SmartState, SmartEvents>({
    status: 'loading',
    session: null,
    error: null,
    activity: 'idle',
  });
  const during = createActivity<SmartState, SmartEvents>({ getState, set, emit });
  /** Number of the sign-in. A refresh does not change it. */
  let signIns = 0;
  const storedSession = initialSession === null ? null : sessionOf(initialSession);
  let readying: Promise<SmartSession | null> | undefined;
  let signingIn: Promise<unknown> | undefined;
  let failure: SmartError | undefined;
  let disposed = false;

  /** The error of `failNext`, once. */
  function takeFailure(): SmartError | undefined {
    const error = failure;
    failure = undefined;
    return error;
  }

  function throwNextFailure() {
    const error = takeFailure();
    if (error) throw error;
  }

  function enter(session: SmartSession, event: 'signedIn' | 'refreshed'): SmartSession {
    readying = Promise.resolve(session);
    set({ status: 'authenticated', session, error: null });
    emit(event, session);
    return session;
  }

  function signIn(session: FakeSession | undefined = initialSession ?? undefined): SmartSession {
    signIns += 1;
    return enter(sessionOf(session), 'signedIn');
  }

  function sessionOf(members: FakeSession | undefined): SmartSession {
    const signInNumber = signIns;
    return createSession(members, ({ fhirUser }, options) => user(fhirUser, signInNumber, options));
  }

  function end(reason: 'logout' | 'session_expired', error: SmartError | null) {
    const { status } = getState();
    readying = Promise.resolve(null);
    set({ status: 'unauthenticated', session: null, error });
    if (status === 'authenticated') emit('signedOut', { reason });
    if (error) emit('error', error);
  }

  function ready({ callback }: ReadyOptions = {}): Promise<SmartSession | null> {
    if (readying && callback === undefined) return readying;
    const isSignIn = callback !== undefined;
    const restore = async () => {
      // Like a real client, this one is still `loading` when `ready` returns.
      await undefined;
      throwNextFailure();
      if (isSignIn) return signIn();
      // The test may have signed a user in or out meanwhile.
      if (readying !== promise) return getState().session;
      set(
        storedSession
          ? { status: 'authenticated', session: storedSession, error: null }
          : { status: 'unauthenticated', session: null, error: null },
      );
      return storedSession;
    };
    const promise = during(isSignIn ? 'signing-in' : 'restoring', restore, 'error');
    const previous = readying;
    readying = promise;
    promise.catch(() => {
      if (readying === promise) readying = previous;
    });
    return promise;
  }

  function authorize({ navigate = true, target = 'page' }: AnyAuthorizeOptions = {}): Promise<unknown> {
    if (signingIn) return signingIn;
    const work = async (): Promise<SmartSession | AuthorizationRequest> => {
      await undefined;
      throwNextFailure();
      const url = AUTHORIZATION_URL;
      if (target !== 'page') return signIn();
      if (!navigate) return { method: 'GET', url, state: 'fake-state' };
      emit('redirecting', { method: 'GET', url });
      return signIn();
    };
    const promise = during('signing-in', work, getState().status === 'loading' ? 'unauthenticated' : undefined).finally(() => {
      signingIn = undefined;
    });
    signingIn = promise;
    // A failure is in the state too, so apps that read it there need not catch this promise.
    promise.catch(() => {});
    return promise;
  }

  const logout = (): Promise<LogoutResult> =>
    during('signing-out', async () => {
      await undefined;
      const error = takeFailure() ?? null;
      end('logout', null);
      if (error) emit('error', error);
      return { revoked: error ? null : true, logoutUrl: null, error };
    });

  /** The session, for a call. */
  async function currentSession(): Promise<SmartSession> {
    await readying?.catch(() => {});
    const { session } = getState();
    if (!session) throw { code: 'signed_out' } satisfies Failure;
    throwNextFailure();
    return session;
  }

  async function send(input: string | URL | Request, init: SmartFetchInit): Promise<Response> {
    const { serverUrl } = await currentSession();
    if (!globalThis.Request) throw NO_FETCH;
    // Node's Request refuses the signals of jsdom. `smartFetch` handles them.
    const { address, request: original, init: rest } = await partsOf(input, { ...init, signal: null }, smartError);
    const url = urlUnder(serverUrl, address);
    await addBody(rest, original, smartError);
    const response = await respond(resources, new Request(url, rest), serverUrl);
    Object.defineProperty(response, 'url', { value: url.href, configurable: true });
    const [urlWithoutQuery = ''] = url.href.split(/[?#]/);
    emit('request', { purpose: 'fhir', method: rest.method, url: urlWithoutQuery, status: response.status, milliseconds: 0 });
    // The user may have signed out meanwhile.
    if (!getState().session) throw { code: 'signed_out' } satisfies Failure;
    return response;
  }

  const smartFetch = (input: string | URL | Request, init: SmartFetchInit = {}): Promise<Response> =>
    unlessAborted(signalOf([input, init]), withSmartErrors(() => send(input, init)));

  async function refresh(): Promise<SmartSession> {
    const session = await currentSession();
    return during('refreshing', async () => enter(sessionOf(renewed(session)), 'refreshed'));
  }

  /** Wraps a call so that it rejects after `dispose()`. */
  const rejecting =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      disposed ? Promise.reject(new SmartError(DISPOSED)) : call(...args);

  const exchange = rejecting(createExchange(smartFetch, smartError));
  const { user, ...fhirCalls } = lateFhirCalls({ exchange, signIn: () => signIns, errors: { withSmartErrors, withChunk } });

  return Object.freeze<FakeSmartClient>({
    ready: rejecting(ready),
    // The overloads state the result for each option.
    authorize: rejecting(authorize) as SmartClient['authorize'],
    logout: rejecting(logout),
    fetch: rejecting(smartFetch),
    request: requestOf(exchange) as SmartClient['request'],
    ...fhirCalls,
    getAccessToken: rejecting(withSmartErrors(async () => (await currentSession()).tokenResponse.access_token)),
    refresh: rejecting(withSmartErrors(refresh)),
    userInfo: rejecting(
      withSmartErrors(async () => {
        const { idToken } = await currentSession();
        if (!idToken) throw { code: 'userinfo_invalid' } satisfies Failure;
        return idToken;
      }),
    ),
    introspect: rejecting(
      withSmartErrors(async () => {
        const { clientId, scopes } = await currentSession();
        return { active: true, client_id: clientId, scope: scopes.join(' ') };
      }),
    ),
    completeLogout: rejecting(async () => {}),
    frontChannelLogout: rejecting(async () => false),
    discover: rejecting(
      withSmartErrors(async () => {
        throwNextFailure();
        return METADATA;
      }),
    ),
    getState,
    subscribe,
    on,
    dispose() {
      disposed = true;
      clear();
    },
    signIn,
    expire: () => end('session_expired', errorOf('session_expired')),
    failNext(error) {
      failure = SmartError.is(error) ? error : errorOf(error);
    },
  });
}

const errorOf = (code: SmartErrorCode) => new SmartError({ ...describe({ code }), code, retryable: RETRYABLE.includes(code) });

/** Codes from which `failNext` makes a retryable error. */
const RETRYABLE: readonly SmartErrorCode[] = ['network', 'timeout'];

const AUTHORIZATION_URL = 'https://fhir.example/authorize';

const PATIENTS: readonly FakeResource[] = [{ resourceType: 'Patient', id: '1', name: [{ text: 'Ada Example' }] }];

const NO_FETCH = {
  code: 'config_invalid',
  about: 'this environment has no `Request` and `Response`',
  hint: 'In Jest, use the environment `jest-fixed-jsdom`.',
} satisfies Failure;

const METADATA = Object.freeze({
  fhirBaseUrl: 'https://fhir.example/r4',
  issuer: null,
  authorizationEndpoint: AUTHORIZATION_URL,
  tokenEndpoint: 'https://fhir.example/token',
  pushedAuthorizationRequestEndpoint: null,
  revocationEndpoint: null,
  introspectionEndpoint: null,
  endSessionEndpoint: null,
  jwksUri: null,
  capabilities: Object.freeze([]),
  capabilitySets: Object.freeze([]),
  scopesSupported: Object.freeze([]),
  warnings: Object.freeze([]),
  configuration: Object.freeze({}),
});
