// The sessions in the store, and the calls that use them. They are in one file, because each call runs a flow over the record of
// a session by the same function `run`.

import { EFFECTS, createWorld } from '../../../src/web/env.js';
import { unlessAborted } from '../error/abort.js';
import { withSmartErrors, smartError, warnings, withChunk } from '../error/create-error.js';
import { SmartError } from '../error/smart-error.js';
import type { AuthorizationRequest } from '../page/authorization-request.js';
import type { AccessTokenOptions } from '../session/access-token-options.js';
import { sessionOf } from '../session/create-session.js';
import type { FhirCalls, UserOptions } from '../session/fhir-calls.js';
import { createExchange, requestOf } from '../session/fhir-exchange.js';
import { createFetch } from '../session/fhir-fetch.js';
import { lateFhirCalls } from '../session/late-fhir-calls.js';
import type { IntrospectionResponse, IntrospectOptions } from '../session/introspection.js';
import type { SessionOutcome, SignOutOutcome } from '../session/jobs.js';
import type { SessionRecord } from '../session/session-record.js';
import type { UserInfo } from '../session/user-info.js';
import type { ClientAuth } from '../confidential/client-auth.js';
import type { ClientAtServer } from '../page/client-settings.js';
import { deepFreeze } from '../values/freeze.js';
import { plain } from '../values/plain.js';
import { createLastUse } from './last-use.js';
import { createLogoutIndex } from './logout-index.js';
import { hashOf, random } from './seal.js';
import type { Seal } from './seal.js';
import type { ServerSession } from './server-session.js';
import type { SessionOptions } from './server-options.js';
import { StoredEnvironment, installEffects } from './stored-environment.js';
import { errorOnServer, isReplaced, withStoreDeadline } from './store-calls.js';
import { PATIENCE, StoredRecord } from './stored-record.js';
import type { RecordDependencies, RecordMembers } from './stored-record.js';

const IDLE = 1_800;
const ABSOLUTE = 43_200;
const TOKENS = ['access_token', 'refresh_token', 'id_token'] as const;

/** A client at one server, as the engine reads it. */
export interface FlowClient extends ClientAtServer {
  readonly redirectUri: string;
  readonly clientAuth?: ClientAuth;
  readonly responseMode?: string;
}

/** The results of the engine's jobs. They are not checked, because the engine has the same version as this code. */
interface Outcomes {
  /** `requestObject` is the signed request that has to be served at the `requestUri` of the input. */
  authorize: { readonly request: AuthorizationRequest & { readonly requestObject?: string } };
  ready: SessionRecord | null;
  restore: SessionRecord | null;
  resource: SessionOutcome & { readonly url: string };
  token: SessionOutcome;
  logout: SignOutOutcome;
  userinfo: UserInfo;
  introspect: IntrospectionResponse;
}

/** Jobs without a lock. Their changes are not stored, because they would replace the tokens of a refresh that ended meanwhile. */
const READING: readonly (keyof Outcomes)[] = ['restore', 'resource'];

/** A session of the store. */
export interface OpenSession {
  readonly session: ServerSession;
  /** Seconds after which the session ends if it is not used meanwhile. */
  endsIn(): number;
}

/** How a session is opened. */
export interface SessionUse {
  /** Whether opening the session extends it. Default `true`. */
  readonly isUse?: boolean;
  /** Whether the session is opened for one call that follows at once: that call does not read the store again. Default `false`. */
  readonly isForOneCall?: boolean;
}

interface Settings extends SessionOptions {
  readonly clients: readonly FlowClient[];
  readonly seal: Seal;
}

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions(settings: Settings) {
  const { clients, seal, store, idleSeconds: idle = IDLE, absoluteSeconds: lifetime = ABSOLUTE } = settings;
  for (const name of ['get', 'set', 'delete', 'lock'] as const) {
    if (typeof (store as Partial<typeof store> | undefined)?.[name] === 'function') continue;
    throw { code: 'config_invalid', about: `\`sessions.store\` has no method \`${name}\`` };
  }
  if (!(idle > 0 && lifetime > 0)) throw { code: 'config_invalid', about: 'a lifetime in `sessions` is not a number of seconds' };
  installEffects();
  const dependencies: RecordDependencies = {
    store,
    seal,
    unsaved: new Map(),
    revoke(records) {
      // This record is not stored, because it has no members.
      const lost = record('', lifetime);
      for (const [key, text] of records) lost.memory.set(key, text);
      return run(lost, 'logout', {});
    },
  };
  const world = createWorld();
  /** Token jobs in progress, shared by the callers in this process. */
  const running = new Map<string, Promise<SessionOutcome>>();

  const engine = <T>(call: (chunk: typeof import('../engine/confidential-engine.js')) => T | Promise<T>) =>
    withChunk(import('../engine/confidential-engine.js'), (chunk) => {
      Object.assign(EFFECTS, chunk.effects);
      return call(chunk);
    });

  const { use, lastUse, forget } = createLastUse(store, seal, idle);
  const { indexOf, listed, list } = createLogoutIndex(store, seal, lifetime);

  const record = (key: string, seconds: number) => new StoredRecord(dependencies, key, seconds);

  /** Runs a flow over a record, and stores the changes unless the job only reads. `finish` is called before they are stored. */
  async function run<Job extends keyof Outcomes>(
    stored: StoredRecord,
    job: Job,
    input: object,
    finish: (outcome: Outcomes[Job]) => Promise<void> = async () => {},
  ): Promise<Outcomes[Job]> {
    const close = async () => (READING.includes(job) ? undefined : stored.close());
    let outcome;
    try {
      const environment = new StoredEnvironment(stored, () => {}, world);
      const all = { clients, servers: clients.length, storage: 'memory', ...input };
      outcome = (await engine((chunk) => chunk.run(job, all, environment))) as Outcomes[Job];
      await finish(outcome);
    } catch (error) {
      const failure: unknown = await close().then(undefined, (failure: unknown) => failure);
      // If another instance has changed the record, `error` is about tokens that are no longer stored.
      throw isReplaced(failure) ? failure : await errorOnServer(error);
    }
    await close();
    return outcome;
  }

  /** Reads a session; nothing if there is none, it was idle for too long, or `isPermitted` returns `false`. */
  async function read(
    key: string,
    { isUse = true, isPermitted = (_: RecordMembers): boolean => true } = {},
  ): Promise<{ readonly stored: StoredRecord; readonly endsIn: number } | undefined> {
    const stored = record(key, lifetime);
    const [isThere, last] = await Promise.all([stored.load(), lastUse(key)]);
    const age = Date.now() - last;
    const { members } = stored;
    // The age is checked, because a store may keep values for longer than requested.
    if (!isThere || !members || !(age <= idle * 1000) || !isPermitted(members)) return undefined;
    const used = isUse && age > idle * 100 ? await use(key) : last;
    const end = Math.min(used + idle * 1000, members.created + lifetime * 1000);
    return { stored, endsIn: secondsUntil(end) };
  }

  /** Reads a session, and runs a flow over its record. */
  async function readAndRun<Job extends keyof Outcomes>(key: string, job: Job, input: object): Promise<Outcomes[Job]> {
    const found = await read(key);
    if (!found) throw await smartError({ code: 'signed_out' });
    // The flow would remove an expired session, which the routes need: to say that it has expired, and to sign it out.
    if (!READING.includes(job) && !(await run(found.stored, 'restore', {}))) throw await smartError({ code: 'session_expired' });
    return run(found.stored, job, input);
  }

  /** The session with a valid token. Callers in this process with the same input share one flow. */
  function validSession(key: string, input: object): Promise<SessionOutcome> {
    const name = `${key} ${JSON.stringify(input)}`;
    const found = running.get(name) ?? readAndRun(key, 'token', input).finally(() => running.delete(name));
    running.set(name, found);
    return found;
  }

  /**
   * The session, and a function that returns when its token ends, as far as its calls know.
   *
   * @param opened the record, if the first call uses it as it was read
   */
  async function sessionFor(
    id: string,
    key: string,
    restored: SessionRecord,
    opened?: StoredRecord,
  ): Promise<{ readonly session: ServerSession; readonly endOfToken: () => number }> {
    const which = { key: restored.key };
    let latest = restored;
    const validToken = async (input: object) => {
      latest = await validSession(key, { ...which, ...input });
      return latest.access_token;
    };
    const sent = new WeakMap<Response, string>();
    const serverFetch = createFetch({
      async locate(url) {
        const [stored, input] = [opened, { ...which, url }];
        opened = undefined;
        const located = stored ? run(stored, 'resource', input) : readAndRun(key, 'resource', input);
        const { url: target, state, access_token, until } = await located;
        return { url: target, family: state, ...(until === undefined ? {} : { accessToken: access_token }) };
      },
      token: (_, refused) => validToken(plain({ instead: refused })),
      observe: () => {},
      currentFamily: () => restored.state,
      carried: (response, token) => void sent.set(response, token),
      smartError,
    });
    const readJson = createExchange(serverFetch, smartError, async (text, response) => {
      const { masked } = await withChunk(import('../values/mask.js'), (chunk) => chunk);
      return masked(text, [sent.get(response), ...TOKENS.map((name) => restored[name])]);
    });
    const exchange = withSmartErrors(readJson);
    const errors = { SmartError, withSmartErrors, smartError, warnings, withChunk };
    // `signIn` always returns the same value, because a session id belongs to one sign-in.
    const { user, ...fhirCalls } = lateFhirCalls({ exchange, signIn: () => null, errors });
    const calls: FhirCalls & Pick<ServerSession, 'request' | 'fetch' | 'getAccessToken' | 'userInfo' | 'introspect'> = {
      request: requestOf(exchange) as ServerSession['request'],
      ...fhirCalls,
      // The platform's types and those of the declarations are the same here.
      fetch: withSmartErrors(serverFetch) as ServerSession['fetch'],
      getAccessToken: withSmartErrors(({ minValiditySeconds, signal }: AccessTokenOptions = {}) =>
        unlessAborted(signal, () => validToken(plain({ seconds: minValiditySeconds }))),
      ),
      userInfo: withSmartErrors(async () => deepFreeze(await readAndRun(key, 'userinfo', { ...which, options: {} }))),
      introspect: withSmartErrors(async (options: IntrospectOptions = {}) =>
        deepFreeze(await readAndRun(key, 'introspect', { ...which, options: plain(options) })),
      ),
    };
    const { can } = await engine((chunk) => chunk);
    const readUser = (options?: UserOptions) => user(restored.fhirUser ?? null, null, options);
    const publicMembers = await sessionOf({ ...restored, persisted: true }, can, errors, readUser);
    // The calls are not enumerable, so that a session as JSON is only data.
    const hidden = Object.fromEntries(Object.entries(calls).map(([name, value]) => [name, { value }]));
    const members = { ...Object.getOwnPropertyDescriptors(publicMembers), id: { value: id, enumerable: true }, ...hidden };
    const session = Object.freeze(Object.defineProperties({}, members)) as ServerSession;
    return { session, endOfToken: () => tokenEnd(latest) };
  }

  const keyOf = (id: string) => hashOf('session', id);
  const browserOf = (secret: string) => hashOf('browser', secret);
  async function endAt(key: string, postLogoutRedirectUri?: string | URL): Promise<SignOutOutcome> {
    await forget(key);
    const stored = record(key, lifetime);
    try {
      // A refresh that is in progress would store the session again.
      if (!(await stored.lock(PATIENCE)) && !(await stored.load())) return {};
    } catch (error) {
      // The lock may be granted although the record cannot be read.
      await stored.close();
      throw error;
    }
    return run(stored, 'logout', plain({ postLogoutRedirectUri }));
  }

  return {
    lifetime,
    record,
    run,

    /**
     * The session with an id, if it is of the browser that has these secrets; `expired` if its access token has expired and it
     * cannot be refreshed.
     */
    async open(
      id: string,
      browser: readonly string[],
      { isUse = true, isForOneCall = false }: SessionUse = {},
    ): Promise<OpenSession | 'expired' | null> {
      const [key, ...hashes] = await Promise.all([keyOf(id), ...browser.map(browserOf)]);
      // A request of another browser with the id must not extend the session.
      const found = await read(key, { isUse, isPermitted: (members) => hashes.includes(members.browser) });
      if (!found) return null;
      const restored = await run(found.stored, 'restore', {});
      if (!restored) return 'expired';
      const { session, endOfToken } = await sessionFor(id, key, restored, isForOneCall ? found.stored : undefined);
      return { session, endsIn: () => Math.min(found.endsIn, secondsUntil(endOfToken())) };
    },

    /** Stores a new session, and returns its id. */
    async create(records: readonly (readonly [string, string])[], { claims }: SessionRecord, browser: string) {
      const id = random();
      const key = await keyOf(id);
      const stored = record(key, lifetime);
      for (const [name, text] of records) stored.memory.set(name, text);
      stored.members = { browser: await browserOf(browser), created: Date.now() };
      try {
        await Promise.all([stored.save(), use(key)]);
        if (claims && typeof claims['sid'] === 'string') await list(key, claims.iss, claims['sid']);
      } catch (error) {
        // Nobody gets the id of this session.
        await Promise.allSettled([dependencies.revoke(stored.memory), withStoreDeadline(() => store.delete(key))]);
        throw error;
      }
      return id;
    },

    /**
     * Signs a session out, if it is of the browser that has these secrets: also one that was idle for too long, or whose sign-out
     * has failed before its tokens were revoked.
     */
    async end(id: string, browser: readonly string[], postLogoutRedirectUri?: string | URL) {
      const [key, ...hashes] = await Promise.all([keyOf(id), ...browser.map(browserOf)]);
      const stored = record(key, lifetime);
      if (!(await stored.load()) || !stored.members || !hashes.includes(stored.members.browser)) return null;
      const { revoked = null, logoutUrl = null } = await endAt(key, postLogoutRedirectUri);
      return { revoked, logoutUrl };
    },

    /** Signs out the sessions that the server has ended (OpenID Connect Front-Channel Logout). */
    async endAll(iss: string, sid: string): Promise<void> {
      const index = await indexOf(iss, sid);
      const ended = new Set<string>();
      const next = async () => (await listed(index)).filter((key) => !ended.has(key));
      // Again, because a sign-in may have been completed meanwhile.
      for (let keys = await next(); keys.length > 0; keys = await next()) {
        const results = await Promise.allSettled(keys.map((key) => endAt(key)));
        for (const end of results) if (end.status === 'rejected') throw end.reason;
        for (const key of keys) ended.add(key);
      }
      await withStoreDeadline(() => store.delete(index));
    },
  };
}

const secondsUntil = (time: number) => Math.max(0, Math.floor((time - Date.now()) / 1000));

/** The time after which a session without a refresh token has no valid token; `Infinity` if there is none. */
export const tokenEnd = ({ refresh_token, expiresAt = Infinity }: SessionRecord) => (refresh_token ? Infinity : expiresAt);
