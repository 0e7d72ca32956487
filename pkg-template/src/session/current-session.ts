// The current session: its refresh, in this tab or another, and its end.

import { orNothing } from '../../../src/web/env.js';
import type { Env } from '../../../src/web/env.js';
import type { IdleTimeout } from './idle-timeout.js';
import type { SessionOutcome, JobError, SignOutOutcome } from './jobs.js';
import type { SessionRecord } from './session-record.js';
import type { ClientContext, EndReason } from './client-context.js';
import type { EngineContext } from './engine-context.js';
import type { SmartSession } from './smart-session.js';
import { createSessionCache } from './session-cache.js';
import type { JobInputs } from './session-cache.js';
import { resolvePlain } from './plain-reference.js';
import { listenForWakeUps } from './wake-up-events.js';

/** Which session a job is for. */
export interface SessionName {
  readonly key: string;
  readonly family: string;
}

/** The URL of a FHIR request, and the session that the request is for. */
export interface Located {
  readonly url: string;
  /** The token family of the session. */
  readonly family?: string;
  /** The same token family, if the session's tokens are bound to a key. */
  readonly boundTo?: string | undefined;
  /** The access token, if it is valid now. */
  readonly accessToken?: string;
}

/** @param signedOut reports the result of a sign-out */
export function createCurrentSession(
  client: ClientContext,
  engine: EngineContext,
  signedOut: (outcome: SignOutOutcome) => Promise<unknown>,
) {
  const { getState, set, emit, end } = client;
  const { run, enter, channel, named, smartError, withChunk } = engine;
  const sessionCache = createSessionCache(client);
  let handledFailures: Promise<void> | undefined;
  let loadedIdle: Promise<IdleTimeout> | undefined;
  let idle: IdleTimeout | undefined;

  /** Whether the current session is still that of this sign-in. */
  const isCurrent = (family: string | undefined) => client.record?.state === family;

  /** Makes a session that was refreshed, in this tab or another, the current one, unless the current one is newer. */
  async function enterRefreshed(record: SessionRecord) {
    const { state, generation = 0, issued = 0, access_token } = client.record ?? {};
    const newerBy = (record.generation ?? 0) - generation || record.issued - issued;
    if (record.state !== state || newerBy <= 0) return;
    await enter(record, record.access_token === access_token ? undefined : 'refreshed');
  }

  /**
   * Reads the stored session, which another tab may have refreshed or ended.
   *
   * @param record a session that another tab sent; it is stored first, if it is newer than the stored one
   */
  async function look(record?: string) {
    idle?.check();
    const { key, state: family } = client.record ?? {};
    if (!key) return;
    try {
      await enterRefreshed(await run('adopt', { key, family, record }));
    } catch (caught) {
      // Jobs reject only with this type.
      const error = caught as JobError;
      if (error.code === 'signed_out' && isCurrent(family)) client.gone(undefined, reasonOf(error));
    }
  }

  async function received(kind: string, subject: string, text: string) {
    // The other tab may have ended the session because of the idle timeout, which has then passed here too.
    idle?.check();
    const { key, state: family, claims } = client.record ?? {};
    if (kind === 'logout' && claims && subject === claims.iss && text === claims.sid) await client.logout();
    if (subject !== family) return;
    if (kind === 'renewed') await look(text);
    if (kind === 'ended' || kind === 'identity_changed') {
      client.gone(undefined, reasonOf({ ended: kind }));
      await run('end', { key, family, generation: Number(text) });
    }
  }

  /** The current session, for a job. */
  async function currentName(): Promise<SessionName> {
    await client.readying?.promise.catch(() => {});
    idle?.check();
    if (!client.record) throw await smartError({ code: 'signed_out' });
    const { key, state: family } = client.record;
    return { key, family };
  }

  /** Runs a job for the current session. If the engine reports that the session has ended, the state changes. */
  async function withSession<T>(work: (session: SessionName) => Promise<T>): Promise<T> {
    const sessionName = await currentName();
    try {
      return await work(sessionName);
    } catch (caught) {
      // Jobs reject only with this type.
      const error = caught as JobError;
      if (error.code === 'signed_out' && isCurrent(sessionName.family)) client.gone(error, reasonOf(error));
      throw error;
    }
  }

  const inputsOf = (sessionName: SessionName, input: object): JobInputs => ({
    clients: engine.settings(sessionName.key).clients,
    text: orNothing(() => JSON.stringify([sessionName.key, sessionName.family, input])),
  });

  /** Makes the session that a job returned the current one if it is newer, and caches it. */
  async function keepSession(inputs: JobInputs, environment: Env, outcome: SessionOutcome) {
    const { failure, until, base, ...record } = outcome;
    await enterRefreshed(record);
    const session = { record, base, failure, until };
    if (until !== undefined) sessionCache.keep({ ...inputs, environment, found: session });
    return session;
  }

  /** The URL of a FHIR request, and the access token if it is valid now. */
  const locate = (address: string): Promise<Located> =>
    withSession(async (sessionName) => {
      const inputs = inputsOf(sessionName, {});
      const cached = sessionCache.find(inputs);
      const url = resolvePlain(cached?.base, address);
      const session = cached && url !== undefined ? { ...cached, url } : await locateByEngine(sessionName, inputs, address);
      const boundTo = session.record.dpop ? sessionName.family : undefined;
      const located = { url: session.url, family: sessionName.family, boundTo };
      if (session.until === undefined) return located;
      if (isCurrent(sessionName.family)) set({ error: null });
      return { ...located, accessToken: session.record.access_token };
    });

  async function locateByEngine(sessionName: SessionName, inputs: JobInputs, address: string) {
    const environment = engine.createEnv();
    const { url, ...session } = await run('resource', { ...sessionName, url: address }, environment);
    return { ...(await keepSession(inputs, environment, session)), url };
  }

  /** The session with a valid token. With `family`, it rejects with `signed_out` if the session is of another token family. */
  async function validSession(input: object, family?: string): Promise<SessionRecord> {
    const sessionName = await currentName();
    if (family !== undefined && sessionName.family !== family) throw await smartError({ code: 'signed_out' });
    try {
      const inputs = inputsOf(sessionName, input);
      const findByEngine = async () => {
        const environment = engine.createEnv();
        return keepSession(inputs, environment, await run('token', { ...sessionName, ...input }, environment));
      };
      const { record, failure } = sessionCache.find(inputs) ?? (await findByEngine());
      const error = failure ? await smartError(named(failure)) : null;
      if (isCurrent(sessionName.family)) set({ error });
      if (error) emit('error', error);
      return record;
    } catch (error) {
      // Jobs reject only with this type.
      const handle = () => handleFailure(error as JobError, sessionName.family);
      // Failures are handled one after the other, because only the first call to fail knows the reason.
      await (handledFailures = Promise.resolve(handledFailures).then(handle, handle));
      throw error;
    }
  }

  /** Ends a session that cannot be refreshed, unless its token is still valid. */
  async function handleFailure(error: JobError, family: string) {
    // If the session has already ended in this page, for example by a message of another tab, the error is set nevertheless.
    if (!client.record && error.ended && error.code !== 'signed_out') set({ error });
    else if (!isCurrent(family)) return;
    // The stored session has no refresh token any more; look() updates the current session.
    if (error.code === 'refresh_rejected' && !error.ended) await look();
    if (isCurrent(family)) {
      // gone() also emits the error.
      if (error.code === 'signed_out') return client.gone(error, reasonOf(error));
      // With `ended` there is a reason.
      if (error.ended) end(reasonOf(error) as EndReason, error);
      else set({ error });
    }
    emit('error', error);
  }

  function idleTimeout(seconds: number): Promise<IdleTimeout> {
    loadedIdle ??= withChunk(import('./idle-timeout.js'), (chunk) => {
      idle = chunk.createIdleTimeout({ client, engine, seconds, signedOut });
      return idle;
    });
    loadedIdle.catch(() => (loadedIdle = undefined));
    return loadedIdle;
  }

  listenForWakeUps(client, channel, {
    awake: () => void look(),
    due: () => void validSession({}).catch(() => {}),
    // The timer of this event stops when the session ends, so there is a session.
    expiring(expiresAt) {
      emit('expiring', Object.freeze({ reason: 'token', expiresAt, session: getState().session as SmartSession }));
    },
  });
  // Another tab may have sent a message before this chunk was loaded.
  void look();

  return { withSession, currentName, locate, validSession, received, look, idleTimeout };
}

/** The reason of `signedOut` for the engine's `ended`; `undefined` if there is none. */
const reasonOf = ({ ended }: Pick<JobError, 'ended'>): EndReason | undefined =>
  ended === 'ended' ? 'logout' : ended || undefined;
