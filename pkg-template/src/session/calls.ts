// The calls that use a session, and the code that keeps the session up to date. It is a separate chunk: with a callback or a
// stored session it is loaded at the same time as the engine, and in most cases `ready()` does not wait for it.

import { ask as askOtherTabs } from '../../../src/web/other-tabs.js';
import { reach } from '../../../src/web/reachability.js';
import type { FhirAccess } from './fhir-access.js';
import { createExchange, requestOf } from './fhir-exchange.js';
import { createFetch } from './fhir-fetch.js';
import type { SendProved } from './fhir-fetch.js';
import { deepFreeze } from '../values/freeze.js';
import { plain } from '../values/plain.js';
import { pageUrl } from '../page/address.js';
import { createCurrentSession } from './current-session.js';
import { lateFhirCalls } from './late-fhir-calls.js';
import { exchangeOfSession, resultOfSession } from './requests-of-session.js';
import { loadMetadata } from '../server/load-metadata.js';
import type { SmartServerMetadata } from '../server/smart-server-metadata.js';
import type { URL } from '../values/platform.js';
import type { SmartError } from '../error/smart-error.js';
import type { AccessTokenOptions } from './access-token-options.js';
import type { ClientContext, LoadedEngine } from './client-context.js';
import type { EngineContext } from './engine-context.js';
import type { UserOptions } from './fhir-calls.js';
import type { IntrospectOptions, IntrospectionResponse } from './introspection.js';
import type { SignOutOutcome } from './jobs.js';
import type { LogoutOptions, LogoutResult } from './logout.js';
import type { ProofOptions } from './proof-options.js';
import type { SessionRecord } from './session-record.js';
import type { SmartSession } from './smart-session.js';
import type { UserInfo } from './user-info.js';

const TOKENS = ['access_token', 'refresh_token', 'id_token'] as const;

/**
 * @param engine members of the engine's chunk. They are not imported, because a bundler may put that chunk and the entry in one
 * file, and an import would load that file twice
 */
export function createSessionCalls(client: ClientContext, engine: EngineContext) {
  const { clients, set, emit } = client;
  const { run, named, smartError, warnings, withChunk } = engine;
  Object.assign(engine.effects, { ask: askOtherTabs, reach });
  const { withSession, currentName, locate, validSession, received, look, idleTimeout } = createCurrentSession(
    client,
    engine,
    (outcome) => signedOut(outcome, {}),
  );

  async function duringRefresh<T>(work: () => Promise<T>): Promise<T> {
    set({ activity: 'refreshing' });
    try {
      return await work();
    } finally {
      set({ activity: 'idle' });
    }
  }

  async function token(family?: string, refused?: string) {
    const { access_token } = await (refused === undefined
      ? validSession({}, family)
      : duringRefresh(() => validSession({ instead: refused }, family)));
    return access_token;
  }

  async function runInquiry<Job extends 'userinfo' | 'introspect'>(job: Job, options: object = {}) {
    const { key, state: family } = await validSession({});
    return deepFreeze(await keyed(family, withSession(() => run(job, { key, options: plain(options) }))));
  }

  const withSignOutChunk = <T>(call: (chunk: typeof import('./sign-out.js')) => T | Promise<T>) =>
    withChunk(import('./sign-out.js'), call);

  /** The result of logout(): revocation and logout URL. The session has already ended in this page. */
  async function signedOut(
    { revoked = null, logoutUrl = null, error }: SignOutOutcome,
    { redirect, postLogoutRedirectUri }: LogoutOptions,
  ): Promise<LogoutResult> {
    const failure = error ? await smartError(named(error)) : null;
    if (failure) emit('error', failure);
    const returnsToApp = logoutUrl && postLogoutRedirectUri;
    const url = returnsToApp ? await withSignOutChunk((chunk) => chunk.withState(logoutUrl)) : logoutUrl;
    if (redirect && url && globalThis.document) await withSignOutChunk((chunk) => chunk.leave(url));
    return { revoked, logoutUrl: url, error: failure };
  }

  /** The access token of each response, to remove it from texts: by then the client may have another session, or none. */
  const tokensByResponse = new WeakMap<Response, string>();
  const recordToken = (response: Response, accessToken: string) => tokensByResponse.set(response, accessToken);
  /** The result of a call that may need the key of a session. If the key is lost, the session cannot be renewed and ends. */
  const keyed = async <T>(family: string, result: Promise<T>) => {
    try {
      return await result;
    } catch (error) {
      if ((error as SmartError).code === 'dpop_key_lost') await validSession({ renew: true }, family);
      throw error;
    }
  };
  /** Calls the engine that binds tokens to keys. Only clients with this engine have sessions with a key. */
  const withKey = <T>(family: string, work: (chunk: LoadedEngine) => Promise<T>) => {
    const { loadEngine } = client as { loadEngine: () => Promise<LoadedEngine> };
    return keyed(family, withChunk(loadEngine(), work));
  };
  const sendProved: SendProved = (family, ...request) => withKey(family, (chunk) => chunk.sendProved(family, ...request));
  const smartFetch = createFetch({
    locate,
    token,
    sendProved,
    observe: (event) => emit('request', event),
    currentFamily: () => client.record?.state,
    carried: recordToken,
    smartError,
  });

  const exchange = createExchange(smartFetch, smartError, async (text, response) => {
    const { masked } = await withChunk(import('../values/mask.js'), (chunk) => chunk);
    return masked(text, [tokensByResponse.get(response), ...TOKENS.map((name) => client.record?.[name])]);
  });
  const access: FhirAccess = {
    exchange,
    // A call while the status is `loading` belongs to the first session of the page. A later call that begins without a session
    // belongs to none.
    signIn: () => client.record?.state ?? (client.getState().status === 'loading' ? undefined : null),
    settled: () => client.readying?.promise,
    errors: client.errors,
  };
  const { user, ...fhirCalls } = lateFhirCalls(access);

  return {
    received,
    look,
    idleTimeout,
    fetch: smartFetch,
    request: requestOf(exchangeOfSession(exchange, access, smartError)),
    ...fhirCalls,
    user: ({ fhirUser, state }: SessionRecord, options?: UserOptions) => user(fhirUser ?? null, state, options),

    // The entry handles abort signals, so that an abort need not wait for this chunk.
    getAccessToken: async ({ minValiditySeconds }: AccessTokenOptions = {}) =>
      (await validSession(plain({ seconds: minValiditySeconds }))).access_token,

    // Only clients whose engine binds tokens have this call.
    createProof: (request: ProofOptions) => withSession(({ family }) => withKey(family, (chunk) => chunk.prove(family, request))),

    // Only clients of `smart-launch/fhirclient` have this call.
    endSession: () =>
      withSession((session) => {
        client.end('logout');
        return run('end', { ...session });
      }),

    refresh: () =>
      duringRefresh(async () => {
        await validSession({ renew: true });
        await currentName();
        // currentName() throws if there is no session.
        return client.getState().session as SmartSession;
      }),

    // The engine has checked these results.
    userInfo: resultOfSession((): Promise<UserInfo> => runInquiry('userinfo'), access, smartError),
    introspect: resultOfSession(
      (options?: IntrospectOptions): Promise<IntrospectionResponse> => runInquiry('introspect', options),
      access,
      smartError,
    ),

    signedOut,
    completeLogout(url: string | URL | undefined = pageUrl()): Promise<void> {
      const text = String(url);
      return withSignOutChunk((chunk) => chunk.completeLogout(text));
    },
    frontChannelLogout(url: string | URL | undefined = pageUrl()): Promise<boolean> {
      const [text, list] = [String(url), clients()] as const;
      return withSignOutChunk((chunk) => chunk.frontChannelLogout(text, list));
    },

    discover: async (fhirBaseUrl?: string | URL): Promise<SmartServerMetadata> =>
      loadMetadata(await run('discover', plain({ iss: fhirBaseUrl })), { warnings, withChunk }),
  };
}
