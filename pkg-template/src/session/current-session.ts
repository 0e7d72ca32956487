// The current session: its refresh, in this tab or another, and its end.

import type { JobError } from './jobs.js';
import type { SessionRecord } from './session-record.js';
import type { ClientContext, EndReason } from './client-context.js';
import type { EngineContext } from './engine-context.js';
import type { SmartSession } from './smart-session.js';
import { listenForWakeUps } from './wake-up-events.js';

/** Which session a job is for. */
export interface SessionName {
  readonly key: string;
  readonly family: string;
}

export function createCurrentSession(client: ClientContext, { run, enter, channel, named, smartError }: EngineContext) {
  const { getState, set, emit, end } = client;
  let losing: Promise<void> | undefined;

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

  /** The session with a valid token. */
  async function good(input: object) {
    const which = await own();
    try {
      const { failure, ...record } = await run('token', { ...which, ...input });
      await renewed(record);
      const error = failure ? await smartError(named(failure)) : null;
      if (isOf(which.family)) set({ error });
      if (error) emit('error', error);
      return record;
    } catch (error) {
      // Jobs reject only with this type.
      const tell = () => lost(error as JobError, which.family);
      // One after the other: only the first call to fail knows the reason.
      await (losing = Promise.resolve(losing).then(tell, tell));
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

  listenForWakeUps(client, channel, {
    awake: () => void look(),
    due: () => void good({}).catch(() => {}),
    // Its timer ends with the session.
    expiring: () => emit('expiring', getState().session as SmartSession),
  });
  // Another tab may have sent a message before this chunk was loaded.
  void look();

  return { about, own, good, received, look };
}

/** The reason of `signedOut` for the engine's `ended`; `undefined` if there is none. */
const reasonOf = ({ ended }: Pick<JobError, 'ended'>): EndReason | undefined =>
  ended === 'ended' ? 'logout' : ended || undefined;
