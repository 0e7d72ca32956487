// The calls of a client that create and end a session. All decisions about the protocol are in the engine.

import { EFFECTS } from '../../../src/web/env.js';
import { createChannel } from '../session/tab-channel.js';
import { can, createEnvs, named, run as runEngine } from '../engine/engine.js';
import type { Environment } from '../engine/module.js';
import { leave } from '../page/navigation.js';
import { sessionOf } from '../session/create-session.js';
import type { SmartError } from '../error/smart-error.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { Callback } from '../page/callback.js';
import type { ClientContext } from '../session/client-context.js';
import type { EngineContext } from '../session/engine-context.js';
import type { UserOptions } from '../session/fhir-calls.js';
import type { IdleTimeout } from '../session/idle-timeout.js';
import type { JobInput, RunJob } from '../session/jobs.js';
import type { LogoutOptions, LogoutResult } from '../session/logout.js';
import type { ProofOptions } from '../session/proof-options.js';
import type { SessionRecord } from '../session/session-record.js';
import type { SmartRequestEvent } from '../session/smart-events.js';
import type { SmartSession } from '../session/smart-session.js';
import type { ReadyOptions } from './ready-options.js';
import type { AdditionalCall, SessionCall } from './session-calls.js';
import type { SmartClient } from './smart-client.js';
import type { SignInOptions } from './windows.js';

/** The state of the page when ready() is called. */
export interface PageState {
  /** Whether there is an authorization response to process. */
  readonly signingIn: boolean;
  /** The window that may wait for the response, if the response is in the page's URL. */
  readonly owner: Window | null | undefined | false;
  /** Whether the stored session is to be restored. */
  readonly restore: boolean;
  /** The token families of the sessions that the page had before. */
  readonly former: string[];
  /** Whether the response belongs to a sign-in of this page. */
  readonly arrived: boolean;
}

export interface SignIn {
  readonly navigate: boolean;
  readonly target: 'page' | 'popup' | 'frame';
  readonly popup: Window | null | undefined;
  /** The page's URL, if it may be a launch URL. */
  readonly launchUrl: string | undefined;
  /** Called when the navigation to the server begins. */
  left(): void;
  readonly wanted: SignInOptions;
}

/** The calls that session/calls.ts implements. */
interface SessionCalls extends Pick<SmartClient, SessionCall> {
  user(record: SessionRecord, options?: UserOptions): Promise<unknown>;
  createProof(request: ProofOptions): Promise<string>;
  endSession(): Promise<unknown>;
  received(kind: string, subject: string, text: string): Promise<void>;
  look(): Promise<void>;
  idleTimeout(seconds: number): Promise<IdleTimeout>;
  signedOut(ended: object, options: LogoutOptions): Promise<LogoutResult>;
}

export function createJobs(client: ClientContext) {
  const { clients, clientsOf, storage, set, emit } = client;
  const { withSmartErrors, smartError, warnings, withChunk } = client.errors;
  let loadedCalls: Promise<SessionCalls> | undefined;

  // Events of src/web/env.js have this shape.
  const createEnv = createEnvs((event) => emit('request', event as SmartRequestEvent), client.takeDiscovery);

  /**
   * The settings for a job, and the number of servers. If `key` is the key of the current session, these are only the settings of
   * its server; otherwise they are those of all servers.
   */
  const settings = (key?: string) => ({
    clients: key !== undefined && client.record?.key === key ? clientsOf(client.record) : clients(),
    servers: clients().length,
    storage,
  });

  /** The engine. Clients of other entries, such as confidential clients, load another engine. */
  const engineOf = () =>
    client.loadEngine
      ? withChunk(client.loadEngine(), (chunk) => {
          Object.assign(EFFECTS, chunk.effects);
          return chunk;
        })
      : { run: runEngine, can };

  const run = withSmartErrors(async (job: string, input: JobInput = {}, environment: Environment = createEnv()) => {
    const fullInput = { ...settings(input.key), ...input };
    const { run: runJob } = await engineOf();
    return runJob(job, fullInput, environment).catch(async (failure: { readonly ended?: string }) => {
      const error = await smartError(failure);
      // The reason why the session has ended, for the state and the event `signedOut`.
      throw Object.defineProperty(error, 'ended', { value: failure.ended, enumerable: false, configurable: true });
    });
    // The engine is of the same version as this file, so its results have these types.
  }) as RunJob;

  /** Signs out in the engine. */
  const wipe = (input: JobInput = {}) =>
    run('logout', input).catch((error: SmartError) => {
      client.forget();
      throw error;
    });

  const channel = createChannel(client, (...message) => {
    use()
      .then(({ received }) => received(...message))
      .catch(() => {});
  });

  // A sign-in whose response was already used asks other tabs for the session. The code for that is in session/calls.ts: when it is
  // loaded, it sets `ask` to its own function.
  EFFECTS.ask ??= async (...question) => {
    await use();
    return EFFECTS.ask?.(...question);
  };

  /** The members that this chunk shares with chunks that are loaded later. */
  const engine: EngineContext = {
    settings,
    createEnv,
    run,
    wipe,
    enter,
    channel,
    effects: EFFECTS,
    named,
    smartError,
    warnings,
    withChunk,
  };

  /** The calls of session/calls.ts: loaded when there is a session, or with the first of these calls. */
  function use(): Promise<SessionCalls> {
    if (!loadedCalls) {
      loadedCalls = withChunk(import('../session/calls.js'), (chunk): SessionCalls => chunk.createSessionCalls(client, engine));
      loadedCalls.catch(() => (loadedCalls = undefined));
    }
    return loadedCalls;
  }

  /** The idle timeout, if `idleTimeoutSeconds` is set. Its code is loaded before a response is processed, as loading may fail. */
  async function idleTimeout(): Promise<IdleTimeout | undefined> {
    // In JSON `NaN` becomes `null`, so the engine takes the option for one that is not set. Here `NaN` counts as set, so that
    // `idleTimeout` of session/calls.ts refuses it.
    const idleSettings = clients().find((settings) => (settings.idleTimeoutSeconds ?? null) !== null);
    return idleSettings && (await use()).idleTimeout(Number(idleSettings.idleTimeoutSeconds));
  }

  const windows = () => withChunk(import('./windows.js'), (chunk) => chunk);

  async function enter(record: SessionRecord, event?: 'signedIn' | 'refreshed'): Promise<SmartSession | null> {
    const { signOuts, record: recordAtStart } = client;
    const user = withSmartErrors(async (options?: UserOptions) => (await use()).user(record, options));
    // This may take a while, because the texts of warnings are loaded.
    const session = await sessionOf(record, (await engineOf()).can, client.errors, user);
    if ((await idleTimeout())?.hasEnded(record, event === 'signedIn')) return null;
    const currentRecord = client.record;
    if (client.disposed) return session;
    // A refreshed session must not become the current one after another session has replaced it, or after it has ended.
    const isOver = recordAtStart?.state === record.state && currentRecord?.state !== record.state;
    if (isOver || client.signOuts !== signOuts) throw await smartError({ code: 'signed_out' });
    if (currentRecord?.state !== record.state) client.mark(record);
    // Only the session that completes the sign-in has `returnTo`.
    client.record = { ...record, returnTo: undefined };
    client.lost = undefined;
    channel.open();
    // Loading of session/calls.ts begins before the listeners are called, since the app may render for a while.
    use().catch(() => {});
    // The result of ready() from here on.
    client.readying = { ...client.readying, promise: Promise.resolve(session), entered: true };
    set({ status: 'authenticated', session, error: null });
    if (event) emit(event, session);
    if (currentRecord?.state === record.state && currentRecord.granted !== record.granted) emit('scopeChanged', session);
    return session;
  }

  async function ready(
    callback: Callback,
    { signingIn, owner, restore, former, arrived }: PageState,
    options: ReadyOptions,
  ): Promise<SmartSession | null> {
    // `handOver` never resolves if the owner receives the callback. There is an owner only if the callback is the page's URL.
    if (owner) await (await windows()).handOver(owner, callback.url as string, options);
    const page = { ...client.which(), former, arrived, others: client.others(), inTurn: client.inTurn };
    if (signingIn) await idleTimeout();
    const record = signingIn || restore ? await run(signingIn ? 'ready' : 'restore', { ...callback, ...page }) : null;
    if (record) return enter(record, signingIn ? 'signedIn' : undefined);
    set({ status: 'unauthenticated' });
    return null;
  }

  async function authorize({
    navigate,
    target,
    popup,
    launchUrl,
    left,
    wanted,
  }: SignIn): Promise<SmartSession | AuthorizationRequest> {
    // Values that JSON leaves out would be missing when the user returns.
    if (!isData(wanted.appState)) throw await smartError({ code: 'config_invalid', about: '`appState` is not plain data' });
    // In a sandboxed iframe the origin may be opaque ("null"); then origins cannot be compared.
    const leaves = globalThis.document && (navigate || target !== 'page') && globalThis.origin !== 'null';
    const origin = leaves ? globalThis.origin : undefined;
    // `session`: the session that a silent sign-in belongs to. The sign-in may be at any server, so the job gets all clients.
    const begin = (options: SignInOptions, session?: object) =>
      run('authorize', { launchUrl, origin, options, others: client.others(), clients: clients(), ...session });
    if (target !== 'page') {
      const { signIn } = await windows();
      await idleTimeout();
      // After a sign-in there is a session.
      return enter(await signIn({ target, popup, wanted }, begin, client, engine), 'signedIn') as Promise<SmartSession>;
    }
    const { request, persisted } = await begin(wanted);
    if (!navigate) return request;
    if (!globalThis.document) {
      throw await smartError({ code: 'config_invalid', about: '`navigate: false` is required without a page' });
    }
    if (!persisted) throw await smartError({ code: 'storage_unavailable' });
    // Few servers need a form, so its code is in the chunk of popups and iframes.
    const { submit } = request.method === 'GET' ? {} : await windows();
    const url = request.method === 'GET' ? request.url : request.action;
    // `split` returns at least one item.
    emit('redirecting', { method: request.method, url: url.split('?')[0] as string });
    client.writeHistory();
    left();
    await leave(request, submit);
    throw await smartError({ code: 'sign_in_abandoned' });
  }

  async function logout(options: LogoutOptions): Promise<LogoutResult> {
    const { postLogoutRedirectUri } = options;
    await client.readying?.promise.catch(() => {});
    const record = client.record ?? client.lost;
    client.lost = undefined;
    const signOutJob = wipe({ postLogoutRedirectUri, present: record && JSON.stringify(record) });
    client.unmark();
    // The session ends in this page at once, without waiting for the network.
    client.end('logout');
    const outcome = await signOutJob;
    return (await use()).signedOut(outcome, options);
  }

  return {
    ready: withSmartErrors(ready),
    authorize: withSmartErrors(authorize),
    logout: withSmartErrors(logout),
    use: withSmartErrors(async (name: SessionCall | AdditionalCall | 'look', args: readonly unknown[]) =>
      // The types of the arguments are checked by the interface of the client.
      ((await use())[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args),
    ),
    withSmartErrors,
  };
}

/** Whether JSON can represent a value. */
function isData(value: unknown): boolean {
  try {
    JSON.stringify(value, (_, part) => {
      if (['function', 'symbol', 'bigint'].includes(typeof part)) throw new TypeError('not data');
      return part;
    });
    return true;
  } catch {
    return false;
  }
}
