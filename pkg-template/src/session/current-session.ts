// The session that is present: renewed here or in another tab, ended.

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

  /** Whether the session that is present is still of this sign-in. */
  const isOf = (family: string | undefined) => client.record?.state === family;

  /** Enters a session that was renewed, here or in another tab, unless a newer one is there. */
  async function renewed(record: SessionRecord) {
    const { state, generation = 0, issued = 0, access_token } = client.record ?? {};
    const age = (record.generation ?? 0) - generation || record.issued - issued;
    if (record.state !== state || age <= 0) return;
    await enter(record, record.access_token === access_token ? undefined : 'refreshed');
  }

  /** The session as the engine has it: another tab may have renewed or ended it. */
  async function look(record?: string) {
    const { key, state: family } = client.record ?? {};
    if (!key) return;
    try {
      await renewed(await run('adopt', { key, family, record }));
    } catch (caught) {
      // Jobs reject with these alone.
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

  /** Which session a job is for. */
  async function own(): Promise<SessionName> {
    await client.readying?.promise.catch(() => {});
    if (!client.record) throw await smartError({ code: 'signed_out' });
    const { key, state: family } = client.record;
    return { key, family };
  }

  /** Asks for something about the session that is present: where the engine says that it is gone, so does the state. */
  async function about<T>(ask: (which: SessionName) => Promise<T>): Promise<T> {
    const which = await own();
    try {
      return await ask(which);
    } catch (caught) {
      // Jobs reject with these alone.
      const error = caught as JobError;
      if (error.code === 'signed_out' && isOf(which.family)) client.gone(error, reasonOf(error));
      throw error;
    }
  }

  /** The session with a good token. */
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
      // Jobs reject with these alone.
      const tell = () => lost(error as JobError, which.family);
      // One after the other: the first to fail knows why the others are signed out.
      await (losing = Promise.resolve(losing).then(tell, tell));
      throw error;
    }
  }

  /** A session that cannot be renewed lasts until its token expires. */
  async function lost(error: JobError, family: string) {
    // This page may have learned of the end before, as another one does.
    if (!client.record && error.ended && error.code !== 'signed_out') set({ error });
    else if (!isOf(family)) return;
    // It has no refresh token any more.
    if (error.code === 'refresh_rejected' && !error.ended) await look();
    if (isOf(family)) {
      // Says so too.
      if (error.code === 'signed_out') return client.gone(error, reasonOf(error));
      // Then there is a reason.
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
  // Something may have been said before this was there.
  void look();

  return { about, own, good, received, look };
}

/** Why a session has ended, by the engine's word for it; nothing where it has none. */
const reasonOf = ({ ended }: Pick<JobError, 'ended'>): EndReason | undefined =>
  ended === 'ended' ? 'logout' : ended || undefined;
