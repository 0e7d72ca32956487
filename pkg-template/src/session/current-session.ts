// The current session: its refresh, in this tab or another, and its end.

import { orNothing } from '../../../src/web/env.js';
import type { Env } from '../../../src/web/env.js';
import type { IdleTimeout } from './idle-timeout.js';
import type { GoodSession, JobError, SignOutOutcome } from './jobs.js';
import type { SessionRecord } from './session-record.js';
import type { ClientContext, EndReason } from './client-context.js';
import type { EngineContext } from './engine-context.js';
import type { SmartSession } from './smart-session.js';
import { createKeptSession } from './kept-session.js';
import { under } from './plain-reference.js';
import { listenForWakeUps } from './wake-up-events.js';

/** Which session a job is for. */
export interface SessionName {
  readonly key: string;
  readonly family: string;
}

/** Where a FHIR request goes. */
export interface Located {
  readonly url: string;
  /** The token family of the session that it is for. */
  readonly family?: string;
  /** The same, if the tokens are bound to its key. */
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
  const keptSession = createKeptSession(client);
  let losing: Promise<void> | undefined;
  let loadedIdle: Promise<IdleTimeout> | undefined;
  let idle: IdleTimeout | undefined;

  /** Whether the current session is still that of this sign-in. */
  const isOf = (family: string | undefined) => client.record?.state === family;

  /** Makes a session that was refreshed, in this tab or another, the current one, unless that is newer. */
  async function renewed(record: SessionRecord) {
    const { state, generation = 0, issued = 0, access_token } = client.record ?? {};
    const age = (record.generation ?? 0) - generation || record.issued - issued;
    if (record.state !== state || age <= 0) return;
    await enter(record, record.access_token === access_token ? undefined : 'refreshed');
  }

  /** The stored session, which another tab may have refreshed or ended. */
  async function look(record?: string) {
    idle?.check();
    const { key, state: family } = client.record ?? {};
    if (!key) return;
    try {
      await renewed(await run('adopt', { key, family, record }));
    } catch (caught) {
      // Jobs reject only with this type.
      const error = caught as JobError;
      if (error.code === 'signed_out' && isOf(family)) client.gone(undefined, reasonOf(error));
    }
  }

  async function received(kind: string, of: string, text: string) {
    // The other tab may have ended the session for this reason.
    idle?.check();
    const { key, state: family, claims } = client.record ?? {};
    if (kind === 'logout' && claims && of === claims.iss && text === claims.sid) await client.logout();
    if (of !== family) return;
    if (kind === 'renewed') await look(text);
    if (kind === 'ended' || kind === 'identity_changed') {
      client.gone(undefined, reasonOf({ ended: kind }));
      await run('end', { key, family, generation: Number(text) });
    }
  }

  /** The session that a job is for. */
  async function own(): Promise<SessionName> {
    await client.readying?.promise.catch(() => {});
    idle?.check();
    if (!client.record) throw await smartError({ code: 'signed_out' });
    const { key, state: family } = client.record;
    return { key, family };
  }

  /** Runs a job for the current session. If the engine reports that the session has ended, the state changes. */
  async function about<T>(ask: (which: SessionName) => Promise<T>): Promise<T> {
    const which = await own();
    try {
      return await ask(which);
    } catch (caught) {
      // Jobs reject only with this type.
      const error = caught as JobError;
      if (error.code === 'signed_out' && isOf(which.family)) client.gone(error, reasonOf(error));
      throw error;
    }
  }

  /** Everything that the result of a job depends on, except stored records and the time; `undefined` if JSON cannot represent it. */
  const askedWith = (which: SessionName, input: object) =>
    orNothing(() => JSON.stringify({ ...engine.settings(which.key), ...which, ...input }));

  /** Takes over the session that a job returned, and keeps it. */
  async function take(asked: string | undefined, environment: Env, { failure, until, base, ...record }: GoodSession) {
    await renewed(record);
    const found = { record, base, failure, until };
    if (asked && until !== undefined) keptSession.keep({ asked, environment, found });
    return found;
  }

  /** The URL of a FHIR request, and the access token if it is valid now. */
  const locate = (address: string): Promise<Located> =>
    about(async (which) => {
      const asked = askedWith(which, {});
      const known = keptSession.find(asked);
      const url = under(known?.base, address);
      const found = known && url !== undefined ? { ...known, url } : await locateAnew(which, asked, address);
      const located = { url: found.url, family: which.family, boundTo: found.record.dpop ? which.family : undefined };
      if (found.until === undefined) return located;
      if (isOf(which.family)) set({ error: null });
      return { ...located, accessToken: found.record.access_token };
    });

  async function locateAnew(which: SessionName, asked: string | undefined, address: string) {
    const environment = engine.createEnv();
    const { url, ...session } = await run('resource', { ...which, url: address }, environment);
    return { ...(await take(asked, environment, session)), url };
  }

  /** The session with a valid token; `family` if another session must not take its place. */
  async function good(input: object, family?: string): Promise<SessionRecord> {
    const which = await own();
    if (family !== undefined && which.family !== family) throw await smartError({ code: 'signed_out' });
    try {
      const asked = askedWith(which, input);
      const findAgain = async () => {
        const environment = engine.createEnv();
        return take(asked, environment, await run('token', { ...which, ...input }, environment));
      };
      const { record, failure } = keptSession.find(asked) ?? (await findAgain());
      const error = failure ? await smartError(named(failure)) : null;
      if (isOf(which.family)) set({ error });
      if (error) emit('error', error);
      return record;
    } catch (error) {
      // Jobs reject only with this type.
      const reportLoss = () => lost(error as JobError, which.family);
      // One after the other: only the first call to fail knows the reason.
      await (losing = Promise.resolve(losing).then(reportLoss, reportLoss));
      throw error;
    }
  }

  /** Keeps a session that cannot be refreshed until its token expires. */
  async function lost(error: JobError, family: string) {
    // The session may already have ended in this page, and in another tab.
    if (!client.record && error.ended && error.code !== 'signed_out') set({ error });
    else if (!isOf(family)) return;
    // The stored session has no refresh token any more; look() updates the current one.
    if (error.code === 'refresh_rejected' && !error.ended) await look();
    if (isOf(family)) {
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
    due: () => void good({}).catch(() => {}),
    // Its timer ends with the session.
    expiring(expiresAt) {
      emit('expiring', Object.freeze({ reason: 'token', expiresAt, session: getState().session as SmartSession }));
    },
  });
  // Another tab may have sent a message before this chunk was loaded.
  void look();

  return { about, own, locate, good, received, look, idleTimeout };
}

/** The reason of `signedOut` for the engine's `ended`; `undefined` if there is none. */
const reasonOf = ({ ended }: Pick<JobError, 'ended'>): EndReason | undefined =>
  ended === 'ended' ? 'logout' : ended || undefined;
