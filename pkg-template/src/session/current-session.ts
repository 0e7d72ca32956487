// The session that is present: renewed here or in another tab, ended.

import { orNothing } from '../../../src/web/env.js';
import type { Env } from '../../../src/web/env.js';
import type { GoodSession, JobError } from './jobs.js';
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
  /** The access token, if it is valid now. */
  readonly accessToken?: string;
}

export function createCurrentSession(client: ClientContext, engine: EngineContext) {
  const { getState, set, emit, end } = client;
  const { run, enter, channel, named, smartError } = engine;
  const kept = createKeptSession(client);
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

  /** What the outcome of a job depends on, beside what is stored and the time. The engine says what is wrong with it. */
  const askedWith = (which: SessionName, input: object) =>
    orNothing(() => JSON.stringify({ ...engine.settings(which.key), ...which, ...input }));

  /** Enters and keeps what a job found. */
  async function take(asked: string | undefined, environment: Env, { failure, until, base, ...record }: GoodSession) {
    await renewed(record);
    const found = { record, base, failure, until };
    if (asked && until !== undefined) kept.keep({ asked, environment, found });
    return found;
  }

  /** The URL of a FHIR request, and the access token if it is valid now. */
  const locate = (address: string): Promise<Located> =>
    about(async (which) => {
      const asked = askedWith(which, {});
      const known = kept.find(asked);
      const url = under(known?.base, address);
      const found = known && url !== undefined ? { ...known, url } : await locateAnew(which, asked, address);
      if (found.until === undefined) return { url: found.url };
      if (isOf(which.family)) set({ error: null });
      return { url: found.url, accessToken: found.record.access_token };
    });

  async function locateAnew(which: SessionName, asked: string | undefined, address: string) {
    const environment = engine.createEnv();
    const { url, ...session } = await run('resource', { ...which, url: address }, environment);
    return { ...(await take(asked, environment, session)), url };
  }

  /** The session with a good token. */
  async function good(input: object): Promise<SessionRecord> {
    const which = await own();
    try {
      const asked = askedWith(which, input);
      const findAgain = async () => {
        const environment = engine.createEnv();
        return take(asked, environment, await run('token', { ...which, ...input }, environment));
      };
      const { record, failure } = kept.find(asked) ?? (await findAgain());
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

  return { about, own, locate, good, received, look };
}

/** Why a session has ended, by the engine's word for it; nothing where it has none. */
const reasonOf = ({ ended }: Pick<JobError, 'ended'>): EndReason | undefined =>
  ended === 'ended' ? 'logout' : ended || undefined;
